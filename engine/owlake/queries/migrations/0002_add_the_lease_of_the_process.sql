-- Who runs an execution: one that still runs under a dead lease has failed with its process.
ALTER TABLE query_executions ADD COLUMN lease TEXT NOT NULL DEFAULT '';
