"""The scheduler: what runs when, in which order, and what becomes of errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from owlake.errors import DataError, OperationalError, OwlakeError, ProgrammingError, error
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.runtime.tasks import Handler, Retry, Task, TaskDefinition, TaskError, TaskState
from owlake.session import Session
from owlake.spi import Connector, ConnectorFactory, hookimpl

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG = 120.0
"""Seconds to wait for another thread: only a failure takes so long."""


class Notes:
    """A handler that notes the name of each task and the time on the clock, and may fail."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.runs: list[tuple[str, datetime]] = []
        self.failures: list[BaseException] = []

    def __call__(self, task: Task) -> None:
        self.runs.append((task.name, self.home.clock.now()))
        if self.failures:
            raise self.failures.pop(0)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.runs]

    @property
    def times(self) -> list[datetime]:
        return [instant for _, instant in self.runs]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.open(tmp_path / "home") as opened:
        opened.scheduler.set(NEW_YEAR)
        yield opened


@pytest.fixture
def notes(home: Home) -> Notes:
    notes = Notes(home)
    home.scheduler.register("note", notes)
    return notes


def at(name: str, due: datetime) -> TaskDefinition:
    return TaskDefinition(name, "note", "tests", due=due)


def every(name: str, schedule: str) -> TaskDefinition:
    return TaskDefinition(name, "note", "tests", schedule=schedule)


def found(home: Home, name: str) -> Task:
    task = home.scheduler.find(name)
    assert task is not None
    return task


# What runs when


def test_what_falls_due_on_the_way_runs_in_order_with_the_clock_at_its_time(home: Home, notes: Notes) -> None:
    noon = NEW_YEAR + 12 * HOUR
    for definition in (at("late", noon), at("later", noon), at("early", noon - HOUR), at("tomorrow", NEW_YEAR + DAY)):
        home.scheduler.schedule(definition)
    assert home.scheduler.advance(13 * HOUR) == NEW_YEAR + 13 * HOUR
    assert notes.runs == [("early", noon - HOUR), ("late", noon), ("later", noon)]
    assert home.clock.now() == NEW_YEAR + 13 * HOUR
    states = {task.name: task.state for task in home.scheduler.tasks()}
    assert states == {"late": "SUCCEEDED", "later": "SUCCEEDED", "early": "SUCCEEDED", "tomorrow": "SCHEDULED"}


