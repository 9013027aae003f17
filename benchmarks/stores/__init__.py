"""What each store takes to be written and read: alone, and by a fleet of a hundred processes."""
