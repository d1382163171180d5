"""The history of a home: every query execution, in a database of its own beside the catalog's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.errors import OwlakeError, QueryWarning, error
from owlake.queries.model import QueryExecution, State

if TYPE_CHECKING:
    from owlake.queries.data_usage import Alarm

_COLUMNS = (
    "id", "query", "statement_type", "substatement_type", "catalog", "database", "principal", "workgroup",
    "output_location", "state", "submitted", "completed", "planning_time", "engine_time", "rows", "bytes_scanned",
    "error_code", "error_message", "warnings", "reused_previous_result", "result_reuse_max_age", "lease",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM query_executions"
_EACH_WARNING = re.compile(r"\n(?=[A-Z_]+: )")


class History:
    """Query executions of all processes of a home.

    ``store`` is their database. Losing the last of them in a power cut is no loss of data, so commits do not wait for
    the disk. Each execution carries the lease of the process that runs it: one that still runs under a dead lease has
    failed with its process.
    """

    def __init__(self, path: Path, lease: str, is_alive: Callable[[str], bool]) -> None:
        self._lease = lease
        self._is_alive = is_alive
        self.store = Store(path, synchronous="OFF")

    def record(self, execution: QueryExecution) -> None:
        """Write the execution as it stands now."""
        marks = ", ".join("?" for _ in _COLUMNS)
        with self.store.write() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO query_executions ({', '.join(_COLUMNS)}) VALUES ({marks})",
                (*_row(execution), self._lease),
            )

    def executions(
        self,
        *,
        ids: Collection[str] | None = None,
        states: Collection[str] | None = None,
        workgroups: Collection[str] | None = None,
        since: datetime | None = None,
    ) -> Iterator[QueryExecution]:
        """The executions of these ids, states and workgroups that came since then, latest first; None is all."""
        if states is not None and State.FAILED.value in states:
            # Some have failed that their process could not record.
            states = {*states, State.RUNNING.value}
        conditions: list[str] = []
        values: list[object] = []
        for column, wanted in (("id", ids), ("state", states), ("workgroup", workgroups)):
            if wanted is not None:
                conditions.append(f"{column} IN (SELECT value FROM json_each(?))")
                values.append(json.dumps(list(wanted)))
        if since is not None:
            conditions.append("submitted >= ?")
            values.append(to_microseconds(since))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        with self.store.read() as connection:
            found = connection.execute(f"{_SELECT}{where} ORDER BY submitted DESC, id", values).fetchall()
        return self._known(found)

    def find(self, ids: Collection[str]) -> dict[str, QueryExecution]:
        """The executions of these ids, as many as there are."""
        return {execution.id: execution for execution in self.executions(ids=ids)}

    def list_ids(self, workgroup: str, most: int, offset: int = 0) -> list[str]:
        """The ids of a workgroup's executions, latest first, from the given one on."""
        with self.store.read() as connection:
            found = connection.execute(
                "SELECT id FROM query_executions WHERE workgroup = ? ORDER BY submitted DESC, id LIMIT ? OFFSET ?",
                (workgroup, most, offset),
            ).fetchall()
        return [query_id for (query_id,) in found]

    def forget(self, workgroup: str) -> None:
        """Delete the executions and the alarms of a workgroup."""
        with self.store.write() as connection:
            connection.execute("DELETE FROM query_executions WHERE workgroup = ?", (workgroup,))
            connection.execute("DELETE FROM alarms WHERE workgroup = ?", (workgroup,))

    # Executions that others want ended ------------------------------------------------------------------

    def ask_to_stop(self, query_id: str, message: str) -> None:
        """Want an execution ended that another process runs; nothing happens if it has ended meanwhile."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE query_executions SET kill_message = ? WHERE id = ? AND state = ?",
                (message, query_id, State.RUNNING.value),
            )

    def asked_to_stop(self, query_id: str) -> str | None:
        """With what words somebody wants the execution ended; None if nobody does."""
        with self.store.read() as connection:
            row = connection.execute("SELECT kill_message FROM query_executions WHERE id = ?", (query_id,)).fetchone()
        return row[0] if row else None

    # Bytes of workgroups --------------------------------------------------------------------------------

    def bytes_scanned(self, workgroup: str, since: datetime) -> int:
        """The bytes that a workgroup's executions scanned which ended after this moment."""
        with self.store.read() as connection:
            row = connection.execute(
                "SELECT total(bytes_scanned) FROM query_executions WHERE workgroup = ? AND completed > ?",
                (workgroup, to_microseconds(since)),
            ).fetchone()
        return int(row[0])

    def raise_alarm(self, alarm: Alarm) -> None:
        """Note that a workgroup scanned more than its limit."""
        with self.store.write() as connection:
            connection.execute(
                "INSERT INTO alarms (raised, workgroup, bytes_limit, period_in_minutes, bytes_scanned, query_id)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    to_microseconds(alarm.raised),
                    alarm.workgroup,
                    alarm.bytes_limit,
                    alarm.period_in_minutes,
                    alarm.bytes_scanned,
                    alarm.query_id,
                ),
            )

    def alarms(self) -> list[Alarm]:
        """Every alarm, latest first."""
        with self.store.read() as connection:
            found = connection.execute(
                "SELECT raised, workgroup, bytes_limit, period_in_minutes, bytes_scanned, query_id FROM alarms"
                " ORDER BY raised DESC, rowid DESC"
            ).fetchall()
        from owlake.queries.data_usage import Alarm  # noqa: PLC0415  (few ask)

        return [Alarm(from_microseconds(raised), *others) for raised, *others in found]

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def _known(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[QueryExecution]:
        for row in rows:
            *values, lease = row
            execution = _execution(dict(zip(_COLUMNS, values, strict=False)))
            if execution.state is State.RUNNING and not self._is_alive(lease):
                execution.state = State.FAILED
                execution.error = error("GENERIC_INTERNAL_ERROR", "The process that ran the statement has ended")
            yield execution


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
        execution.output_location,
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
        execution.reused_previous_result,
        execution.result_reuse_max_age,
    )


def _execution(row: dict[str, Any]) -> QueryExecution:
    code, text, warnings = row.pop("error_code"), row.pop("error_message"), row.pop("warnings")
    completed, reused = row.pop("completed"), row.pop("reused_previous_result")
    return QueryExecution(
        **{**row, "state": State(row["state"]), "submitted": from_microseconds(row["submitted"])},
        reused_previous_result=bool(reused),
        completed=None if completed is None else from_microseconds(completed),
        error=_error(code, text) if code else None,
        warnings=[_warning(text) for text in _EACH_WARNING.split(warnings) if text],
    )


def _error(code: str, text: str) -> OwlakeError:
    """An error that reads as the one that was recorded."""
    message = text.removeprefix(f"{code}: ")
    return error(code, message, bare=message == text)


def _warning(text: str) -> QueryWarning:
    code, _, message = text.partition(": ")
    return QueryWarning(code, message)
