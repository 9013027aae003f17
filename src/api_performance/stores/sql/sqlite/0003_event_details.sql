-- What an event is about in full, as JSON, and the newest event of each subject of a kind.
ALTER TABLE events ADD COLUMN details TEXT NOT NULL DEFAULT '';
CREATE INDEX events_by_subject ON events (kind, subject, id);
