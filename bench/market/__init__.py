"""The market test: plans from logs alone, sold to the simulated market's future shoppers."""
