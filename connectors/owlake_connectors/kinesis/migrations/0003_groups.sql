-- Groups of consumers: which shards their members hold, and how far they have come.

CREATE TABLE consumer_groups (
    name TEXT PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE leases (
    group_name TEXT NOT NULL REFERENCES consumer_groups (name) ON DELETE CASCADE,
    shard INTEGER NOT NULL,
    owner TEXT,
    -- Counted with each renewal and each new owner.
    counter INTEGER NOT NULL,
    renewed INTEGER NOT NULL,
    owner_switches INTEGER NOT NULL,
    -- The member that is to have it next, and since when.
    wanted_by TEXT,
    wanted INTEGER,
    -- A sequence number, or TRIM_HORIZON, LATEST, AT_TIMESTAMP, SHARD_END.
    checkpoint TEXT NOT NULL,
    -- NULL: the whole record.
    subsequence INTEGER,
    -- The ordinal of the log that the first checkpoint stands for.
    start INTEGER NOT NULL,
    -- What the owner was given since it has the lease: the ordinal to go on from, and the last record.
    position INTEGER NOT NULL,
    given TEXT,
    given_subsequence INTEGER,
    is_read INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_name, shard)
) WITHOUT ROWID;