def test_what_is_due_when_the_clock_arrives_runs_too(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(at("noon", NEW_YEAR + 12 * HOUR))
    home.scheduler.set(NEW_YEAR + 12 * HOUR)
    assert notes.runs == [("noon", NEW_YEAR + 12 * HOUR)]


def test_a_day_in_steps_is_the_same_as_a_day_at_once(tmp_path: Path) -> None:
    runs = []
    for step in (DAY, 7 * MINUTE):
        with Home.open(tmp_path / str(step.total_seconds())) as home:
            home.scheduler.set(NEW_YEAR)
            notes = Notes(home)
            home.scheduler.register("note", notes)
            home.scheduler.schedule_all([every("rate", "rate(10 minutes)"), every("cron", "cron(0/15 * * * ? *)")])
            while home.clock.now() < NEW_YEAR + DAY:
                home.scheduler.advance(min(step, NEW_YEAR + DAY - home.clock.now()))
            runs.append(notes.runs)
    assert runs[0] == runs[1]
    assert len(runs[0]) == 24 * 6 + 24 * 4


def test_a_rate_begins_one_period_from_now_or_when_it_is_told_to(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(every("from now", "rate(1 hour)"))
    begin = NEW_YEAR + 30 * MINUTE
    home.scheduler.schedule(replace(every("from then", "rate(1 hour)"), due=begin))
    home.scheduler.advance(2 * HOUR)
    assert notes.runs == [
        ("from then", begin),
        ("from now", NEW_YEAR + HOUR),
        ("from then", begin + HOUR),
        ("from now", NEW_YEAR + 2 * HOUR),
    ]


def test_a_cron_runs_by_the_clock_on_the_wall_of_its_zone(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(replace(every("noon", "cron(0 12 * * ? *)"), time_zone="Asia/Tokyo"))
    home.scheduler.advance(2 * DAY)
    assert notes.times == [NEW_YEAR + 3 * HOUR, NEW_YEAR + 27 * HOUR]


def test_a_schedule_that_comes_once_ends_as_a_task_without_one(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(every("once", "at(2026-01-01T12:00:00)"))
    home.scheduler.schedule(every("last", "cron(0 13 1 1 ? 2026)"))
    home.scheduler.advance(DAY)
    assert notes.names == ["once", "last"]
    assert [task.state for task in home.scheduler.tasks()] == [TaskState.SUCCEEDED, TaskState.SUCCEEDED]


def test_a_task_without_any_time_runs_at_once(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(TaskDefinition("now", "note", "tests"))
    home.scheduler.run_due()
    assert notes.runs == [("now", NEW_YEAR)]


def test_tasks_that_tasks_schedule_run_on_the_way(home: Home, notes: Notes) -> None:
    def sow(task: Task) -> None:
        now = home.clock.now()
        home.scheduler.schedule(at(f"{task.name} in an hour", now + HOUR))
        home.scheduler.schedule(at(f"{task.name} now", now))
        home.scheduler.schedule(at(f"{task.name} too late", now + 2 * DAY))

    home.scheduler.register("sow", sow)
    home.scheduler.schedule(TaskDefinition("seed", "sow", "tests", due=NEW_YEAR + HOUR))
    home.scheduler.advance(DAY)
    assert notes.runs == [("seed now", NEW_YEAR + HOUR), ("seed in an hour", NEW_YEAR + 2 * HOUR)]


def test_a_task_may_schedule_itself_again(home: Home) -> None:
    runs: list[datetime] = []

    def again(task: Task) -> None:
        runs.append(home.clock.now())
        count = task.arguments["count"]
        if count > 1:
            due = home.clock.now() + HOUR
            next_run = TaskDefinition(task.name, task.kind, task.owner, {"count": count - 1}, due=due)
            home.scheduler.schedule(next_run, replace=True)

    home.scheduler.register("again", again)
    home.scheduler.schedule(TaskDefinition("flush", "again", "tests", {"count": 3}, due=NEW_YEAR + HOUR))
    home.scheduler.advance(DAY)
    assert runs == [NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR, NEW_YEAR + 3 * HOUR]
    assert [task.state for task in home.scheduler.tasks()] == [TaskState.SUCCEEDED]


def test_a_due_time_without_a_zone_is_utcs(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(at("noon", datetime(2026, 1, 1, 12)))  # noqa: DTZ001  (the point)
    home.scheduler.advance(DAY)
    assert notes.times == [NEW_YEAR + 12 * HOUR]


def test_a_task_is_told_its_arguments_and_its_place(home: Home) -> None:
    seen: list[Task] = []
    home.scheduler.register("see", seen.append)
    arguments = {"stream": "clicks", "shards": [1, 2], "deep": {"x": None, "y": 1.5, "z": True, "ü": "ß"}}
    home.scheduler.schedule(TaskDefinition("one", "see", "kinesis", arguments, due=NEW_YEAR + HOUR))
    home.scheduler.advance(DAY)
    assert seen[0].arguments == arguments
    assert (seen[0].state, seen[0].attempts, seen[0].owner) == (TaskState.RUNNING, 1, "kinesis")
    assert seen[0].last_started == seen[0].due == NEW_YEAR + HOUR


def test_what_was_missed_while_nobody_was_there_runs_once(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        notes = Notes(home)
        home.scheduler.register("note", notes)
        hours_ago = home.clock.now() - 5 * HOUR
        home.scheduler.schedule(replace(every("hourly", "rate(1 hour)"), due=hours_ago))
        home.scheduler.run_due()
        assert notes.names == ["hourly"]
        task = found(home, "hourly")
        assert task.due - task.start in (5 * HOUR, 6 * HOUR)
        assert task.due > notes.times[0]


def test_tasks_outlive_the_process(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        home.scheduler.set(NEW_YEAR)
        task = home.scheduler.schedule(TaskDefinition("kept", "note", "tests", {"n": 1}, schedule="rate(1 hour)"))
    with Home.open(tmp_path) as home:
        assert home.scheduler.tasks() == (task,)
        notes = Notes(home)
        home.scheduler.register("note", notes)
        home.scheduler.advance(HOUR)
        assert notes.names == ["kept"]


# Statements


def test_a_statement_runs_what_is_due_and_does_not_see_its_errors(home: Home, notes: Notes) -> None:
    notes.failures.append(ValueError("lost"))
    home.scheduler.schedule(at("due", NEW_YEAR))
    with Session(home) as session:
        assert session.execute("SELECT 1 AS x").table().to_pylist() == [{"x": 1}]
    assert notes.names == ["due"]
    assert found(home, "due").last_error == TaskError("GENERIC_INTERNAL_ERROR", "ValueError: lost")


def test_a_statement_inside_a_task_runs_no_tasks(home: Home, notes: Notes) -> None:
    order: list[str] = []

    def work(task: Task) -> None:
        order.append(f"{task.name} begins")
        home.scheduler.schedule(at(f"after {task.name}", home.clock.now()))
        with Session(home) as session:
            session.execute("SELECT 1").table()
        home.scheduler.run_due()
        assert notes.runs == []
        order.append(f"{task.name} ends")

    home.scheduler.register("work", work)
    home.scheduler.schedule(TaskDefinition("job", "work", "tests"))
    home.scheduler.run_due()
    assert order == ["job begins", "job ends"]
    assert notes.names == ["after job"]
    assert found(home, "job").state is TaskState.SUCCEEDED


def test_statements_go_on_beside_a_task_of_another_thread(home: Home) -> None:
    runs, begun, done = threading.Event(), threading.Event(), threading.Event()

    def slow(_: Task) -> None:
        begun.set()
        assert done.wait(LONG)
        runs.set()

    home.scheduler.register("slow", slow)
    home.scheduler.schedule(TaskDefinition("slow", "slow", "tests"))
    thread = threading.Thread(target=home.scheduler.run_due)
    thread.start()
    assert begun.wait(LONG)
    with Session(home) as session:
        assert session.execute("SELECT 1 AS x").table().num_rows == 1
    assert not runs.is_set()
    done.set()
    thread.join(LONG)
    assert runs.is_set()


# Errors


def test_an_error_is_a_row_and_the_task_is_tried_again_each_time_later(home: Home, notes: Notes) -> None:
    notes.failures = [error("HIVE_METASTORE_ERROR", "first"), RuntimeError("second"), error("NOT_FOUND", "third")]
    home.scheduler.schedule(replace(at("flaky", NEW_YEAR + HOUR), retry=Retry(first=MINUTE, longest=HOUR)))
    home.scheduler.advance(HOUR)
    task = found(home, "flaky")
    assert (task.state, task.attempts, task.due) == (TaskState.SCHEDULED, 1, NEW_YEAR + HOUR + MINUTE)
    assert task.last_error == TaskError("HIVE_METASTORE_ERROR", "first")
    home.scheduler.advance(DAY)
    first = NEW_YEAR + HOUR
    assert notes.times == [first, first + MINUTE, first + 3 * MINUTE, first + 7 * MINUTE]
    task = found(home, "flaky")
    assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 4)
    # What went wrong last stays to be seen.
    assert task.last_error == TaskError("NOT_FOUND", "third")
    assert task.last_failed == first + 3 * MINUTE
    assert task.last_ended == first + 7 * MINUTE


def test_the_waits_between_attempts_grow_to_a_limit(home: Home, notes: Notes) -> None:
    notes.failures = [ValueError("again") for _ in range(6)]
    home.scheduler.schedule(replace(at("broken", NEW_YEAR), retry=Retry(first=MINUTE, longest=5 * MINUTE)))
    home.scheduler.advance(DAY)
    waits = [later - earlier for earlier, later in zip(notes.times, notes.times[1:], strict=False)]
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * MINUTE]


def test_a_task_is_tried_for_ever_unless_its_attempts_are_counted(home: Home, notes: Notes) -> None:
    notes.failures = [ValueError("again") for _ in range(10_000)]
    home.scheduler.schedule(at("endless", NEW_YEAR))
    home.scheduler.schedule(replace(at("counted", NEW_YEAR), retry=Retry(attempts=3)))
    home.scheduler.advance(4 * DAY)
    assert notes.names.count("counted") == 3
    assert found(home, "counted").state is TaskState.FAILED
    assert found(home, "counted").last_error == TaskError("GENERIC_INTERNAL_ERROR", "ValueError: again")
    # 1 + 2 + 4 + ... + 2048 seconds, then every hour.
    assert notes.names.count("endless") == 13 + (4 * 86400 - 4095) // 3600
    assert found(home, "endless").state is TaskState.SCHEDULED


def test_a_recurring_task_goes_on_after_errors(home: Home, notes: Notes) -> None:
    notes.failures = [ValueError("again") for _ in range(4)]
    retry = Retry(first=MINUTE, longest=MINUTE, attempts=2)
    home.scheduler.schedule(replace(every("hourly", "rate(1 hour)"), retry=retry))
    home.scheduler.advance(3 * HOUR)
    assert notes.times == [
        NEW_YEAR + HOUR,
        NEW_YEAR + HOUR + MINUTE,
        NEW_YEAR + 2 * HOUR,
        NEW_YEAR + 2 * HOUR + MINUTE,
        NEW_YEAR + 3 * HOUR,
    ]
    assert found(home, "hourly").attempts == 0


def test_a_retry_that_is_later_than_the_next_regular_run_takes_its_place(home: Home, notes: Notes) -> None:
    notes.failures = [ValueError("again")]
    retry = Retry(first=90 * MINUTE, longest=90 * MINUTE)
    home.scheduler.schedule(replace(every("hourly", "rate(1 hour)"), retry=retry))
    home.scheduler.advance(4 * HOUR)
    assert notes.times == [
        NEW_YEAR + HOUR,
        NEW_YEAR + HOUR + 90 * MINUTE,
        NEW_YEAR + 3 * HOUR,
        NEW_YEAR + 4 * HOUR,
    ]


def test_what_ends_a_process_is_an_error_of_a_task_like_any_other(home: Home, notes: Notes) -> None:
    notes.failures = [SystemExit(3)]
    home.scheduler.schedule(at("leaves", NEW_YEAR))
    home.scheduler.run_due()
    assert found(home, "leaves").last_error == TaskError("GENERIC_INTERNAL_ERROR", "SystemExit: 3")


def test_a_kind_that_nobody_does_is_an_error_that_is_tried_again(home: Home) -> None:
    home.scheduler.schedule(TaskDefinition("orphan", "firehose.flush", "firehose"))
    home.scheduler.run_due()
    task = found(home, "orphan")
    assert task.last_error == TaskError("NOT_FOUND", "Nobody does tasks of the kind firehose.flush for firehose")
    assert (task.state, task.due) == (TaskState.SCHEDULED, NEW_YEAR + timedelta(seconds=1))
    done: list[Task] = []
    home.scheduler.register("firehose.flush", done.append)
    home.scheduler.advance(MINUTE)
    assert [task.attempts for task in done] == [2]


class Flushing(Connector):
    """A connector with background work: it notes which catalog flushed what."""

    def __init__(self, catalog: str, flushed: list[tuple[str, str]]) -> None:
        self.catalog = catalog
        self.flushed = flushed

    def table_names(self, _: str) -> list[str]:
        return []

    def table(self, _: str, __: str) -> None:
        return None

    def task_handlers(self) -> Mapping[str, Handler]:
        if self.catalog == "broken":
            raise ConnectionError("the host is gone")
        return {"flush": lambda task: self.flushed.append((self.catalog, task.name))}


def test_the_connector_of_a_tasks_owner_does_it(tmp_path: Path) -> None:
    flushed: list[tuple[str, str]] = []

    def register_connectors() -> list[ConnectorFactory]:
        made.append(True)
        return [ConnectorFactory("flushing", lambda context: Flushing(context.catalog, flushed), "Flushes")]

    made: list[bool] = []
    plugin = SimpleNamespace(register_connectors=hookimpl(register_connectors))
    with Home.open(tmp_path, plugins=Plugins({"flushing": plugin})) as home:
        home.scheduler.set(NEW_YEAR)
        for owner in ("north", "south", "broken", "nobody"):
            home.scheduler.schedule(TaskDefinition(f"flush {owner}", "flush", owner, schedule="rate(1 hour)"))
        home.scheduler.run_due()
        # Plugins are not loaded before something is due.
        assert made == []
        for catalog in ("north", "south", "broken"):
            home.catalogs.create_catalog(catalog, "flushing", {})
        home.scheduler.advance(HOUR)
        assert flushed == [("north", "flush north"), ("south", "flush south")]
        assert found(home, "flush broken").last_error == TaskError(
            "GENERIC_INTERNAL_ERROR", "ConnectionError: the host is gone"
        )
        nobody = TaskError("NOT_FOUND", "Nobody does tasks of the kind flush for nobody")
        assert found(home, "flush nobody").last_error == nobody
        home.catalogs.drop_catalog("north")
        home.scheduler.advance(HOUR)
        assert flushed[2:] == [("south", "flush south")]
        assert found(home, "flush north").state is TaskState.CANCELLED


def test_an_interrupt_puts_the_task_back_and_stops_the_clock(home: Home, notes: Notes) -> None:
    notes.failures = [KeyboardInterrupt()]
    home.scheduler.schedule_all([at("one", NEW_YEAR + HOUR), at("two", NEW_YEAR + 2 * HOUR)])
    with pytest.raises(KeyboardInterrupt):
        home.scheduler.advance(DAY)
    assert home.clock.now() == NEW_YEAR + HOUR
    task = found(home, "one")
    assert (task.state, task.attempts, task.due) == (TaskState.SCHEDULED, 0, NEW_YEAR + HOUR)
    assert task.last_error is None
    home.scheduler.run_due()
    assert notes.names == ["one", "one"]
    assert home.clock.now() == NEW_YEAR + HOUR
    home.scheduler.advance(DAY)
    assert notes.names == ["one", "one", "two"]


# Names


def test_a_name_is_one_tasks_until_that_is_over(home: Home, notes: Notes) -> None:
    first = home.scheduler.schedule(at("name", NEW_YEAR + HOUR))
    with pytest.raises(ProgrammingError, match="ALREADY_EXISTS: Task name already exists"):
        home.scheduler.schedule_all([at("other", NEW_YEAR), at("name", NEW_YEAR + 2 * HOUR)])
    assert home.scheduler.tasks() == (first,)
    home.scheduler.advance(HOUR)
    second = home.scheduler.schedule(at("name", NEW_YEAR + 2 * HOUR))
    assert second.id > first.id
    home.scheduler.advance(HOUR)
    assert notes.times == [NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR]


def test_a_task_that_is_scheduled_anew_runs_at_its_new_time(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(at("moved", NEW_YEAR + HOUR))
    home.scheduler.schedule(every("moved", "rate(2 hours)"), replace=True)
    home.scheduler.advance(4 * HOUR)
    assert notes.times == [NEW_YEAR + 2 * HOUR, NEW_YEAR + 4 * HOUR]


def test_a_cancelled_task_does_not_run(home: Home, notes: Notes) -> None:
    home.scheduler.schedule_all([every("stopped", "rate(1 hour)"), every("going", "rate(1 hour)")])
    home.scheduler.advance(HOUR)
    assert home.scheduler.cancel("stopped")
    assert not home.scheduler.cancel("stopped")
    assert not home.scheduler.cancel("unknown")
    home.scheduler.advance(HOUR)
    assert notes.names == ["stopped", "going", "going"]
    assert found(home, "stopped").state is TaskState.CANCELLED


def test_a_task_that_is_cancelled_while_it_runs_does_not_run_again(home: Home) -> None:
    runs: list[str] = []

    def cancel(task: Task) -> None:
        runs.append(task.name)
        home.scheduler.cancel(task.name)
        raise ValueError("and fails")

    home.scheduler.register("cancel", cancel)
    home.scheduler.schedule(TaskDefinition("last", "cancel", "tests", schedule="rate(1 hour)"))
    home.scheduler.advance(DAY)
    assert runs == ["last"]
    assert found(home, "last").state is TaskState.CANCELLED


def test_the_oldest_tasks_that_went_well_are_forgotten(home: Home, notes: Notes) -> None:
    notes.failures = [ValueError("once")]
    home.scheduler.schedule(replace(at("failed", NEW_YEAR), retry=Retry(attempts=1)))
    home.scheduler.schedule_all(at(f"{number}", NEW_YEAR + number * MINUTE) for number in range(1, 1101))
    home.scheduler.advance(DAY)
    assert len(notes.runs) == 1101
    names = [task.name for task in home.scheduler.tasks()]
    assert names == ["failed", *(f"{number}" for number in range(101, 1101))]


def test_a_task_is_run_now_and_its_rate_counts_on(home: Home, notes: Notes) -> None:
    notes.failures = [ValueError("first")]
    home.scheduler.schedule_all([every("hourly", "rate(1 hour)"), at("once", NEW_YEAR + 2 * HOUR)])
    home.scheduler.advance(90 * MINUTE)
    assert notes.times == [NEW_YEAR + HOUR, NEW_YEAR + HOUR + timedelta(seconds=1)]
    home.scheduler.run_now("hourly")
    assert notes.runs[2:] == [("hourly", NEW_YEAR + 90 * MINUTE)]
    assert found(home, "hourly").due == NEW_YEAR + 2 * HOUR
    assert found(home, "hourly").last_error == TaskError("GENERIC_INTERNAL_ERROR", "ValueError: first")
    home.scheduler.run_now("once")
    home.scheduler.run_now("once")
    assert notes.names[3:] == ["once", "once"]
    home.scheduler.advance(HOUR)
    assert notes.names[5:] == ["hourly"]
    with pytest.raises(ProgrammingError, match="NOT_FOUND: Task not found: nothing"):
        home.scheduler.run_now("nothing")


def test_a_task_that_runs_is_not_run_now(home: Home) -> None:
    home.scheduler.register("again", lambda task: home.scheduler.run_now(task.name))
    home.scheduler.schedule(TaskDefinition("eager", "again", "tests"))
    home.scheduler.run_due()
    assert found(home, "eager").last_error == TaskError("NOT_SUPPORTED", "Task is running: eager")


# What is refused


def test_a_schedule_that_never_comes_due_is_refused(home: Home) -> None:
    for schedule in ("at(2025-12-31T23:59:59)", "cron(0 0 1 1 ? 2020)", "cron(0 0 30 2 ? *)"):
        with pytest.raises(
            ProgrammingError, match=r"ValidationException: Invalid Schedule Expression .* no time after"
        ):
            home.scheduler.schedule(every("never", schedule))
    assert home.scheduler.tasks() == ()


def test_arguments_that_json_does_not_have_are_refused(home: Home) -> None:
    for value in (NEW_YEAR, b"bytes", float("nan"), {1, 2}):
        with pytest.raises(ProgrammingError, match="INVALID_ARGUMENTS: The arguments of task bad are not JSON"):
            home.scheduler.schedule(TaskDefinition("bad", "note", "tests", {"value": value}))


def test_a_retry_has_positive_waits_and_attempts() -> None:
    for broken in ({"first": timedelta(0)}, {"first": 2 * HOUR}, {"attempts": 0}):
        with pytest.raises(ProgrammingError, match="INVALID_ARGUMENTS"):
            Retry(**broken)  # type: ignore[arg-type]


def test_a_task_cannot_move_the_clock(home: Home) -> None:
    tries = {
        "advance": lambda _: home.scheduler.advance(HOUR),
        "set": lambda _: home.scheduler.set(NEW_YEAR),
        "reset": lambda _: home.scheduler.reset(),
    }
    for name, handler in tries.items():
        home.scheduler.register(name, handler)
        home.scheduler.schedule(TaskDefinition(name, name, "tests", retry=Retry(attempts=1)))
    home.scheduler.run_due()
    for task in home.scheduler.tasks():
        assert task.last_error is not None
        assert task.last_error.code == "NOT_SUPPORTED"
    assert home.clock.now() == NEW_YEAR


def test_a_clock_advances_forward_only(home: Home) -> None:
    with pytest.raises(DataError, match="INVALID_FUNCTION_ARGUMENT"):
        home.scheduler.advance(timedelta(microseconds=-1))


# The clock


def test_a_clock_that_is_put_back_runs_nothing_and_what_recurs_goes_on_from_there(home: Home, notes: Notes) -> None:
    home.scheduler.schedule_all([every("hourly", "rate(1 hour)"), every("daily", "cron(0 12 * * ? *)")])
    home.scheduler.schedule(at("its own time", NEW_YEAR + 100 * DAY))
    home.scheduler.advance(DAY)
    notes.runs.clear()
    earlier = NEW_YEAR - 365 * DAY
    home.scheduler.set(earlier)
    assert (notes.runs, home.clock.now()) == ([], earlier)
    home.scheduler.advance(12 * HOUR)
    assert notes.names == ["hourly"] * 12 + ["daily"]
    assert found(home, "its own time").due == NEW_YEAR + 100 * DAY


def test_a_clock_that_is_reset_runs_what_came_due_once(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(every("hourly", "rate(1 hour)"))
    home.scheduler.reset()
    assert notes.runs == []
    home.scheduler.run_due()
    assert notes.names == ["hourly"]
    assert found(home, "hourly").due > home.clock.now() - MINUTE


def test_advancing_can_be_stopped_between_tasks(home: Home, notes: Notes) -> None:
    def check() -> None:
        if len(notes.runs) == 2:
            raise error("USER_CANCELED", "Query was cancelled by user")

    home.scheduler.schedule(every("hourly", "rate(1 hour)"))
    with pytest.raises(OperationalError, match="USER_CANCELED"):
        home.scheduler.advance(DAY, check=check)
    assert len(notes.runs) == 2
    task = found(home, "hourly")
    assert (task.state, task.attempts) == (TaskState.SCHEDULED, 0)
    home.scheduler.run_due()
    home.scheduler.advance(timedelta(0))
    assert notes.times == [NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR, NEW_YEAR + 3 * HOUR]


def test_two_who_advance_at_once_both_count(home: Home, notes: Notes) -> None:
    home.scheduler.schedule(every("hourly", "rate(1 hour)"))
    problems: list[OwlakeError] = []

    def advance() -> None:
        try:
            for _ in range(5):
                home.scheduler.advance(10 * HOUR)
        except OwlakeError as problem:
            problems.append(problem)

    threads = [threading.Thread(target=advance) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert problems == []
    assert home.clock.now() == NEW_YEAR + 100 * HOUR
    assert notes.times == [NEW_YEAR + number * HOUR for number in range(1, 101)]


# The thread


def test_a_thread_runs_what_comes_due(tmp_path: Path) -> None:
    ran = threading.Semaphore(0)
    with Home.open(tmp_path) as home:
        home.scheduler.register("ring", lambda _: ran.release())
        home.scheduler.start()
        home.scheduler.start()
        home.scheduler.schedule(TaskDefinition("now", "ring", "tests"))
        assert ran.acquire(timeout=LONG)
        soon = home.clock.now() + timedelta(milliseconds=200)
        home.scheduler.schedule(TaskDefinition("soon", "ring", "tests", due=soon))
        assert ran.acquire(timeout=LONG)
        assert home.clock.now() >= soon
        home.scheduler.stop()
        home.scheduler.stop()
        home.scheduler.schedule(TaskDefinition("after", "ring", "tests"))
        home.scheduler.run_due()
        assert ran.acquire(timeout=LONG)


def test_the_clock_can_be_moved_beside_the_thread(home: Home, notes: Notes) -> None:
    home.scheduler.start()
    home.scheduler.schedule(every("hourly", "rate(1 hour)"))
    home.scheduler.advance(DAY)
    home.scheduler.advance(DAY)
    home.scheduler.stop()
    assert notes.times == [NEW_YEAR + number * HOUR for number in range(1, 49)]


def test_a_home_that_is_closed_ends_its_thread_after_the_task_that_runs(tmp_path: Path) -> None:
    begun = threading.Event()
    with Home.open(tmp_path) as home:

        def slow(_: Task) -> None:
            begun.set()
            while not home.scheduler._stopping:
                home.scheduler._wake.wait(0.01)

        home.scheduler.set(NEW_YEAR)
        home.scheduler.register("slow", slow)
        home.scheduler.schedule_all(TaskDefinition(name, "slow", "tests") for name in ("first", "second"))
        home.scheduler.start()
        assert begun.wait(LONG)
    with Home.open(tmp_path) as home:
        states = [task.state for task in home.scheduler.tasks()]
        assert states == [TaskState.SUCCEEDED, TaskState.SCHEDULED]
