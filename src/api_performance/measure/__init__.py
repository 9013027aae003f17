"""MEASURE: what runs on every request, and the numbers it leaves. Names no framework, no database."""
