"""What a query leaves to a connector: no more than the connector says it does exactly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from owlake.home import Home
from owlake.plugins import Plugins
from owlake.session import Session
from owlake.spi import Aggregation, Domain, Range, Scan
from tests.connectors import memory
from tests.connectors.memory import MemoryConnector

TABLE = "memories.default.every_type"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Home.open(tmp_path / "home", plugins=Plugins({"memory": memory})) as home, Session(home) as session:
        yield session


def scans(session: Session, statement: str) -> list[Scan]:
    """What the connector is asked for while the statement runs."""
    connector = session.home.catalogs.connector("memories")
    assert isinstance(connector, MemoryConnector)
    asked = connector.stored["every_type"].scans
    asked.clear()
    session.execute(statement).table()
    return list(asked)


def plan(session: Session, statement: str) -> str:
    rows = session.execute(f"EXPLAIN {statement}").table().to_pylist()
    return "\n".join(row["Query Plan"] for row in rows)


def test_only_the_columns_of_the_query_are_read(session: Session) -> None:
    (scan,) = scans(session, f"SELECT name FROM {TABLE} WHERE upper(name) = 'A'")
    assert scan.columns == ("name",)


def test_conditions_come_as_what_each_column_may_be(session: Session) -> None:
    (scan,) = scans(
        session, f"SELECT name FROM {TABLE} WHERE id BETWEEN 2 AND 3 AND name IN ('a', 'b') AND flag IS NULL"
    )
    assert scan.constraint == {
        "id": Domain(ranges=(Range(2, 3),)),
        "name": Domain(values=frozenset({"a", "b"})),
        "flag": Domain(values=frozenset(), null_allowed=True),
    }


def test_a_condition_that_is_applied_exactly_is_not_applied_again(session: Session) -> None:
    (scan,) = scans(session, f"SELECT name FROM {TABLE} WHERE id > 2")
    assert scan.columns == ("name",)
    assert "id" in scan.constraint


def test_a_limit_is_pushed_below_columns_and_exact_conditions(session: Session) -> None:
    (scan,) = scans(session, f"SELECT id + 1 FROM {TABLE} WHERE id > 1 OFFSET 1 LIMIT 2")
    assert scan.limit == 3


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT id FROM {TABLE} WHERE id % 2 = 1 LIMIT 1",
        f"SELECT id FROM {TABLE} ORDER BY id LIMIT 1",
        f"SELECT DISTINCT id FROM {TABLE} LIMIT 1",
        f"SELECT a.id FROM {TABLE} a JOIN (VALUES 4) AS v (x) ON a.id = v.x LIMIT 1",
        f"SELECT count(*) OVER () FROM {TABLE} LIMIT 1",
        f"SELECT n FROM {TABLE} CROSS JOIN UNNEST(sequence(1, id)) AS u (n) LIMIT 10",
    ],
)
def test_a_limit_above_what_drops_or_orders_rows_is_not_pushed(session: Session, query: str) -> None:
    assert all(scan.limit is None for scan in scans(session, query))


def test_groups_are_made_by_the_connector(session: Session) -> None:
    statement = f"SELECT small, count(*), max(id) FROM {TABLE} WHERE id IS NOT NULL GROUP BY small"
    (scan,) = scans(session, statement)
    assert isinstance(scan.aggregation, Aggregation)
    assert scan.aggregation.keys == ("small",)
    assert [(one.function, one.column) for one in scan.aggregation.measures] == [("count", None), ("max", "id")]
    found = sorted(session.execute(statement).table().to_pylist(), key=repr)
    assert [tuple(row.values()) for row in found] == [(-5, 1, 4), (1, 2, 2), (None, 1, 3)]


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT count(*) FROM {TABLE} WHERE id % 2 = 1",
        f"SELECT sum(id + 1) FROM {TABLE}",
        f"SELECT count(DISTINCT id) FROM {TABLE}",
        f"SELECT count(*) FILTER (WHERE id > 1) FROM {TABLE}",
        f"SELECT small, count(*) FROM {TABLE} GROUP BY ROLLUP (small)",
        f"SELECT id % 2, count(*) FROM {TABLE} GROUP BY id % 2",
        f"SELECT approx_distinct(id) FROM {TABLE}",
    ],
)
def test_groups_that_are_more_than_columns_are_made_by_the_engine(session: Session, query: str) -> None:
    assert all(scan.aggregation is None for scan in scans(session, query))


def test_explain_shows_what_is_left_to_the_connector(session: Session) -> None:
    assert "pushed: id, limit" in plan(session, f"SELECT id FROM {TABLE} WHERE id = 1 LIMIT 5")
    assert "pushed: groups" in plan(session, f"SELECT count(*) FROM {TABLE}")


def test_a_connector_s_table_joins_one_of_the_lake(session: Session) -> None:
    session.execute("CREATE TABLE local WITH (format = 'PARQUET') AS SELECT * FROM (VALUES 1, 4, 9) AS t (id)").table()
    statement = f"SELECT l.id, m.name FROM local l LEFT JOIN {TABLE} m ON l.id = m.id ORDER BY l.id"
    found = session.execute(statement).table().to_pylist()
    assert [tuple(row.values()) for row in found] == [(1, "a"), (4, "Z"), (9, None)]
