"""What alerting tells of a month in which nothing happens, and what a round of judging costs."""
