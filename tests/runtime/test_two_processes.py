"""Two processes on one home: one runs the tasks, both agree on the time, and nothing is lost when one is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from owlake.errors import OperationalError
from owlake.home import Home
from owlake.runtime.tasks import Task, TaskDefinition, TaskState

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Owner:
    """The other process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def ask(self, word: str) -> str:
        """What follows the word that it is sent: the time on its clock."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self.line().removeprefix(f"{word} ")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def owner_of(path: Path) -> Iterator[Owner]:
    command = [sys.executable, "-m", "tests.runtime.owner", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            owner = Owner(process)
            assert owner.line() == "ready"
            yield owner
        finally:
            process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.open(tmp_path / "home") as opened:
        opened.scheduler.set(NEW_YEAR)
        yield opened


def noting(home: Home) -> list[tuple[str, datetime]]:
    """The runs of this process, which fill while it runs tasks."""
    runs: list[tuple[str, datetime]] = []

    def note(task: Task) -> None:
        runs.append((task.name, home.clock.now()))

    home.scheduler.register("note", note)
    return runs


def test_one_moves_the_clock_and_the_one_that_has_the_scheduler_runs_what_is_due(home: Home) -> None:
    here = noting(home)
    with owner_of(home.path) as owner:
        home.scheduler.schedule(TaskDefinition("daily", "note", "tests", schedule="rate(1 day)"))
        home.scheduler.advance(3 * DAY)
        assert home.clock.now() == NEW_YEAR + 3 * DAY
        there = [owner.line() for _ in range(3)]
        assert there == [f"daily {(NEW_YEAR + number * DAY).isoformat()}" for number in (1, 2, 3)]
        assert owner.ask("now") == (NEW_YEAR + 3 * DAY).isoformat()
        home.scheduler.set(NEW_YEAR + 4 * DAY)
        assert owner.line() == f"daily {(NEW_YEAR + 4 * DAY).isoformat()}"
        # What is due now is the other's, also where a statement begins here.
        home.scheduler.schedule(TaskDefinition("now", "note", "tests"))
        home.scheduler.run_due()
        assert owner.line() == f"now {(NEW_YEAR + 4 * DAY).isoformat()}"
        home.scheduler.set(NEW_YEAR)
        assert owner.ask("now") == NEW_YEAR.isoformat()
    assert here == []


def test_when_the_owner_is_killed_in_a_task_the_other_takes_over_and_nothing_is_lost(home: Home) -> None:
    here = noting(home)
    with owner_of(home.path) as owner:
        home.scheduler.schedule_all(
            TaskDefinition(name, "note", "tests", due=NEW_YEAR + hours * HOUR)
            for hours, name in ((1, "before"), (2, "hang"), (2, "beside"), (3, "after"))
        )
        there: list[str] = []

        def kill() -> None:
            there.extend(owner.line() for _ in range(2))
            owner.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        home.scheduler.advance(DAY)
        killer.join()
    assert there == [f"before {(NEW_YEAR + HOUR).isoformat()}", f"hang {(NEW_YEAR + 2 * HOUR).isoformat()}"]
    assert here == [("hang", NEW_YEAR + 2 * HOUR), ("beside", NEW_YEAR + 2 * HOUR), ("after", NEW_YEAR + 3 * HOUR)]
    assert home.clock.now() == NEW_YEAR + DAY
    tasks = {task.name: task for task in home.scheduler.tasks()}
    assert {task.state for task in tasks.values()} == {TaskState.SUCCEEDED}
    assert tasks["hang"].attempts == 2
    assert tasks["hang"].last_error is not None
    assert tasks["hang"].last_error.message == "The process ended before the run did; it is run again"
    assert tasks["beside"].last_error is None


def test_a_clock_on_its_way_arrives_though_the_process_that_moved_it_was_killed(home: Home) -> None:
    here = noting(home)
    home.scheduler.schedule_all(
        TaskDefinition(name, "note", "tests", due=NEW_YEAR + hours * HOUR)
        for hours, name in ((1, "hang"), (2, "after"))
    )
    moving = (
        "import sys, datetime, threading\n"
        "from owlake.home import Home\n"
        "home = Home.open(sys.argv[1])\n"
        "home.scheduler.register('note', lambda task: (print(task.name, flush=True), threading.Event().wait()))\n"
        "home.scheduler.advance(datetime.timedelta(days=1))\n"
    )
    with subprocess.Popen([sys.executable, "-c", moving, home.path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hang\n"
        process.kill()
    assert home.clock.now() == NEW_YEAR + HOUR
    home.scheduler.run_due()
    assert here == [("hang", NEW_YEAR + HOUR), ("after", NEW_YEAR + 2 * HOUR)]
    assert home.clock.now() == NEW_YEAR + DAY


def test_two_processes_that_advance_at_once_both_count_and_each_run_happens_once(home: Home) -> None:
    home.scheduler.schedule(TaskDefinition("hourly", "note", "tests", schedule="rate(1 hour)"))
    advancing = (
        "import sys, datetime\n"
        "from owlake.home import Home\n"
        "home = Home.open(sys.argv[1])\n"
        "home.scheduler.register('note', lambda task: print(task.due.isoformat(), flush=True))\n"
        "sys.stdin.readline()\n"
        "for _ in range(10):\n"
        "    home.scheduler.advance(datetime.timedelta(hours=10))\n"
    )
    command = [sys.executable, "-c", advancing, str(home.path)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    runs = [line for process in processes for line in process.communicate()[0].split()]
    assert [process.returncode for process in processes] == [0, 0]
    assert home.clock.now() == NEW_YEAR + 200 * HOUR
    assert sorted(runs) == [(NEW_YEAR + number * HOUR).isoformat() for number in range(1, 201)]


def test_a_task_that_kills_its_process_again_and_again_is_left_for_later(home: Home) -> None:
    home.scheduler.schedule(TaskDefinition("poison", "kill", "tests"))
    dying = (
        "import os, signal, sys\n"
        "from owlake.home import Home\n"
        "home = Home.open(sys.argv[1])\n"
        "home.scheduler.register('kill', lambda _: os.kill(os.getpid(), signal.SIGKILL))\n"
        "home.scheduler.run_due()\n"
    )
    codes = [subprocess.run([sys.executable, "-c", dying, home.path], check=False).returncode for _ in range(3)]
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    (task,) = home.scheduler.tasks()
    assert task.state is TaskState.SCHEDULED
    assert task.due > home.clock.now()


def test_a_clock_that_another_process_sets_back_stops_on_its_way(home: Home) -> None:
    with Home.open(home.path) as other:

        def set_back(_: Task) -> None:
            # As another process would: the turn is this one's.
            other.scheduler.set(NEW_YEAR - DAY)

        home.scheduler.register("set back", set_back)
        home.scheduler.schedule(TaskDefinition("set back", "set back", "tests", due=NEW_YEAR + HOUR))
        with pytest.raises(OperationalError, match="USER_CANCELED: The clock was stopped on its way"):
            home.scheduler.advance(DAY)
        assert home.clock.now() == other.clock.now() == NEW_YEAR - DAY
