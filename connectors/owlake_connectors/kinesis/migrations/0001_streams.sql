-- The streams of the home: what each is, not what is in it (that is its log, in logs/<id>/).
-- Times are microseconds since 1970-01-01 UTC; hash keys are decimal texts: they have 128 bits.

CREATE TABLE streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    status TEXT NOT NULL,
    -- When the status becomes the next one; NULL where it stays.
    settles INTEGER,
    mode TEXT NOT NULL,
    retention_hours INTEGER NOT NULL,
    -- What had expired when the retention was raised stays so.
    horizon INTEGER NOT NULL DEFAULT 0,
    key_id TEXT,
    shard_level_metrics TEXT NOT NULL DEFAULT '[]',
    max_record_size_kib INTEGER NOT NULL,
    warm_throughput_mibps INTEGER,
    distribution TEXT NOT NULL
);

CREATE TABLE shards (
    stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    starting_hash_key TEXT NOT NULL,
    ending_hash_key TEXT NOT NULL,
    -- The second that its sequence numbers begin with: later than those of its parents.
    epoch INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER,
    -- The first ordinal of the log that it can no longer have.
    ended INTEGER,
    parent INTEGER,
    adjacent_parent INTEGER,
    PRIMARY KEY (stream_id, number)
) WITHOUT ROWID;

CREATE TABLE consumers (
    stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    status TEXT NOT NULL,
    settles INTEGER,
    PRIMARY KEY (stream_id, name)
) WITHOUT ROWID;

CREATE TABLE tags (
    resource_arn TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (resource_arn, key)
) WITHOUT ROWID;

CREATE TABLE policies (
    resource_arn TEXT PRIMARY KEY,
    policy TEXT NOT NULL
) WITHOUT ROWID;

-- What may be done so often in 24 hours: scaling, switching the mode, encryption.
CREATE TABLE changes (
    stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    made INTEGER NOT NULL
);

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- One row a metric, stream, shard ('' is all of them) and minute.
CREATE TABLE metrics (
    stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    shard_id TEXT NOT NULL,
    metric TEXT NOT NULL,
    minute INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    total REAL NOT NULL,
    least REAL NOT NULL,
    greatest REAL NOT NULL,
    PRIMARY KEY (stream_id, shard_id, metric, minute)
) WITHOUT ROWID;
