-- Tasks of the scheduler. Times are microseconds since 1970-01-01 UTC, durations microseconds; arguments are JSON.

CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    arguments TEXT NOT NULL,
    schedule TEXT, -- NULL for a task that runs once
    time_zone TEXT NOT NULL,
    retry_first INTEGER NOT NULL,
    retry_longest INTEGER NOT NULL,
    retry_attempts INTEGER, -- NULL for ever
    state TEXT NOT NULL CHECK (state IN ('SCHEDULED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    create_time INTEGER NOT NULL,
    start_time INTEGER NOT NULL, -- what a rate counts from
    due_time INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_started_time INTEGER,
    last_ended_time INTEGER,
    last_failed_time INTEGER,
    error_code TEXT,
    error_message TEXT
);

CREATE INDEX tasks_to_run ON tasks (due_time, id) WHERE state IN ('SCHEDULED', 'RUNNING');
