-- What `owlake migrate` did in this home: its runs, their statements, and who is at it now.
-- Times are microseconds since 1970-01-01 UTC.

CREATE TABLE migration_runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    migration TEXT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    checksum TEXT NOT NULL,
    environment TEXT,
    principal TEXT NOT NULL,
    process TEXT NOT NULL,
    lease_id TEXT,
    started INTEGER NOT NULL,
    completed INTEGER,
    seconds REAL NOT NULL,
    error TEXT
);

CREATE TABLE migration_statements (
    run_id TEXT NOT NULL REFERENCES migration_runs (id),
    number INTEGER NOT NULL,
    line INTEGER NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    effects INTEGER, -- changes of the catalog, counted in the transactions that made them; NULL: they are elsewhere
    query_id TEXT,
    started INTEGER,
    completed INTEGER,
    error TEXT,
    PRIMARY KEY (run_id, number)
) WITHOUT ROWID;

CREATE TABLE migration_lock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    lease_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    process TEXT NOT NULL,
    command TEXT NOT NULL,
    since INTEGER NOT NULL
);
