-- Tags of connections, a JSON object of texts.
ALTER TABLE connections ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
