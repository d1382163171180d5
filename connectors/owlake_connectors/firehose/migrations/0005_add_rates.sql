-- Whether puts are held to the service's rates, and what each delivery stream may still take.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE rates (
    stream_id INTEGER PRIMARY KEY REFERENCES delivery_streams (id) ON DELETE CASCADE,
    records REAL NOT NULL,
    requests REAL NOT NULL,
    bytes REAL NOT NULL,
    -- When that was counted, in microseconds.
    counted INTEGER NOT NULL
);
