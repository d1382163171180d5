-- Where the records of earlier versions of a delivery stream were to go, as long as some are still to be delivered there.
CREATE TABLE destinations (
    stream_id INTEGER NOT NULL REFERENCES delivery_streams (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    destination TEXT NOT NULL,
    PRIMARY KEY (stream_id, version)
) WITHOUT ROWID;
