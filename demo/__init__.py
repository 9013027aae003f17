"""A real shop API under a day's traffic, to watch on the dashboard: `python -m demo`."""
