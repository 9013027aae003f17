"""What watching costs under a real load: milliseconds and CPU per request, and the loop's lag."""
