"""Does the measurement find what is planted? Markets with known truth, decoys, and the pipeline's own tables."""
