"""The memory that measuring adds to a process: an hour of 200 endpoints, simulated."""
