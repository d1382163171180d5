-- When the first attempt failed: for how long another one is made counts from there.
ALTER TABLE deliveries ADD COLUMN failed INTEGER;
