"""Background work as SQL sees it: what is to run, what became of it, run now, run no more."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

import owlake
from owlake.home import Home
from owlake.runtime.tasks import Task, TaskDefinition
from owlake.session import Session
from tests.queries.test_kills import KILLER, PATIENCE

STATE = (
    "SELECT state, attempts, due, last_started, error_code, error_message FROM system.runtime.tasks WHERE name = '{}'"
)


@pytest.fixture
def ran(home: Home) -> list[str]:
    """The names of the tasks that ran, in order, in a home where it is noon."""
    names: list[str] = []

    def work(task: Task) -> None:
        names.append(f"{task.name} {home.clock.now():%d %H:%M}")
        if task.arguments.get("fails"):
            raise RuntimeError("the line broke")

    home.scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))
    home.scheduler.register("work", work)
    return names


def _rows(session: Session, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in session.execute(sql).table().to_pylist()]


def test_tasks_are_rows_with_their_schedules(home: Home, session: Session, ran: list[str]) -> None:
    definition = TaskDefinition("nightly", "work", "tests", {"a": [1, "ö"]}, "cron(0 3 * * ? *)", "Europe/Berlin")
    home.scheduler.schedule(definition)
    sql = "SELECT name, kind, owner, json_format(arguments), schedule, time_zone, state, due, attempts FROM {}"
    # Three in the morning in Berlin is two o'clock UTC in winter.
    assert _rows(session, sql.format("system.runtime.tasks")) == [
        (
            "nightly",
            "work",
            "tests",
            '{"a":[1,"ö"]}',
            "cron(0 3 * * ? *)",
            "Europe/Berlin",
            "SCHEDULED",
            datetime(2024, 3, 1, 2, tzinfo=UTC),
            0,
        )
    ]
    assert ran == []


def test_advancing_the_clock_by_sql_runs_what_falls_due_in_order(home: Home, session: Session, ran: list[str]) -> None:
    home.scheduler.schedule(TaskDefinition("hourly", "work", "tests", schedule="rate(1 hour)"))
    home.scheduler.schedule(TaskDefinition("once", "work", "tests", due=datetime(2024, 2, 29, 13, 30, tzinfo=UTC)))
    session.execute("CALL system.runtime.advance_clock(INTERVAL '2' HOUR)").table()
    assert ran == ["hourly 29 13:00", "once 29 13:30", "hourly 29 14:00"]
    session.execute("CALL system.runtime.set_clock(TIMESTAMP '2024-02-29 15:10:00 UTC')")
    assert ran[3:] == ["hourly 29 15:00"]
    assert _rows(session, "SELECT now, target FROM system.runtime.clock") == [
        (datetime(2024, 2, 29, 15, 10, tzinfo=UTC), None)
    ]


def test_an_error_of_a_task_is_seen_in_its_row(home: Home, session: Session, ran: list[str]) -> None:
    home.scheduler.schedule(TaskDefinition("broken", "work", "tests", {"fails": True}))
    session.execute("SELECT 1").table()
    assert ran == ["broken 29 12:00"]
    (row,) = _rows(session, STATE.format("broken"))
    assert row == (
        "SCHEDULED",
        1,
        datetime(2024, 2, 29, 12, 0, 1, tzinfo=UTC),
        datetime(2024, 2, 29, 12, tzinfo=UTC),
        "GENERIC_INTERNAL_ERROR",
        "RuntimeError: the line broke",
    )


def test_a_task_is_run_now_and_goes_on_by_its_schedule(home: Home, session: Session, ran: list[str]) -> None:
    home.scheduler.schedule(TaskDefinition("nightly", "work", "tests", schedule="cron(0 3 * * ? *)"))
    session.execute("CALL system.runtime.run_task('nightly')")
    assert ran == ["nightly 29 12:00"]
    ((state, _, due, *_),) = _rows(session, STATE.format("nightly"))
    assert (state, due) == ("SCHEDULED", datetime(2024, 3, 1, 3, tzinfo=UTC))


def test_a_cancelled_task_runs_no_more(home: Home, session: Session, ran: list[str]) -> None:
    home.scheduler.schedule(TaskDefinition("hourly", "work", "tests", schedule="rate(1 hour)"))
    session.execute("CALL system.runtime.cancel_task('hourly')")
    session.execute("CALL system.runtime.advance_clock(INTERVAL '1' DAY)").table()
    assert ran == []
    assert _rows(session, STATE.format("hourly"))[0][0] == "CANCELLED"
    with pytest.raises(owlake.Error, match="NOT_SUPPORTED: Task has ended: hourly"):
        session.execute("CALL system.runtime.cancel_task('hourly')")


@pytest.mark.parametrize("operation", ["run_task", "cancel_task"])
def test_a_task_that_is_not_there_is_not_found(session: Session, operation: str) -> None:
    with pytest.raises(owlake.Error, match="NOT_FOUND: Task not found: nothing"):
        session.execute(f"CALL system.runtime.{operation}('nothing')")


def test_a_task_cannot_move_the_clock(home: Home, session: Session, ran: list[str]) -> None:
    def move(_: Task) -> None:
        with Session(home) as inside:
            inside.execute("CALL system.runtime.advance_clock(INTERVAL '1' DAY)")

    home.scheduler.register("move", move)
    home.scheduler.schedule(TaskDefinition("moves", "move", "tests"))
    session.execute("SELECT 1").table()
    assert ran == []
    assert _rows(session, STATE.format("moves"))[0][4] == "NOT_SUPPORTED"


def test_a_clock_on_its_way_is_stopped_by_another_process(home: Home, session: Session, ran: list[str]) -> None:
    home.scheduler.schedule(TaskDefinition("often", "work", "tests", schedule="rate(1 minute)"))
    sql = "CALL system.runtime.advance_clock(INTERVAL '100000' DAY)"
    problems: list[owlake.Error] = []

    def advance() -> None:
        try:
            session.execute(sql).table()
        except owlake.Error as problem:
            problems.append(problem)

    thread = threading.Thread(target=advance)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not (found := [one.id for one in home.history.executions(states=["RUNNING"]) if one.query == sql]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    subprocess.run([sys.executable, "-c", KILLER, str(home.path), found[0], "enough"], check=True)
    thread.join(PATIENCE)
    assert [str(problem) for problem in problems] == ["USER_CANCELED: Query killed. Message: enough"]
    assert ran
    assert home.clock.state().target is None
