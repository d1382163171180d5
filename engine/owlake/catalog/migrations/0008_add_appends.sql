-- Rows that somebody had to add exactly once and has not finished with: kept by the transaction that made them seen.
-- The key and the note are theirs.
CREATE TABLE appends (
    key TEXT PRIMARY KEY,
    row_count INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    note TEXT NOT NULL,
    time INTEGER NOT NULL
) WITHOUT ROWID;
