-- Crawlers, what they did, and what they remember of folders. Times are microseconds since 1970-01-01 UTC.

CREATE TABLE crawlers (
    name TEXT PRIMARY KEY,
    -- As it was given, JSON.
    definition TEXT NOT NULL,
    state TEXT NOT NULL,
    is_scheduled INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
);

CREATE TABLE classifiers (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    definition TEXT NOT NULL
);

CREATE TABLE crawls (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    crawler TEXT NOT NULL,
    state TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    files INTEGER NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}',
    error TEXT,
    problems TEXT NOT NULL DEFAULT '[]'
);

CREATE INDEX crawls_of_crawlers ON crawls (crawler, number);

CREATE TABLE crawl_log (
    crawl_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    decision TEXT NOT NULL,
    PRIMARY KEY (crawl_id, number)
) WITHOUT ROWID;

-- What a crawler found in a folder, and a digest of what lay in it: while that is the same, nothing is read again.
CREATE TABLE folders (
    crawler TEXT NOT NULL,
    folder TEXT NOT NULL,
    digest TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (crawler, folder)
) WITHOUT ROWID;
