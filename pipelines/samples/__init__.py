"""Sample data a newcomer can run the pipeline on: a simulated market with known shoppers."""
