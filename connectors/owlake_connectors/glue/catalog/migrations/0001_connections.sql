-- Connections. Times are microseconds since 1970-01-01 UTC; definitions are JSON, passwords in them as they are.
CREATE TABLE connections (
    name TEXT PRIMARY KEY,
    definition TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    validated INTEGER
) WITHOUT ROWID;
