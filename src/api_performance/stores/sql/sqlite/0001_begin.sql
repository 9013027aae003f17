-- Endpoints as they were last declared, and the numbers under which blobs name them.
CREATE TABLE endpoints (
    endpoint_id TEXT PRIMARY KEY,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    template TEXT NOT NULL,
    priority TEXT NOT NULL,
    kind TEXT NOT NULL,
    is_monitored INTEGER NOT NULL,
    thresholds TEXT NOT NULL,  -- JSON, ascending seconds
    last_called_at REAL
);

-- AUTOINCREMENT: a number is never used again, so a process that has not yet heard of a deletion
-- cannot write under another endpoint's number.
CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint_id TEXT NOT NULL,
    version TEXT NOT NULL,
    environment TEXT NOT NULL,
    UNIQUE (endpoint_id, version, environment)
);

CREATE TABLE instances (
    id INTEGER PRIMARY KEY,
    instance_id TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    seen_at REAL NOT NULL,
    state TEXT NOT NULL,  -- JSON
    forgotten_sequence INTEGER NOT NULL DEFAULT -1  -- batches up to here are gone: never apply again
);

-- One row per flush. Its highest id, which AUTOINCREMENT keeps, is the store's revision.
CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL REFERENCES instances (id),
    sequence INTEGER NOT NULL,
    starts_at REAL NOT NULL,
    ends_at REAL NOT NULL,
    is_folded INTEGER NOT NULL,
    block BLOB NOT NULL,
    UNIQUE (instance, sequence)
);
CREATE INDEX unfolded_batches ON batches (id) WHERE NOT is_folded;
CREATE INDEX batches_by_end ON batches (ends_at);

-- All series of one slice, while its span (an hour, or 24 slices) is young.
CREATE TABLE blocks (
    resolution INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    block BLOB NOT NULL,
    PRIMARY KEY (resolution, starts_at)
);

-- One series of one span, compressed.
CREATE TABLE chunks (
    resolution INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    series INTEGER NOT NULL,
    chunk BLOB NOT NULL,
    PRIMARY KEY (resolution, starts_at, series)
);

-- Cumulative windows of all endpoints of a host.
CREATE TABLE totals (host TEXT PRIMARY KEY, block BLOB NOT NULL);

-- Rows stay after a release, so that the fencing number never falls.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    fencing INTEGER NOT NULL,
    expires_at REAL NOT NULL
);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX events_by_time ON events (at);

-- generation: grows with every fold, compaction and deletion.
-- catalogue: changes with every endpoint and series; begins at random, so that what a process
-- remembers of another file of the same name is not taken for this one's.
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO counters VALUES ('generation', 0), ('catalogue', abs(random() / 2)), ('dropped_for_size', 0);
