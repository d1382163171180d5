-- Query executions. The first homes made the table without a version.
CREATE TABLE IF NOT EXISTS query_executions (
    id TEXT PRIMARY KEY,
    query TEXT NOT NULL,
    statement_type TEXT NOT NULL,
    substatement_type TEXT NOT NULL,
    catalog TEXT,
    database TEXT,
    principal TEXT NOT NULL,
    workgroup TEXT NOT NULL,
    state TEXT NOT NULL,
    submitted INTEGER NOT NULL,
    completed INTEGER,
    planning_time REAL NOT NULL,
    engine_time REAL NOT NULL,
    rows INTEGER NOT NULL,
    bytes_scanned INTEGER NOT NULL,
    error_code TEXT,
    error_message TEXT,
    warnings TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS query_executions_by_time ON query_executions (submitted);
