"""Migrations over catalogs beside the lake's: their tables are read, what is done to them is not tried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from owlake.catalog.migration_runs import StatementRun
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.session import Session
from owlake.spi import Connector, ConnectorContext, ConnectorFactory, hookimpl
from owlake_shell.migrations import Runner, drift, plan, read_project
from owlake_shell.migrations.home_target import HomeTarget
from tests.connectors.smallest import SquaresConnector
from tests.shell.migrations.conftest import Write


class Squares:
    """A plugin that knows the connector; homes name its catalogs."""

    @hookimpl
    def register_connectors(self) -> Sequence[ConnectorFactory]:
        def create(_: ConnectorContext) -> Connector:
            return SquaresConnector()

        return [ConnectorFactory("squares", create, "Whole numbers and their squares")]


@pytest.fixture
def target(tmp_path: Path) -> Iterator[HomeTarget]:
    """A home with a catalog ``named`` in its settings, and one that was ``attached``."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text('[catalogs.named]\nconnector = "squares"\n')
    home = Home.open(tmp_path / "home", plugins=Plugins(MappingProxyType({"squares": Squares()})))
    home.catalogs.create_catalog("attached", "squares", {})
    opened = HomeTarget(home, Session(home))
    yield opened
    opened.close()


def test_views_over_them_are_planned_made_and_compared(target: HomeTarget, write: Write, folder: Path) -> None:
    for number, catalog in enumerate(("named", "attached"), start=1):
        text = f"CREATE VIEW v{number} AS SELECT square FROM {catalog}.default.squares;"
        write(f"000{number}_v.sql", f"-- intent: x\n\n{text}")
    project = read_project(folder)
    runner = Runner(project, target)
    planned = plan(runner.ledger().steps_up(), target)
    assert [one.problem for migration in planned for one in migration.statements] == [None, None]
    assert len(runner.up()) == 2
    assert drift(runner.ledger(), target) == []


def test_what_is_done_to_them_is_described_only(target: HomeTarget, write: Write, folder: Path) -> None:
    write("0001_a.sql", "-- intent: x\n\nINSERT INTO named.default.nothing SELECT 1;")
    runner = Runner(read_project(folder), target)
    (migration,) = plan(runner.ledger().steps_up(), target)
    (statement,) = migration.statements
    assert (statement.change, statement.problem) == ("adds rows to table named.default.nothing", None)


def test_whether_it_was_done_nobody_can_tell_when_its_process_ends(
    target: HomeTarget, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("0001_a.sql", "-- intent: x\n\nINSERT INTO named.default.nothing SELECT 1;\nCREATE DATABASE next;")
    runner = Runner(read_project(folder), target)

    def ending(*_: object) -> StatementRun:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(target, "execute", ending)
        with pytest.raises(ZeroDivisionError):
            runner.up()
    with pytest.raises(OwlakeError, match="nobody can tell whether statement 1 took effect") as refused:
        runner.repair()
    assert "--from 1` (run it again) or `--from 2` (it is done)" in (refused.value.hint or "")
    (run,) = runner.repair(from_statement=2)
    assert [one.took_effect for one in run.statements] == [True, True]
