"""However often statements fail and processes die: with repairs, each takes effect once, in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.catalog.migration_runs import MigrationRun, RunState, StatementRun
from owlake.errors import OwlakeError
from owlake_shell.migrations.comparison import CatalogState
from owlake_shell.migrations.folder import Project
from owlake_shell.migrations.ledger import Standing
from owlake_shell.migrations.parsing import parse_migration
from owlake_shell.migrations.relations import tree_of
from owlake_shell.migrations.runner import Runner
from owlake_shell.migrations.settings import Environment, Settings


@pytest.fixture(scope="module", autouse=True)
def _deep_stack() -> None:
    """Parsing raises the limit of recursion when it first begins, which hypothesis does not like to see."""
    tree_of("SELECT 1")


class Outcome(Enum):
    """What becomes of a statement that is run."""

    DONE = "done"
    FAILED = "failed"
    DIED_BEFORE = "the process died before its effect"
    DIED_AFTER = "the process died after its effect"


class Died(BaseException):
    """The process ends."""


class Memory:
    """See ``target.Target``: a history in memory, and statements whose only effect is to be in a list."""

    name = "memory"
    database = "default"

    def __init__(self, outcomes: list[Outcome]) -> None:
        self.effects: list[str] = []
        self._outcomes = iter(outcomes)
        self._runs: dict[str, MigrationRun] = {}
        self._time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._time += timedelta(seconds=1)
        return self._time

    @contextmanager
    def lock(self, _: str) -> Iterator[None]:
        yield

    def break_lock(self) -> None:
        raise NotImplementedError

    def runs(self) -> list[MigrationRun]:
        return [run.interrupted() for run in self._runs.values()]

    def record(self, run: MigrationRun) -> None:
        self._runs[run.id] = run

    def execute(self, run: MigrationRun, statement: StatementRun) -> StatementRun:
        outcome = next(self._outcomes, Outcome.DONE)
        if outcome is Outcome.FAILED:
            return replace(statement, state=RunState.FAILED, error="no")
        if outcome is Outcome.DIED_BEFORE:
            raise Died
        self.effects.append(statement.text)
        if outcome is Outcome.DIED_AFTER:
            # The count is made with the effect, as a home does.
            self.record(run.with_statement(replace(statement, effects=1)))
            raise Died
        return replace(statement, state=RunState.SUCCEEDED, effects=1)

    def resolve(self, _: MigrationRun, statement: StatementRun) -> StatementRun:
        return statement

    def rehearse(self) -> contextmanager:  # type: ignore[type-arg]
        raise NotImplementedError

    def blank(self) -> contextmanager:  # type: ignore[type-arg]
        raise NotImplementedError

    def catalog(self) -> CatalogState:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


def project(sizes: list[int]) -> Project:
    """Migrations of so many statements each."""
    found = []
    for number, size in enumerate(sizes, start=1):
        up = "".join(f"CREATE DATABASE d{number}_{one};\n" for one in range(size))
        down = "".join(f"DROP DATABASE d{number}_{one};\n" for one in reversed(range(size)))
        found.append(parse_migration(f"{number:04}_m", f"-- intent: x\n\n{up}-- down\n{down}"))
    return Project(Path(), Settings(), Environment(), MappingProxyType({}), tuple(found))


def finish(runner: Runner, *, down: bool = False) -> None:
    """Go up or down, with as many repairs as it takes."""
    for _ in range(1000):
        try:
            if runner.ledger().stopped():
                runner.repair()
            elif down:
                runner.down(0)
                return
            else:
                runner.up()
                return
        except (OwlakeError, Died):
            continue
    raise AssertionError


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.lists(st.sampled_from(Outcome), max_size=25),
)
def test_each_statement_takes_effect_once_and_in_order(sizes: list[int], outcomes: list[Outcome]) -> None:
    target = Memory(outcomes)
    runner = Runner(project(sizes), target)
    finish(runner)
    names = [f"d{number}_{one}" for number, size in enumerate(sizes, start=1) for one in range(size)]
    assert target.effects == [f"CREATE DATABASE {name}" for name in names]
    assert {entry.standing for entry in runner.ledger().entries} == {Standing.APPLIED}
    target.effects.clear()
    finish(runner, down=True)
    assert target.effects == [f"DROP DATABASE {name}" for name in reversed(names)]
    assert {entry.standing for entry in runner.ledger().entries} == {Standing.PENDING}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(Outcome), max_size=12))
def test_the_history_always_says_what_took_effect(outcomes: list[Outcome]) -> None:
    target = Memory(outcomes)
    runner = Runner(project([3, 2]), target)
    for _ in outcomes:
        try:
            if runner.ledger().stopped():
                runner.repair()
            else:
                runner.up()
        except (OwlakeError, Died):
            pass
        said = [one.text for run in runner.ledger().last.values() for one in run.statements if one.took_effect]
        assert said == target.effects
