-- What was called inside of requests; windows name an operation by its id.
CREATE TABLE operations (operation_id TEXT PRIMARY KEY, operation TEXT NOT NULL);  -- JSON
