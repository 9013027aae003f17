"""MEASURE: what runs on every request. Names no framework and no database."""
