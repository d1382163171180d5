-- Workgroups, and what belongs to them.
CREATE TABLE workgroups (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    configuration TEXT, -- JSON; NULL: nothing is asked of anybody
    creation_time INTEGER NOT NULL,
    description TEXT,
    tags TEXT NOT NULL DEFAULT '[]' -- JSON
) WITHOUT ROWID;

INSERT INTO workgroups (name, state, creation_time)
VALUES ('primary', 'ENABLED', CAST(strftime('%s', 'now') AS INTEGER) * 1000000);

-- Those that had no more than a name so far.
INSERT OR IGNORE INTO workgroups (name, state, creation_time)
SELECT DISTINCT workgroup, 'ENABLED', CAST(strftime('%s', 'now') AS INTEGER) * 1000000 FROM prepared_statements;

CREATE TABLE named_queries (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    database TEXT NOT NULL,
    query_string TEXT NOT NULL,
    workgroup TEXT NOT NULL,
    creation_time INTEGER NOT NULL,
    client_request_token TEXT UNIQUE -- the same request again makes no second one
);

CREATE INDEX named_queries_by_workgroup ON named_queries (workgroup, creation_time);

ALTER TABLE prepared_statements ADD COLUMN description TEXT;
