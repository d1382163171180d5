-- What is over goes after a while.
CREATE INDEX deliveries_by_end ON deliveries (stream_id, ended);
CREATE INDEX metrics_by_minute ON metrics (stream_id, minute);
