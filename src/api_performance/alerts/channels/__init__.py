"""Channels: each hands a notice to people or to a program that does, and says what came of it."""
