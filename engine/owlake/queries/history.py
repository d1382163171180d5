"""The history of a home: every query execution, in a database of its own beside the catalog's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.errors import error
from owlake.queries.cost import cost_usd
from owlake.queries.model import QueryExecution, State

_COLUMNS = (
    "id", "query", "statement_type", "substatement_type", "catalog", "database", "principal", "workgroup", "state",
    "submitted", "completed", "planning_time", "engine_time", "rows", "bytes_scanned", "error_code", "error_message",
    "warnings",
)  # fmt: skip


class History:
    """Query executions of all processes of a home.

    Losing the last of them in a power cut is no loss of data, so commits do not wait for the disk. Each execution
    carries the lease of the process that runs it: one that still runs under a dead lease has failed with its process.
    """

    def __init__(self, path: Path, lease: str, is_alive: Callable[[str], bool]) -> None:
        self._lease = lease
        self._is_alive = is_alive
        self._store = Store(path, synchronous="OFF")

    def record(self, execution: QueryExecution) -> None:
        """Write the execution as it stands now."""
        marks = ", ".join("?" for _ in (*_COLUMNS, "lease"))
        with self._store.write() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO query_executions ({', '.join(_COLUMNS)}, lease) VALUES ({marks})",
                (*_row(execution), self._lease),
            )

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Every execution, latest first, as the columns of ``system.runtime.queries``."""
        with self._store.read() as connection:
            found = connection.execute(
                f"SELECT {', '.join(_COLUMNS)}, lease FROM query_executions ORDER BY submitted DESC"
            ).fetchall()
        return (_shown(self._known_state(dict(zip((*_COLUMNS, "lease"), row, strict=True)))) for row in found)

    def _known_state(self, row: dict[str, object]) -> dict[str, object]:
        if row["state"] != State.RUNNING.value or self._is_alive(str(row["lease"])):
            return row
        problem = error("GENERIC_INTERNAL_ERROR", "The process that ran the statement has ended")
        return {**row, "state": State.FAILED.value, "error_code": problem.code, "error_message": str(problem)}

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()


def _row(execution: QueryExecution) -> tuple[object, ...]:
    problem = execution.error
    return (
        execution.id,
        execution.query,
        execution.statement_type,
        execution.substatement_type,
        execution.catalog,
        execution.database,
        execution.principal,
        execution.workgroup,
        execution.state.value,
        to_microseconds(execution.submitted),
        to_microseconds(execution.completed) if execution.completed else None,
        execution.planning_time,
        execution.engine_time,
        execution.rows,
        execution.bytes_scanned,
        problem.code if problem else None,
        str(problem) if problem else None,
        "\n".join(str(warning) for warning in execution.warnings),
    )


def _shown(row: dict[str, object]) -> tuple[object, ...]:
    times = {name: _moment(row[name]) for name in ("submitted", "completed")}
    cost = cost_usd(
        int(str(row["bytes_scanned"])),
        str(row["statement_type"]),
        str(row["substatement_type"]),
        failed=row["state"] == State.FAILED.value,
    )
    return (*({**row, **times}[column] for column in _COLUMNS), cost)


def _moment(value: object) -> datetime | None:
    return from_microseconds(value) if isinstance(value, int) else None
