"""How much memory measuring adds to a process: an hour of 200 endpoints, simulated at full speed."""
