"""The tasks of a home: rows of its catalog.

A task that was scheduled is kept whatever happens, power loss included. How its runs went is written without waiting
for the disk: it survives ``kill -9``, and what a loss of power takes of it is run once more.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.errors import error
from owlake.runtime.clock import ClockState, move_clock, read_clock, write_clock
from owlake.runtime.outlook import TO_RUN
from owlake.runtime.schedules import schedule_of
from owlake.runtime.tasks import Retry, Task, TaskDefinition, TaskError, TaskState

_MICROSECOND = timedelta(microseconds=1)
_KEPT = 1000
"""How many tasks that are over and went well stay to be looked at."""
_COLUMNS = (
    "id, name, kind, owner, arguments, schedule, time_zone, retry_first, retry_longest, retry_attempts, state,"
    " create_time, start_time, due_time, attempts, last_started_time, last_ended_time, last_failed_time, error_code,"
    " error_message"
)
_CUT_OFF = TaskError("GENERIC_INTERNAL_ERROR", "The process ended before the run did; it is run again")


Ending = tuple[Task, TaskError | None]
"""How a run ended: well, or with an error."""


class TaskStore:
    """Reads and writes tasks. Safe for threads and processes; who may run them is decided elsewhere."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._quick = Store(store.path, synchronous="NORMAL")

    def close(self) -> None:
        """Close what it opened itself."""
        self._quick.close()

    # Asking ---------------------------------------------------------------------------------------------

    def tasks(self) -> tuple[Task, ...]:
        """All of them, in the order in which they came to be."""
        with self._store.read() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM tasks ORDER BY id").fetchall()
        return tuple(map(_task, rows))

    def find(self, name: str) -> Task | None:
        """The task of this name."""
        with self._store.read() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM tasks WHERE name = ?", (name,)).fetchone()
        return None if row is None else _task(row)

    # Changing what is to run ----------------------------------------------------------------------------

    def add(self, definitions: Iterable[TaskDefinition], *, replace_live: bool) -> tuple[Task, ...]:
        """Add tasks, all or none; one that is over gives its name away."""
        with self._store.write() as connection:
            now = read_clock(connection).now()
            return tuple(_add(connection, each, now, replace_live=replace_live) for each in definitions)

    def hasten(self, name: str) -> None:
        """Have a task run now: one that waits, or one that is over. Errors: NOT_FOUND; NOT_SUPPORTED while it runs."""
        with self._store.write() as connection:
            now = read_clock(connection).now()
            row = connection.execute("SELECT state FROM tasks WHERE name = ?", (name,)).fetchone()
            if row is None:
                raise error("NOT_FOUND", f"Task not found: {name}")
            if row[0] == TaskState.RUNNING:
                raise error("NOT_SUPPORTED", f"Task is running: {name}")
            connection.execute(
                "UPDATE tasks SET state = 'SCHEDULED', due_time = ?, attempts = 0 WHERE name = ?",
                (to_microseconds(now), name),
            )

    def cancel(self, name: str) -> bool:
        """Let a task not run any more; whether it was still to."""
        return self._cancel("name", name) > 0

    def cancel_all(self, owner: str) -> None:
        """Let none of an owner's tasks run any more."""
        self._cancel("owner", owner)

    def _cancel(self, column: str, value: str) -> int:
        with self._store.write() as connection:
            now = read_clock(connection).now()
            changed = connection.execute(
                f"UPDATE tasks SET state = 'CANCELLED', last_ended_time = ? WHERE {column} = ? AND {TO_RUN}",
                (to_microseconds(now), value),
            )
            return changed.rowcount

    # Moving the clock -----------------------------------------------------------------------------------

    def aim_beyond(self, duration: timedelta) -> datetime:
        """Send the clock further by this much, from where it already goes; says where to. It becomes virtual."""
        with self._store.write() as connection:
            clock = read_clock(connection)
            now = clock.now()
            goal = (clock.target or now) + duration
            write_clock(connection, ClockState(now, goal))
        return goal

    def aim_at(self, instant: datetime) -> bool:
        """Send the clock to an instant that lies ahead, or put it back; says whether it has a way to go."""
        with self._store.write() as connection:
            now = read_clock(connection).now()
            if instant >= now:
                write_clock(connection, ClockState(now, instant))
                return True
            write_clock(connection, ClockState(instant))
            _put_back(connection, instant)
            return False

    def give_up(self, goal: datetime) -> None:
        """Leave the clock where it stands, unless somebody else has sent it elsewhere."""
        with self._store.write() as connection:
            clock = read_clock(connection)
            if clock.target == goal:
                write_clock(connection, ClockState(clock.instant))

    def reset_clock(self) -> None:
        """Make the clock the machine's again."""
        with self._store.write() as connection:
            before, after = read_clock(connection).now(), ClockState()
            write_clock(connection, after)
            if after.now() < before:
                _put_back(connection, after.now())

    # Running: by the one who has the turn ---------------------------------------------------------------

    def take_over(self, limit: datetime) -> None:
        """Have the runs that the end of a process cut off run again: at once; if that happens again, later."""
        with self._store.read() as connection:
            horizon = to_microseconds(_horizon(read_clock(connection), limit))
            # Those that run are due: so few rows are looked at.
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM tasks WHERE {TO_RUN} AND due_time <= ? AND state = 'RUNNING'", (horizon,)
            ).fetchall()
        if not rows:
            return
        with self._quick.write() as connection:
            now = read_clock(connection).now()
            for task in map(_task, rows):
                if task.attempts > 1:
                    _end(connection, task, _CUT_OFF, now)
                else:
                    _note(connection, task, now, state=TaskState.SCHEDULED, due=task.due, problem=_CUT_OFF)

    def step(self, ended: Ending | None, limit: datetime) -> Task | None:
        """Write down how a run ended, and begin the next one: None where nothing is due.

        What is due is what falls before the clock's target, which the clock goes to when nothing is left on the way;
        without a target, before the virtual clock; with the machine's clock, before ``limit``.
        """
        with self._quick.write() as connection:
            clock = read_clock(connection)
            now = clock.now()
            if ended is not None:
                _end(connection, *ended, now)
            # Where it falls due later, the virtual clock goes on to that time.
            row = connection.execute(
                "UPDATE tasks SET state = 'RUNNING', attempts = attempts + 1, last_started_time = max(due_time, ?)"
                f" WHERE id = (SELECT id FROM tasks WHERE {TO_RUN} AND due_time <= ? ORDER BY due_time, id LIMIT 1)"
                f" RETURNING {_COLUMNS}",
                (to_microseconds(now), to_microseconds(_horizon(clock, limit))),
            ).fetchone()
            if row is None:
                if clock.target is not None:
                    write_clock(connection, ClockState(clock.target))
                if ended is not None:
                    _forget(connection)
                return None
            task = _task(row)
            if clock.instant is not None and task.due > clock.instant:
                move_clock(connection, task.due)
            return task

    def give_back(self, task: Task) -> None:
        """Have a task run as if it had not been begun."""
        with self._quick.write() as connection:
            connection.execute(
                "UPDATE tasks SET state = 'SCHEDULED', attempts = attempts - 1 WHERE id = ? AND state = 'RUNNING'",
                (task.id,),
            )


