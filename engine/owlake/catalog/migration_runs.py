"""The history of migrations in a home: who ran which, when, and which of its statements took effect.

Statements are not transactional together, so each is recorded by itself, and what it changes in the catalog is counted
in the very transaction that makes the change: after a crash the history says exactly which statements took effect.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds


class RunState(StrEnum):
    """Where a run, or one of its statements, stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"
    """The process ended in the middle."""
    MARKED = "MARKED"
    """Taken as done without being run."""


class Action(StrEnum):
    """What a run does with its migration: it makes it applied, or not applied."""

    UP = "UP"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class StatementRun:
    """A statement of a run. ``text`` is what was run, ``line`` where it stands in the file.

    ``effects`` counts the changes of the catalog that it committed; None where nobody can tell.
    """

    number: int
    line: int
    text: str
    state: RunState = RunState.PENDING
    effects: int | None = 0
    query_id: str | None = None
    started: datetime | None = None
    completed: datetime | None = None
    error: str | None = None

    @property
    def took_effect(self) -> bool | None:
        """Whether what it does is done; None where nobody can tell."""
        if self.state in (RunState.SUCCEEDED, RunState.MARKED):
            return True
        return None if self.effects is None else self.effects > 0


@dataclass(frozen=True, slots=True)
class MigrationRun:
    """One run of one migration.

    Attributes:
        id: Unique among all runs.
        migration: The file's name without its ending.
        checksum: Of the file as it was.
        process: Host and number of the process that ran it.
        seconds: How long it took, in the machine's time.
        error: What it failed with.
    """

    id: str
    migration: str
    action: Action
    state: RunState
    checksum: str
    environment: str | None
    principal: str
    process: str
    started: datetime
    completed: datetime | None = None
    seconds: float = 0.0
    error: str | None = None
    statements: tuple[StatementRun, ...] = ()

    @property
    def failed_statement(self) -> StatementRun | None:
        """The statement that it stopped at."""
        stopped = (RunState.FAILED, RunState.INTERRUPTED)
        return next((one for one in self.statements if one.state in stopped), None)

    def with_statement(self, statement: StatementRun) -> MigrationRun:
        """The run with this statement in the place of the one of its number."""
        return replace(
            self, statements=tuple(statement if one.number == statement.number else one for one in self.statements)
        )

    def interrupted(self) -> MigrationRun:
        """The run, if it is running, as one whose process has ended."""
        if self.state is not RunState.RUNNING:
            return self
        statements = tuple(
            replace(one, state=RunState.INTERRUPTED) if one.state is RunState.RUNNING else one
            for one in self.statements
        )
        return replace(self, state=RunState.INTERRUPTED, statements=statements)


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who runs migrations now."""

    principal: str
    process: str
    command: str
    since: datetime


_RUN = "id, migration, action, state, checksum, environment, principal, process, started, completed, seconds, error"
_STATEMENT = "number, line, text, state, effects, query_id, started, completed, error"


class MigrationRuns:
    """The history and the lock. Safe for threads and processes."""

    def __init__(self, store: Store, lease_id: str, is_alive: Callable[[str], bool]) -> None:
        self._store = store
        self._lease_id = lease_id
        self._is_alive = is_alive

    def acquire(self, holder: LockHolder) -> LockHolder | None:
        """Take the lock; the answer is None, or who has it. Of a process that has ended it is taken over."""
        with self._store.write() as connection:
            row = connection.execute(
                "SELECT lease_id, principal, process, command, since FROM migration_lock"
            ).fetchone()
            if row and self._is_alive(row[0]):
                return LockHolder(row[1], row[2], row[3], from_microseconds(row[4]))
            connection.execute(
                "INSERT OR REPLACE INTO migration_lock VALUES (1, ?, ?, ?, ?, ?)",
                (self._lease_id, holder.principal, holder.process, holder.command, to_microseconds(holder.since)),
            )
        return None

    def release(self) -> None:
        """Give the lock back, if it is ours."""
        with self._store.write() as connection:
            connection.execute("DELETE FROM migration_lock WHERE lease_id = ?", (self._lease_id,))

    def record(self, run: MigrationRun) -> None:
        """Write the run as it stands now.

        What its statements change is counted elsewhere, until one has failed.
        """
        with self._store.write() as connection:
            connection.execute(
                f"INSERT INTO migration_runs ({_RUN}, lease_id) VALUES ({', '.join('?' * 13)}) ON CONFLICT (id)"
                " DO UPDATE SET state = excluded.state, completed = excluded.completed, seconds = excluded.seconds,"
                " error = excluded.error",
                (*_run_row(run), self._lease_id),
            )
            connection.executemany(
                f"INSERT INTO migration_statements (run_id, {_STATEMENT}) VALUES ({', '.join('?' * 10)})"
                " ON CONFLICT (run_id, number) DO UPDATE SET state = excluded.state, query_id = excluded.query_id,"
                " started = excluded.started, completed = excluded.completed, error = excluded.error,"
                " effects = CASE excluded.state WHEN 'FAILED' THEN excluded.effects ELSE effects END",
                [(run.id, *_statement_row(statement)) for statement in run.statements],
            )

    def counting(self, run: MigrationRun, statement: StatementRun) -> Callable[[sqlite3.Connection], None]:
        """What counts a change of the catalog as the statement's, inside the transaction that makes it."""

        def count(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE migration_statements SET effects = effects + 1 WHERE run_id = ? AND number = ?",
                (run.id, statement.number),
            )

        return count

    def effects(self, run: MigrationRun, statement: StatementRun) -> int | None:
        """How many changes the statement has committed; None where they are not counted."""
        with self._store.read() as connection:
            row = connection.execute(
                "SELECT effects FROM migration_statements WHERE run_id = ? AND number = ?", (run.id, statement.number)
            ).fetchone()
        return row[0] if row else 0

    def list_runs(self) -> list[MigrationRun]:
        """Every run, oldest first. What a process that has ended left running is interrupted."""
        with self._store.read() as connection:
            runs = connection.execute(f"SELECT {_RUN}, lease_id FROM migration_runs ORDER BY number").fetchall()
            statements = connection.execute(
                f"SELECT run_id, {_STATEMENT} FROM migration_statements ORDER BY run_id, number"
            ).fetchall()
        of_run: dict[str, list[StatementRun]] = {}
        for run_id, *values in statements:
            of_run.setdefault(run_id, []).append(_statement(*values))
        found = []
        for *values, lease_id in runs:
            run = _run(*values, statements=tuple(of_run.get(values[0], ())))
            found.append(run if self._is_alive(lease_id) else run.interrupted())
        return found

    def history_rows(self) -> Iterator[tuple[object, ...]]:
        """The columns of ``system.migrations.history``, latest first."""
        for run in reversed(self.list_runs()):
            stopped = run.failed_statement
            yield (
                run.id, run.migration, run.action.value, run.state.value, run.principal, run.process, run.environment,
                run.started, run.completed, run.seconds, len(run.statements),
                sum(bool(statement.took_effect) for statement in run.statements),
                stopped.number if stopped else None, stopped.line if stopped else None, run.error, run.checksum,
            )  # fmt: skip

    def statement_rows(self) -> Iterator[tuple[object, ...]]:
        """The columns of ``system.migrations.statements``, latest run first."""
        for run in reversed(self.list_runs()):
            for one in run.statements:
                yield (
                    run.id, run.migration, one.number, one.line, one.text, one.state.value, one.took_effect,
                    one.query_id, one.started, one.completed, one.error,
                )  # fmt: skip


