-- A replaced file is known by what it was, too: another one put in its place is data. NULL: by its name alone.
ALTER TABLE replaced_files ADD COLUMN size INTEGER;
ALTER TABLE replaced_files ADD COLUMN modified INTEGER; -- nanoseconds since 1970-01-01 UTC

-- What a write is for: new rows, or a compaction that is under way.
ALTER TABLE writes ADD COLUMN purpose TEXT NOT NULL DEFAULT 'rows';
