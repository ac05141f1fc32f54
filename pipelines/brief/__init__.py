"""The demand brief: which features are wanted and cannot be bought, and what to build, as pages people read."""