def _run_row(run: MigrationRun) -> tuple[object, ...]:
    return (
        run.id, run.migration, run.action, run.state, run.checksum, run.environment, run.principal, run.process,
        to_microseconds(run.started), _optional(run.completed), run.seconds, run.error,
    )  # fmt: skip


def _statement_row(one: StatementRun) -> tuple[object, ...]:
    return (
        one.number, one.line, one.text, one.state, one.effects, one.query_id, _optional(one.started),
        _optional(one.completed), one.error,
    )  # fmt: skip


def _run(
    id_: str,
    migration: str,
    action: str,
    state: str,
    checksum: str,
    environment: str | None,
    principal: str,
    process: str,
    started: int,
    completed: int | None,
    seconds: float,
    problem: str | None,
    *,
    statements: tuple[StatementRun, ...],
) -> MigrationRun:
    return MigrationRun(
        id_, migration, Action(action), RunState(state), checksum, environment, principal, process,
        from_microseconds(started), _moment(completed), seconds, problem, statements,
    )  # fmt: skip


def _statement(
    number: int,
    line: int,
    text: str,
    state: str,
    effects: int | None,
    query_id: str | None,
    started: int | None,
    completed: int | None,
    problem: str | None,
) -> StatementRun:
    return StatementRun(
        number, line, text, RunState(state), effects, query_id, _moment(started), _moment(completed), problem
    )


def _optional(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)
