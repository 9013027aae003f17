"""Judging: numbers in, numbers out; nothing here asks a store, a clock or a framework."""
