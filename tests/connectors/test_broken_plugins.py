"""Plugins that fail: one readable line, nothing else disturbed, nothing leaked."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.session import Session
from owlake.spi import Batches, Column, Connector, ConnectorFactory, Scan, Table, hookimpl, types
from tests.connectors import smallest


class Failing(Table):
    columns = (Column("n", types.BIGINT),)

    def __init__(self, where: str) -> None:
        self.where = where
        self.closed = 0

    def scan(self, _: Scan) -> Batches:
        if self.where == "scan":
            raise ConnectionError("the host is gone")
        return self.batches()

    def batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield pa.record_batch({"n": pa.array([1, 2])})
            if self.where == "stream":
                raise ConnectionError("the host is gone")
            if self.where == "type":
                yield pa.record_batch({"n": pa.array(["x"])})
            if self.where == "column":
                yield pa.record_batch({"m": pa.array([1])})
            if self.where == "rows":
                yield [3]  # type: ignore[misc]
        finally:
            self.closed += 1


class FailingConnector(Connector):
    def __init__(self) -> None:
        self.made: list[Failing] = []

    def table_names(self, _: str) -> Sequence[str]:
        return ["scan", "stream", "type", "column", "rows", "missing"]

    def table(self, _: str, name: str) -> Table | None:
        if name == "missing":
            raise RuntimeError("no catalog today")
        self.made.append(Failing(name))
        return self.made[-1]


CONNECTOR = FailingConnector()


class FailingPlugin:
    @hookimpl
    def register_connectors(self) -> Sequence[ConnectorFactory]:
        return [ConnectorFactory("failing", lambda _: CONNECTOR, "Fails", catalog="failing")]


class RaisingPlugin:
    @hookimpl
    def register_connectors(self) -> Sequence[ConnectorFactory]:
        raise ValueError("half\ninstalled")


class OverreachingPlugin:
    """Its catalogs are there already, or can have no such name; what is left of it is."""

    @hookimpl
    def register_connectors(self) -> Sequence[Any]:
        return [
            ConnectorFactory("postgresql", lambda _: CONNECTOR, "Another"),
            ConnectorFactory("other", lambda _: CONNECTOR, "Another", catalog="system"),
            ConnectorFactory("lake", lambda _: CONNECTOR, "Another", catalog="awsdatacatalog"),
            ConnectorFactory("upper", lambda _: CONNECTOR, "Another", catalog="Upper"),
            "nonsense",
            ConnectorFactory("fine", lambda _: CONNECTOR, "Another", catalog="fine"),
        ]


class MistypedPlugin:
    @hookimpl
    def register_conectors(self) -> Sequence[ConnectorFactory]:
        return []


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    plugins = {
        "raising": RaisingPlugin(),
        "mistyped": MistypedPlugin(),
        "failing": FailingPlugin(),
        "squares": smallest,
    }
    with Home.open(tmp_path / "home", plugins=Plugins(plugins)) as home, Session(home) as session:
        yield session


def failure(session: Session, statement: str) -> str:
    with pytest.raises(OwlakeError) as caught:
        session.execute(statement).table()
    return str(caught.value)


def test_a_broken_plugin_costs_one_line_and_the_others_work(session: Session) -> None:
    assert session.execute("SELECT max(square) FROM squares.default.squares").table().to_pylist() == [{"_col0": 998001}]
    errors = {plugin.name: plugin.error for plugin in session.home.plugins.found()}
    assert errors["raising"] == "Plugin raising fails in register_connectors: ValueError: half installed"
    assert errors["mistyped"] is not None
    assert "register_conectors" in errors["mistyped"]
    assert "\n" not in errors["mistyped"]
    assert errors["failing"] is None
    assert errors["squares"] is None


def test_what_is_there_already_stays_what_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Home.open(tmp_path / "plain") as home:
        built_in = home.catalogs.names()
    plugins = Plugins({"overreaching": OverreachingPlugin()})
    with Home.open(tmp_path / "home", plugins=plugins) as home, Session(home) as session:
        assert session.execute("SELECT count(*) FROM system.runtime.clock").table().to_pylist() == [{"_col0": 1}]
        assert home.catalogs.names() == sorted(["fine", *built_in])
        assert home.catalogs.kinds()["postgresql"].description != "Another"
        (plugin,) = [one for one in home.plugins.found() if one.name == "overreaching"]
        assert plugin.error == "Plugin overreaching gives no ConnectorFactory in register_connectors: TypeError: str"
    assert [record.message for record in caplog.records] == [
        "Plugin overreaching brings a connector that is left out: there is a connector 'postgresql' already"
    ]


def test_a_plugin_that_ends_the_process_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    point = SimpleNamespace(name="exiting", dist=None, load=lambda: sys.exit(3))
    monkeypatch.setattr("owlake.plugins._entry_points", lambda: ([], [point]))
    (plugin,) = Plugins().found()
    assert plugin.error == "Plugin exiting cannot be imported: SystemExit: 3"


def test_a_plugin_that_cannot_be_imported_names_its_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> object:
        raise ModuleNotFoundError("No module named 'libfancy'")

    point = SimpleNamespace(name="fancy", dist=SimpleNamespace(name="owlake-fancy", version="1.2"), load=load)
    monkeypatch.setattr("owlake.plugins._entry_points", lambda: ([], [point]))
    (plugin,) = Plugins().found()
    assert plugin.error == (
        "Plugin fancy of owlake-fancy 1.2 cannot be imported: ModuleNotFoundError: No module named 'libfancy'"
    )


def exception(kind: str, context: str, message: str) -> str:
    source = f"Encountered an exception[{kind}] from your catalog[failing]"
    return f"GENERIC_USER_ERROR: {source} executed in context[{context}] with message[{message}]"


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("scan", exception("ConnectionError", "reading failing.default.scan", "the host is gone")),
        ("stream", exception("ConnectionError", "reading failing.default.stream", "the host is gone")),
        ("missing", exception("RuntimeError", "describing default.missing", "no catalog today")),
        ("type", "GENERIC_USER_ERROR: Rows of failing.default.type do not fit its columns: column 'n' is string"),
        ("column", "column 'n' is missing; there are m"),
        ("rows", "a scan yields record batches, not list"),
    ],
)
def test_a_failing_source_is_named_and_let_go_of(session: Session, table: str, text: str) -> None:
    CONNECTOR.made.clear()
    assert text in failure(session, f"SELECT count(n) FROM failing.default.{table}")
    assert all(one.closed == 1 for one in CONNECTOR.made if one.where not in ("scan", "missing"))
    assert session.execute("SELECT 1").table().num_rows == 1


def test_an_error_fails_the_statement_that_reads_both(session: Session) -> None:
    statement = "SELECT * FROM squares.default.squares JOIN failing.default.stream ON n = number"
    assert "your catalog[failing]" in failure(session, statement)
    assert session.execute("SELECT count(*) FROM squares.default.squares").table().to_pylist() == [{"_col0": 1000}]


def test_inserting_where_nothing_is_inserted_is_refused(session: Session) -> None:
    problem = failure(session, "INSERT INTO squares.default.squares VALUES (1, 1)")
    assert problem == "NOT_SUPPORTED: line 1:13: This connector does not support inserts"
