-- The catalog: databases, tables, partitions, the register of writes, prepared statements, settings.
-- Times are microseconds since 1970-01-01 UTC; parameters and definitions are JSON.

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Part of every file name that this home writes: tells its files from those of other homes.
INSERT INTO settings (key, value) VALUES ('home_id', lower(hex(randomblob(5))));

CREATE TABLE databases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    location_uri TEXT,
    parameters TEXT NOT NULL,
    create_time INTEGER NOT NULL
);

INSERT INTO databases (name, description, parameters, create_time)
VALUES ('default', 'Default Hive database', '{}', CAST(strftime('%s', 'now') AS INTEGER) * 1000000);

CREATE TABLE tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    database_id INTEGER NOT NULL REFERENCES databases (id),
    name TEXT NOT NULL,
    table_type TEXT NOT NULL,
    definition TEXT NOT NULL,
    version_id INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    UNIQUE (database_id, name)
);

-- What the partitions of a table have in common is kept once: a partition adds its location.
CREATE TABLE partition_descriptors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_id INTEGER NOT NULL REFERENCES tables (id),
    definition TEXT NOT NULL,
    UNIQUE (table_id, definition)
);

CREATE TABLE partitions (
    id INTEGER PRIMARY KEY,
    table_id INTEGER NOT NULL REFERENCES tables (id),
    partition_values TEXT NOT NULL, -- JSON array of texts, in the order of the keys
    descriptor_id INTEGER NOT NULL REFERENCES partition_descriptors (id),
    location TEXT NOT NULL,
    parameters TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    last_access_time INTEGER,
    UNIQUE (table_id, partition_values)
);

CREATE INDEX partitions_by_descriptor ON partitions (descriptor_id);

-- One row a partition and key. The value is held as the key's type compares it: whole numbers, dates (days since
-- 1970) and booleans as INTEGER, everything else, and what does not convert, as TEXT.
CREATE TABLE partition_values (
    table_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    value NOT NULL,
    partition_id INTEGER NOT NULL,
    PRIMARY KEY (table_id, position, value, partition_id)
) WITHOUT ROWID;

-- Writes of files. Open and aborted ones hide their files; a number without a row is a committed write.
CREATE TABLE writes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('open', 'committed', 'aborted')),
    lease_id TEXT NOT NULL,
    database_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    locations TEXT NOT NULL, -- JSON array
    start_time INTEGER NOT NULL,
    end_time INTEGER
);

CREATE INDEX writes_that_hide_files ON writes (state) WHERE state <> 'committed';

-- Files that a committed write took the place of. They stay until no reader can still want them.
CREATE TABLE replaced_files (
    uri TEXT PRIMARY KEY,
    write_number INTEGER NOT NULL,
    replaced_time INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE prepared_statements (
    workgroup TEXT NOT NULL,
    name TEXT NOT NULL,
    statement TEXT NOT NULL,
    modified_time INTEGER NOT NULL,
    PRIMARY KEY (workgroup, name)
) WITHOUT ROWID;
