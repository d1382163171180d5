-- What tables were before their changes: the definition of each earlier version that is kept.
CREATE TABLE table_versions (
    table_id INTEGER NOT NULL REFERENCES tables (id),
    version_id INTEGER NOT NULL,
    table_type TEXT NOT NULL,
    definition TEXT NOT NULL,
    update_time INTEGER NOT NULL, -- when it became the table's version
    PRIMARY KEY (table_id, version_id)
);

-- Functions that other engines have in files of code; they go with their database.
CREATE TABLE functions (
    database_id INTEGER NOT NULL REFERENCES databases (id),
    name TEXT NOT NULL,
    definition TEXT NOT NULL, -- JSON
    create_time INTEGER NOT NULL,
    PRIMARY KEY (database_id, name)
) WITHOUT ROWID;
