"""Starlette's own tests, run once as they are and once with every app in them wrapped."""
