"""Whether advice finds what is wrong, leaves alone what is right, and says what a repair saves."""
