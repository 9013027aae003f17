"""How large the SQLite store grows in a day of 200 endpoints and four workers."""
