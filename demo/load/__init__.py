"""The shop's visitors: the uneven traffic of a day, compressed into minutes."""
