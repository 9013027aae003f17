"""ADVISE: what to change first, what it would save, and whether it did."""
