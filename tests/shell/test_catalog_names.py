"""The names of a home, for completion."""

from __future__ import annotations

import threading
from pathlib import Path

import owlake
from owlake.dbapi import Connection
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.session import Session
from owlake_shell.catalog_names import CatalogNames, Refresher
from owlake_shell.completion.complete import complete
from tests.operations import example


def test_names_come_from_the_catalogs_and_the_registry(session: Session) -> None:
    for sql in ("CREATE DATABASE sales", "CREATE TABLE sales.t AS SELECT 1 AS a", "CREATE VIEW v AS SELECT 2 AS b"):
        session.execute(sql).table()
    names = CatalogNames(session)
    assert list(names.catalogs) == []
    names.read()
    assert "awsdatacatalog" in names.catalogs
    assert "system" in names.catalogs
    assert list(names.schemas("awsdatacatalog")) == ["default", "information_schema", "sales"]
    assert list(names.tables("awsdatacatalog", "sales")) == ["t"]
    assert [column.name for column in names.columns("awsdatacatalog", "sales", "t")] == ["a"]
    assert [column.name for column in names.columns("awsdatacatalog", "default", "v")] == ["b"]
    assert names.columns("awsdatacatalog", "default", "nowhere") == ()
    assert names.functions["lower"].startswith("lower(")


def test_procedures_come_from_the_operations_of_connectors(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home", plugins=Plugins({"example": example}))
    with Connection(home, Session(home)) as connection:
        names = CatalogNames(connection.session)
        names.read()
        text = "CALL example.system.create_stream(stream_name => 'x', mo"
        assert complete(text, len(text), names).suggestions[0].text == "mode => "
        text = "CALL example.system.create_stream(mode => '"
        assert {"'PROVISIONED'"} <= {one.text for one in complete(text, len(text), names).suggestions}
        assert "count_to" in names.procedures.names("example", "tools")


def test_properties_of_streams_come_from_their_connector(session: Session) -> None:
    names = CatalogNames(session)
    names.read()
    text = "CREATE STREAM s (a int) WITH (format = "
    found = [one.text for one in complete(text, len(text), names).suggestions]
    assert found == ["'avro'", "'csv'", "'json'", "'raw'"]


class Read(CatalogNames):
    """Names that tell when they have been read."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.done = threading.Event()

    def read(self) -> None:
        super().read()
        self.done.set()


def test_names_are_read_anew_on_a_thread_of_their_own(session: Session) -> None:
    names = Read(session)
    with Refresher(names) as refresher:
        refresher.refresh()
        assert names.done.wait(60)
        session.execute("CREATE DATABASE later").table()
        names.done.clear()
        refresher.refresh()
        assert names.done.wait(60)
        text = "SHOW TABLES IN la"
        assert [one.text for one in complete(text, len(text), names).suggestions] == ["later"]


def test_a_catalog_that_is_away_keeps_no_other_from_being_seen(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[catalogs.away]\nconnector = "none of these"\n')
    with owlake.connect(tmp_path) as connection:
        names = CatalogNames(connection.session)
        names.read()
        assert "default" in names.schemas("awsdatacatalog")
        assert list(names.schemas("away")) == []
