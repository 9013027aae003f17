"""KEEP: one contract, several places to keep windows. Backends are strangers to each other."""
