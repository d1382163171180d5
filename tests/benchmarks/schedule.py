"""The scheduler: a year of tasks on the virtual clock, the same order every time; what a statement pays for none."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from owlake.home import Home
from owlake.runtime.tasks import Task, TaskDefinition
from tests.benchmarks.measuring import Line, Setting

_TASKS = 10_000
_YEAR, _NOTHING = 5.0, 50.0
_STATEMENTS = 10_000
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def run(setting: Setting) -> Iterator[Line]:
    """A year, twice; then nothing."""
    seconds, orders = [], set()
    for number in range(2):
        with Home.open(setting.scratch / f"home{number}") as home:
            home.scheduler.set(_BEGIN)
            began = setting.clock()
            home.scheduler.schedule_all(_definitions())
            scheduled = setting.clock()
            order, runs = _a_year(home)
            ended = setting.clock()
        orders.add(order)
        seconds.append(ended - began)
        detail = f"{runs:,} runs, scheduling {scheduled - began:.2f} s, order {order}"
        yield Line(f"{_TASKS:,} tasks over a year", ended - began, "s", _YEAR, detail)
    yield Line("orders of two runs", len(orders), "", 1)
    yield from _nothing_due(setting, setting.scratch / "home0")


def _definitions() -> list[TaskDefinition]:
    """Eight in ten run once; one in ten has a rate, one a cron of the wall clock of some zone: the same every time."""
    chance = random.Random(2026)
    found = []
    for number in range(_TASKS):
        schedule, due, zone = None, None, "UTC"
        if number % 10 == 0:
            schedule = f"rate({chance.randint(30, 300)} days)"
        elif number % 10 == 1:
            minute, hour, day = chance.randint(0, 59), chance.randint(0, 23), chance.randint(1, 31)
            schedule = f"cron({minute} {hour} {day} {chance.randint(1, 6)}/6 ? *)"
            zone = chance.choice(("UTC", "Europe/Berlin", "America/New_York"))
        else:
            due = _BEGIN + timedelta(seconds=chance.randint(0, 365 * 86_400))
        found.append(TaskDefinition(f"task {number}", "note", "benchmark", {}, schedule, zone, due))
    return found


def _a_year(home: Home) -> tuple[str, int]:
    """What says in which order tasks ran, and when, and how many runs there were."""
    order, runs = hashlib.sha256(), 0

    def note(task: Task) -> None:
        nonlocal runs
        runs += 1
        order.update(f"{task.name} {task.due}\n".encode())

    home.scheduler.register("note", note)
    home.scheduler.advance(timedelta(days=365))
    return order.hexdigest()[:16], runs


def _nothing_due(setting: Setting, path: Path) -> Iterator[Line]:
    with Home.open(path) as home:
        waiting = sum(task.state == "SCHEDULED" for task in home.scheduler.tasks())
        home.scheduler.run_due()
        began = setting.clock()
        for _ in range(_STATEMENTS):
            home.scheduler.run_due()
        each = (setting.clock() - began) / _STATEMENTS
        yield Line("a statement while nothing is due", each * 1e6, "us", _NOTHING, f"{waiting:,} tasks waiting")
