-- Catalogs beside the lake's that somebody attached; properties are a JSON object of texts.
CREATE TABLE catalogs (
    name TEXT PRIMARY KEY,
    connector TEXT NOT NULL,
    properties TEXT NOT NULL
) WITHOUT ROWID;
