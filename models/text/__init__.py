"""Reading features out of texts: normalise, quantities, taxonomy, matcher."""
