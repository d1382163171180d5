-- Schemas of records by registry. Times are microseconds since 1970-01-01 UTC.

CREATE TABLE registries (
    name TEXT PRIMARY KEY,
    description TEXT,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE schemas (
    registry TEXT NOT NULL REFERENCES registries (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    data_format TEXT NOT NULL,
    compatibility TEXT NOT NULL,
    description TEXT,
    -- The version from which on those of the modes _ALL are compared.
    checkpoint INTEGER NOT NULL,
    next_version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (registry, name)
) WITHOUT ROWID;

CREATE TABLE versions (
    id TEXT PRIMARY KEY,
    registry TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    definition TEXT NOT NULL,
    -- AVAILABLE, or FAILURE with the reason.
    status TEXT NOT NULL,
    reason TEXT,
    created INTEGER NOT NULL,
    UNIQUE (registry, name, number),
    FOREIGN KEY (registry, name) REFERENCES schemas (registry, name) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE metadata (
    version_id TEXT NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (version_id, key, value)
) WITHOUT ROWID;

CREATE TABLE tags (
    resource_arn TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (resource_arn, key)
) WITHOUT ROWID;
