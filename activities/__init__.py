"""Side effects: one file for each outside system."""
