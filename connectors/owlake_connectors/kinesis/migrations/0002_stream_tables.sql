-- What CREATE STREAM says of a stream's records; a stream without a row was made by the API.

CREATE TABLE stream_tables (
    stream_id INTEGER PRIMARY KEY REFERENCES streams (id) ON DELETE CASCADE,
    -- JSON: name, type and comment of each.
    columns TEXT NOT NULL,
    properties TEXT NOT NULL
);
