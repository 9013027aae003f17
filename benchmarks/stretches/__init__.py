"""How long our own thread holds the interpreter at a stretch: the drain, and all of its work."""