def _horizon(clock: ClockState, limit: datetime) -> datetime:
    return clock.target or clock.instant or limit


def _add(connection: sqlite3.Connection, definition: TaskDefinition, now: datetime, *, replace_live: bool) -> Task:
    due = start = _with_zone(definition.due) or now
    if definition.due is None and definition.schedule is not None:
        found = schedule_of(definition.schedule, definition.time_zone).after(now, now)
        if found is None:
            never = f"Invalid Schedule Expression {definition.schedule}: it has no time after {now}"
            raise error("ValidationException", never)
        due = found
    row = connection.execute(f"SELECT {TO_RUN} FROM tasks WHERE name = ?", (definition.name,)).fetchone()
    if row is not None:
        if row[0] and not replace_live:
            raise error("ALREADY_EXISTS", f"Task {definition.name} already exists")
        connection.execute("DELETE FROM tasks WHERE name = ?", (definition.name,))
    retry = definition.retry
    values = (
        definition.name,
        definition.kind,
        definition.owner,
        _json(definition),
        definition.schedule,
        definition.time_zone,
        retry.first // _MICROSECOND,
        retry.longest // _MICROSECOND,
        retry.attempts,
        to_microseconds(now),
        to_microseconds(start),
        to_microseconds(due),
    )
    added = connection.execute(
        "INSERT INTO tasks (name, kind, owner, arguments, schedule, time_zone, retry_first, retry_longest,"
        " retry_attempts, state, create_time, start_time, due_time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'SCHEDULED', ?, ?, ?)"
        f" RETURNING {_COLUMNS}",
        values,
    )
    return _task(added.fetchone())


