-- Tags of databases, a JSON object of texts.
ALTER TABLE databases ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
