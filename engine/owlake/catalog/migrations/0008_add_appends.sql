-- Rows that somebody had to add exactly once and has not finished with: kept by the transaction that made them seen.
-- An owner counts its appends; the note is the owner's.
CREATE TABLE appends (
    owner TEXT NOT NULL,
    number INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    note TEXT NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (owner, number)
) WITHOUT ROWID;