def _end(connection: sqlite3.Connection, task: Task, problem: TaskError | None, now: datetime) -> None:
    """What follows a run: another attempt, the next regular run, or nothing."""
    if problem is not None:
        wait = task.retry.wait(task.attempts)
        if wait is not None:
            _note(connection, task, now, state=TaskState.SCHEDULED, due=now + wait, problem=problem)
            return
    due = _regular(task, max(now, task.due))
    if due is not None:
        _note(connection, task, now, state=TaskState.SCHEDULED, due=due, attempts=0, problem=problem)
        return
    state = TaskState.SUCCEEDED if problem is None else TaskState.FAILED
    _note(connection, task, now, state=state, due=task.due, problem=problem)


def _regular(task: Task, instant: datetime) -> datetime | None:
    """The next run of a task that recurs."""
    if task.schedule is None:
        return None
    schedule = schedule_of(task.schedule, task.time_zone)
    return schedule.after(instant, task.start) if schedule.recurs else None


def _note(
    connection: sqlite3.Connection,
    task: Task,
    now: datetime,
    *,
    state: TaskState,
    due: datetime,
    problem: TaskError | None,
    attempts: int | None = None,
) -> None:
    """Write down a run that ended. One that was cancelled or replaced meanwhile stays as it is."""
    ended = to_microseconds(now)
    failed = (ended, problem.code, problem.message) if problem is not None else (None, None, None)
    connection.execute(
        "UPDATE tasks SET state = ?, due_time = ?, attempts = ?, last_ended_time = ?,"
        " last_failed_time = coalesce(?, last_failed_time), error_code = coalesce(?, error_code),"
        " error_message = coalesce(?, error_message) WHERE id = ? AND state = 'RUNNING'",
        (
            state.value,
            to_microseconds(due),
            task.attempts if attempts is None else attempts,
            ended,
            *failed,
            task.id,
        ),
    )


def _put_back(connection: sqlite3.Connection, now: datetime) -> None:
    """The clock went back: what recurs goes on from there, what waits for another attempt has it at once.

    What was given a time of its own keeps it.
    """
    rows = connection.execute(f"SELECT {_COLUMNS} FROM tasks WHERE state = 'SCHEDULED'").fetchall()
    for task in map(_task, rows):
        due: datetime | None = None
        if task.attempts > 0:
            due = min(task.due, now)
        elif task.last_started is not None or task.due != task.start:
            due = _regular(task, now)
        if due is not None:
            connection.execute("UPDATE tasks SET due_time = ? WHERE id = ?", (to_microseconds(due), task.id))


def _forget(connection: sqlite3.Connection) -> None:
    """Let go of the oldest tasks that are over and went well."""
    connection.execute(
        "DELETE FROM tasks WHERE state IN ('SUCCEEDED', 'CANCELLED') AND last_ended_time <"
        " (SELECT last_ended_time FROM tasks WHERE state IN ('SUCCEEDED', 'CANCELLED')"
        " ORDER BY last_ended_time DESC LIMIT 1 OFFSET ?)",
        (_KEPT - 1,),
    )


def _json(definition: TaskDefinition) -> str:
    try:
        return json.dumps(dict(definition.arguments), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as problem:
        text = f"The arguments of task {definition.name} are not JSON: {problem}"
        raise error("INVALID_ARGUMENTS", text) from None


def _task(row: tuple[Any, ...]) -> Task:
    (
        id_, name, kind, owner, arguments, schedule, time_zone, first, longest, allowed, state,
        created, start, due, attempts, started, ended, failed, code, message,
    ) = row  # fmt: skip
    return Task(
        id=id_,
        name=name,
        kind=kind,
        owner=owner,
        arguments=json.loads(arguments) if arguments != "{}" else {},
        schedule=schedule,
        time_zone=time_zone,
        retry=_retry(first, longest, allowed),
        state=TaskState(state),
        created=from_microseconds(created),
        start=from_microseconds(start),
        due=from_microseconds(due),
        attempts=attempts,
        last_started=_instant(started),
        last_ended=_instant(ended),
        last_failed=_instant(failed),
        last_error=TaskError(code, message) if code is not None else None,
    )


def _with_zone(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant


@lru_cache(maxsize=64)
def _retry(first: int, longest: int, attempts: int | None) -> Retry:
    return Retry(first * _MICROSECOND, longest * _MICROSECOND, attempts)


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)
