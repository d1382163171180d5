-- When a partition was analysed, if somebody said so.
ALTER TABLE partitions ADD COLUMN last_analyzed_time INTEGER;
