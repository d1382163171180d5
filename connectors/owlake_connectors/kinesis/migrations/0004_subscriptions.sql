-- Who is pushed the records of a shard: one subscription of each consumer and shard, the last one.

CREATE TABLE subscriptions (
    stream_id INTEGER NOT NULL,
    consumer TEXT NOT NULL,
    shard INTEGER NOT NULL,
    began INTEGER NOT NULL,
    -- Tells it from the one before.
    token TEXT NOT NULL,
    PRIMARY KEY (stream_id, consumer, shard),
    FOREIGN KEY (stream_id, consumer) REFERENCES consumers (stream_id, name) ON DELETE CASCADE
) WITHOUT ROWID;
