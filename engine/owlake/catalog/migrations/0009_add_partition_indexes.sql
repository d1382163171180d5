-- Partition indexes. Each key has entries in partition_values anyway; an index is the promise that values are of their
-- keys' types. Keys are a JSON array of names, backfill errors one of objects.
CREATE TABLE partition_indexes (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    name TEXT NOT NULL,
    keys TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'FAILED')),
    backfill_errors TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    PRIMARY KEY (table_id, name)
) WITHOUT ROWID;

-- Who only says what is known of a column need not know how many rows there are, and in which files.
CREATE TABLE known_statistics (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    partition_values TEXT NOT NULL,
    row_count INTEGER,
    files INTEGER,
    bytes INTEGER,
    modified INTEGER,
    analyzed_time INTEGER NOT NULL,
    columns TEXT NOT NULL,
    PRIMARY KEY (table_id, partition_values)
) WITHOUT ROWID;

INSERT INTO known_statistics SELECT * FROM statistics;
DROP TABLE statistics;
ALTER TABLE known_statistics RENAME TO statistics;
