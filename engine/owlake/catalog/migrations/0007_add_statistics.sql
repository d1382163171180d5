-- Statistics of tables (without values) and partitions. Columns are a JSON array; times are as everywhere, but for
-- modified: nanoseconds since 1970-01-01 UTC.
CREATE TABLE statistics (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    partition_values TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    analyzed_time INTEGER NOT NULL,
    columns TEXT NOT NULL,
    PRIMARY KEY (table_id, partition_values)
) WITHOUT ROWID;
