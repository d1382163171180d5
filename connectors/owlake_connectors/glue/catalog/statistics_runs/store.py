"""What is kept of runs that find column statistics."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from owlake.spi import Database, from_microseconds, open_database, to_microseconds

Status = Literal["STARTING", "RUNNING", "SUCCEEDED", "FAILED", "STOPPED"]
_COLUMNS = (
    "id, database_name, table_name, columns, role, sample_size, security_configuration, status, created, started,"
    " ended, error"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A run over a table: of some columns, or (None) of all."""

    id: str
    database: str
    table: str
    columns: tuple[str, ...] | None
    role: str
    sample_size: float | None
    security_configuration: str | None
    status: Status
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    error: str | None = None


class RunStore:
    """The runs of a home. Safe for threads and processes."""

    def __init__(self, directory: Path) -> None:
        package = "owlake_connectors.glue.catalog.statistics_runs"
        self._database: Database = open_database(directory / "statistics_runs.db", package)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def add(self, run: Run) -> bool:
        """Keep a new run; False while another one of the table is under way."""
        with self._database.write() as connection:
            added = connection.execute(
                f"INSERT OR IGNORE INTO runs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)",
                (
                    run.id,
                    run.database,
                    run.table,
                    None if run.columns is None else json.dumps(run.columns),
                    run.role,
                    run.sample_size,
                    run.security_configuration,
                    run.status,
                    to_microseconds(run.created),
                ),
            )
            return bool(added.rowcount)

    def begin(self, run_id: str, now: datetime) -> Run | None:
        """Let a run that is to run, or whose process died, be one that runs; None for one that was stopped."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE runs SET status = 'RUNNING', started = ? WHERE id = ? AND status IN ('STARTING', 'RUNNING')",
                (to_microseconds(now), run_id),
            )
        found = self.find(run_id)
        return found if found is not None and found.status == "RUNNING" else None

    def end(self, run_id: str, status: Status, now: datetime, problem: str | None = None) -> None:
        """Say how a run ended, if nobody has."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE runs SET status = ?, ended = ?, error = ? WHERE id = ? AND status IN ('STARTING', 'RUNNING')",
                (status, to_microseconds(now), problem, run_id),
            )

    def find(self, run_id: str) -> Run | None:
        """The run of this id."""
        return next(iter(self._select("id = ?", run_id)), None)

    def of_table(self, database: str, table: str) -> list[Run]:
        """The runs of a table, the last one first."""
        return self._select("database_name = ? AND table_name = ?", database, table)

    def all(self) -> list[Run]:
        """Every run, the last one first."""
        return self._select("true")

    def _select(self, condition: str, *parameters: str) -> list[Run]:
        with self._database.read() as connection:
            rows: sqlite3.Cursor = connection.execute(
                f"SELECT {_COLUMNS} FROM runs WHERE {condition} ORDER BY number DESC", parameters
            )
            return [_run(*row) for row in rows]


def _run(
    run_id: str,
    database: str,
    table: str,
    columns: str | None,
    role: str,
    sample_size: float | None,
    security_configuration: str | None,
    status: Status,
    created: int,
    started: int | None,
    ended: int | None,
    problem: str | None,
) -> Run:
    return Run(
        run_id,
        database,
        table,
        None if columns is None else tuple(json.loads(columns)),
        role,
        sample_size,
        security_configuration,
        status,
        from_microseconds(created),
        None if started is None else from_microseconds(started),
        None if ended is None else from_microseconds(ended),
        problem,
    )
