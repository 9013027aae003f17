"""What a reader of the page waits for, and what a tab that stays open takes: in a real browser."""
