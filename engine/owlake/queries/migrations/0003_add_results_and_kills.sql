-- Where the results of an execution go.
ALTER TABLE query_executions ADD COLUMN output_location TEXT NOT NULL DEFAULT '';
-- Another process wants the execution ended, and says why; gone when it has ended.
ALTER TABLE query_executions ADD COLUMN kill_message TEXT;
-- Workgroups that scanned more than their limit for a time, noted when it happens.
CREATE TABLE alarms (
    raised INTEGER NOT NULL,
    workgroup TEXT NOT NULL,
    bytes_limit INTEGER NOT NULL,
    period_in_minutes INTEGER NOT NULL,
    bytes_scanned INTEGER NOT NULL,
    query_id TEXT NOT NULL
);
CREATE INDEX query_executions_by_workgroup ON query_executions (workgroup, completed);
