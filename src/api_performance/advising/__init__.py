"""Where advice meets the store: facts are read, lives are kept, people act."""
