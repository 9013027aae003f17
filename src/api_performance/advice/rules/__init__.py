"""The rules: each a pure function from what was measured to what it found; `catalog` lists them."""
