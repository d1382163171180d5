"""The tables of ``system.migrations``: what was run of folders of SQL files."""

from __future__ import annotations

from owlake.spi import MOMENT, rows_definition, types

_TEXT = types.VARCHAR

HISTORY = rows_definition(
    lambda asked: asked.home.migration_runs.history_rows(),
    ("run_id", _TEXT, "The run's id"),
    ("migration", _TEXT, "The file's name without its ending"),
    ("action", _TEXT, "UP or DOWN"),
    ("state", _TEXT, "RUNNING, SUCCEEDED, FAILED, INTERRUPTED or MARKED"),
    ("principal", _TEXT, "Who ran it"),
    ("process", _TEXT, "Host and number of the process"),
    ("environment", _TEXT, "The environment it was run for"),
    ("started", MOMENT, "When it began"),
    ("completed", MOMENT, "When it ended"),
    ("seconds", types.DOUBLE, "How long it took"),
    ("statements", types.BIGINT, "How many statements it has"),
    ("statements_applied", types.BIGINT, "How many of them took effect"),
    ("failed_statement", types.BIGINT, "The number of the statement that it stopped at"),
    ("failed_line", types.BIGINT, "That statement's line in the file"),
    ("error", _TEXT, "What it failed with"),
    ("checksum", _TEXT, "SHA-256 of the file as it was"),
)

STATEMENTS = rows_definition(
    lambda asked: asked.home.migration_runs.statement_rows(),
    ("run_id", _TEXT, "The run that it is of"),
    ("migration", _TEXT, "The file's name without its ending"),
    ("statement", types.BIGINT, "Its number in the run, from 1"),
    ("line", types.BIGINT, "Its line in the file"),
    ("text", _TEXT, "What was run"),
    ("state", _TEXT, "PENDING, RUNNING, SUCCEEDED, FAILED, INTERRUPTED or MARKED"),
    ("took_effect", types.BOOLEAN, "Whether what it does is done; NULL where nobody can tell"),
    ("query_id", _TEXT, "Its execution in system.runtime.queries"),
    ("started", MOMENT, "When it began"),
    ("completed", MOMENT, "When it ended"),
    ("error", _TEXT, "What it failed with"),
)

TABLES = {"history": HISTORY, "statements": STATEMENTS}
"""The tables by name."""
