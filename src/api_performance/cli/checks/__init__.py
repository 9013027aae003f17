"""What `api-performance doctor` looks at, a file for each: each check returns what it found."""
