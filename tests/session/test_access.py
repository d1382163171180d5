"""Access control: what a principal may not do is refused before anything is done, with Athena's words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session


class Guarded:
    """The principal ``guest`` may read ``d.t`` without its column ``secret``, its row of 2, and ``d.hidden``."""

    asked: list[tuple[str, str, str, str]]

    def __init__(self) -> None:
        self.asked = []

    def can_select(self, principal: str, catalog: str, schema: str, table: str) -> bool:  # noqa: ARG002
        return principal != "guest" or table != "hidden"

    def visible_columns(
        self,
        principal: str,
        catalog: str,  # noqa: ARG002
        schema: str,  # noqa: ARG002
        table: str,  # noqa: ARG002
        columns: Sequence[str],
    ) -> Sequence[str]:
        return [one for one in columns if principal != "guest" or one != "secret"]

    def row_filter(self, principal: str, catalog: str, schema: str, table: str) -> str | None:  # noqa: ARG002
        return "a <> 2" if principal == "guest" and table == "t" else None

    def can_modify(self, principal: str, catalog: str, schema: str, table: str, action: str) -> bool:
        self.asked.append((catalog, schema, table, action))
        return principal != "guest"


@pytest.fixture
def guarded(home: Home) -> Guarded:
    home.access = access = Guarded()
    with Session(home) as owner:
        owner.execute("CREATE DATABASE d")
        owner.execute("CREATE TABLE d.t AS SELECT a, 'x' AS secret FROM (VALUES 1, 2, 3) AS v(a)")
        owner.execute("CREATE TABLE d.hidden AS SELECT 1 AS a")
        owner.execute(
            "CREATE EXTERNAL TABLE d.p (a int) PARTITIONED BY (k int) STORED AS PARQUET LOCATION 's3://lake/p/'"
        )
        owner.execute("CREATE VIEW d.v AS SELECT 1 AS a")
    access.asked.clear()
    return access


REFUSED = {
    "INSERT INTO d.t SELECT 4, 'y'": ("d", "t", "INSERT", "insert into table d.t"),
    "EXPLAIN ANALYZE INSERT INTO d.t SELECT 4, 'y'": ("d", "t", "INSERT", "insert into table d.t"),
    "CREATE TABLE d.n AS SELECT 1 AS a": ("d", "n", "CREATE", "create table d.n"),
    "CREATE EXTERNAL TABLE n (a int) LOCATION 's3://lake/n/'": ("d", "n", "CREATE", "create table d.n"),
    "DROP TABLE awsdatacatalog.d.t": ("d", "t", "DROP", "drop table d.t"),
    "ALTER TABLE d.t ADD COLUMNS (b int)": ("d", "t", "ALTER", "alter table d.t"),
    "ALTER TABLE d.p ADD PARTITION (k = 1)": ("d", "p", "ALTER", "alter table d.p"),
    "ALTER TABLE d.p DROP PARTITION (k = 1)": ("d", "p", "ALTER", "alter table d.p"),
    "ALTER TABLE d.t SET TBLPROPERTIES ('a' = 'b')": ("d", "t", "ALTER", "alter table d.t"),
    "MSCK REPAIR TABLE d.p": ("d", "p", "ALTER", "alter table d.p"),
    "CREATE OR REPLACE VIEW d.v AS SELECT 2 AS a": ("d", "v", "CREATE", "create view d.v"),
    "DROP VIEW d.v": ("d", "v", "DROP", "drop view d.v"),
    "CREATE DATABASE e": ("e", "", "CREATE", "create schema e"),
    "ALTER DATABASE d SET DBPROPERTIES ('a' = 'b')": ("d", "", "ALTER", "alter schema d"),
    "DROP DATABASE d CASCADE": ("d", "", "DROP", "drop schema d"),
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_may_not_be_changed_stays(sql: str, guarded: Guarded, home: Home) -> None:
    schema, table, action, shown = REFUSED[sql]
    before = home.metastore.version()
    refused = pytest.raises(OwlakeError, match=f"^PERMISSION_DENIED: Access Denied: Cannot {shown}$")
    with Session(home, database="d", principal="guest") as session, refused:
        session.execute(sql)
    assert guarded.asked == [("awsdatacatalog", schema, table, action)]
    assert home.metastore.version() == before


def test_a_prepared_statement_is_asked_when_it_runs(guarded: Guarded, home: Home) -> None:
    with Session(home, database="d", principal="guest") as session:
        session.execute("PREPARE more FROM INSERT INTO t SELECT 4, 'y'")
        assert guarded.asked == []
        with pytest.raises(OwlakeError, match=r"Access Denied: Cannot insert into table d\.t"):
            session.execute("EXECUTE more")


@pytest.mark.usefixtures("guarded")
def test_only_what_may_be_seen_is_there(home: Home) -> None:
    with Session(home, database="d", principal="guest") as session:
        assert session.execute("SELECT * FROM t ORDER BY a").table().to_pydict() == {"a": [1, 3]}
        with pytest.raises(OwlakeError, match="COLUMN_NOT_FOUND: line 1:8: Column 'secret' cannot be resolved"):
            session.execute("SELECT secret FROM t")
        with pytest.raises(
            OwlakeError, match=r"PERMISSION_DENIED: .*Access Denied: Cannot select from table d\.hidden"
        ):
            session.execute("SELECT * FROM hidden")


@pytest.mark.usefixtures("guarded")
def test_who_may_is_not_hindered(home: Home) -> None:
    with Session(home, database="d") as session:
        session.execute("INSERT INTO t SELECT 4, 'y'")
        assert session.execute("SELECT count(*), count(secret) FROM t").table().to_pydict() == {
            "_col0": [4],
            "_col1": [4],
        }


def test_what_is_taken_away_is_gone_for_the_same_statement(guarded: Guarded, home: Home) -> None:
    with Session(home, database="d", principal="guest") as session:
        for _ in range(2):
            assert session.execute("SELECT count(*) FROM t").table().to_pydict() == {"_col0": [2]}
        guarded.row_filter = lambda *_: "a = 1"  # type: ignore[method-assign]
        assert session.execute("SELECT count(*) FROM t").table().to_pydict() == {"_col0": [1]}
