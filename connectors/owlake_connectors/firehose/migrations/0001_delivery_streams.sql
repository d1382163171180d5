-- The delivery streams of the home: what each is, how far its records have come, what was delivered.
-- Times are microseconds since 1970-01-01 UTC; ordinals are those of the stream's logs (logs/<id>/incoming, .../processed).

CREATE TABLE delivery_streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER,
    -- Counts the changes of the configuration; names of objects have it.
    version INTEGER NOT NULL DEFAULT 1,
    -- JSON: the source, the destination, the encryption and the tags, as they were given.
    source TEXT,
    destination TEXT NOT NULL,
    encryption TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    -- The incoming records before this one are processed.
    taken INTEGER NOT NULL DEFAULT 0,
    -- The processed records before this one count; what lies behind was written by a process that died.
    kept INTEGER NOT NULL DEFAULT 0
);

-- How far a stream that is the source was read.
CREATE TABLE positions (
    stream_id INTEGER NOT NULL REFERENCES delivery_streams (id) ON DELETE CASCADE,
    shard_id TEXT NOT NULL,
    sequence_number TEXT NOT NULL,
    PRIMARY KEY (stream_id, shard_id)
) WITHOUT ROWID;

-- Processed records that were written by a process that died before it said so; they are processed again.
CREATE TABLE gaps (
    stream_id INTEGER NOT NULL REFERENCES delivery_streams (id) ON DELETE CASCADE,
    first INTEGER NOT NULL,
    before INTEGER NOT NULL
);

-- What is gathered for one object: the records of a partition.
CREATE TABLE buffers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_id INTEGER NOT NULL REFERENCES delivery_streams (id) ON DELETE CASCADE,
    -- What for: records, backup, or a type of error.
    kind TEXT NOT NULL,
    -- The values of the partition's keys, as JSON.
    keys TEXT NOT NULL,
    -- The number that its records have in the log in place of a shard's.
    number INTEGER NOT NULL,
    -- When the oldest record arrived.
    opened INTEGER NOT NULL,
    first INTEGER NOT NULL,
    before INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE UNIQUE INDEX buffers_by_partition ON buffers (stream_id, kind, keys);

-- An object that is to be written, or was; a crash in between writes the same one again.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_id INTEGER NOT NULL REFERENCES delivery_streams (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    keys TEXT NOT NULL,
    number INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    first INTEGER NOT NULL,
    before INTEGER NOT NULL,
    -- An object's URI, an endpoint's request id, or a table's name.
    target TEXT NOT NULL,
    version INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    delivered_bytes INTEGER,
    planned INTEGER NOT NULL,
    ended INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- When it is tried next.
    due INTEGER,
    error_code TEXT,
    error_message TEXT
);
CREATE INDEX deliveries_by_state ON deliveries (stream_id, state, due);

CREATE TABLE metrics (
    stream_id INTEGER NOT NULL REFERENCES delivery_streams (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    minute INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    total REAL NOT NULL,
    greatest REAL NOT NULL,
    PRIMARY KEY (stream_id, name, minute)
) WITHOUT ROWID;
