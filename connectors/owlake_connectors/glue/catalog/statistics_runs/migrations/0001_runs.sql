-- Runs that find column statistics. Times are microseconds since 1970-01-01 UTC.
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    database_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    columns TEXT, -- JSON array; NULL: all
    role TEXT NOT NULL,
    sample_size REAL,
    security_configuration TEXT,
    status TEXT NOT NULL CHECK (status IN ('STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'STOPPED')),
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    error TEXT
);

CREATE UNIQUE INDEX runs_under_way ON runs (database_name, table_name) WHERE status IN ('STARTING', 'RUNNING');
