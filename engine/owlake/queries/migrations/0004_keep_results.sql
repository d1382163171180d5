-- Whether an execution gave an earlier one's rows, and how old these could have been (minutes; none where not wanted).
ALTER TABLE query_executions ADD COLUMN reused_previous_result INTEGER NOT NULL DEFAULT 0;
ALTER TABLE query_executions ADD COLUMN result_reuse_max_age INTEGER;
-- Rows of executions that later ones may give again: the file, of this size, lies in the home's folder
-- of results.
CREATE TABLE kept_results (
    query_id TEXT PRIMARY KEY,
    question TEXT NOT NULL,
    sources TEXT NOT NULL,
    completed INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    size INTEGER NOT NULL,
    output_location TEXT NOT NULL
);
CREATE INDEX kept_results_by_question ON kept_results (question, completed);
