"""Crawlers over a database: JDBC targets, whose connection is the catalog that the database is attached as."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import owlake
from owlake.dbapi import Connection
from tests.connectors.glue.lake import Lake
from tests.connectors.postgresql.server import Server, attached

CATALOG = "pg"


@pytest.fixture(scope="module")
def database(server: Server) -> Server:
    database = server.database("crawled")
    database.run(
        "CREATE TABLE orders (id bigint, customer text, placed date, total numeric(12,2), at timestamptz, doc jsonb)",
        "COMMENT ON COLUMN orders.total IS 'With tax'",
        "CREATE VIEW hr_view AS SELECT 1 AS x",
        "CREATE TABLE hr_people (name varchar(40), tags text[])",
        "CREATE SCHEMA stock",
        "CREATE TABLE stock.orders (sku char(3), amount real)",
    )
    return database


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory, database: Server) -> Iterator[Connection]:
    with owlake.connect(tmp_path_factory.mktemp("crawling") / "home") as opened:
        attached(opened.home, database.url)
        yield opened


@pytest.fixture
def lake(connection: Connection) -> Lake:
    found = Lake(connection)
    found.clear()
    return found


def crawl(lake: Lake, path: str, *, exclusions: list[str] | None = None, **more: Any) -> list[str]:
    target = {"ConnectionName": CATALOG, "Path": path, "Exclusions": exclusions or [], **more.pop("target", {})}
    return lake.crawl(targets={"JdbcTargets": [target]}, **more)


ORDERS = "crawled_public_orders(id bigint, customer string, placed date, total decimal(12,2), at timestamp, doc string)"
PEOPLE = "crawled_public_hr_people(name varchar(40), tags array<string>)"
VIEW = "crawled_public_hr_view(x int)"
STOCK = "crawled_stock_orders(sku char(3), amount float)"


@pytest.mark.parametrize(
    ("path", "exclusions", "tables"),
    [
        ("crawled/public/orders", [], [ORDERS]),
        ("crawled/public/%", [], [PEOPLE, VIEW, ORDERS]),
        ("crawled/%/orders", [], [ORDERS, STOCK]),
        ("crawled/public/hr%", [], [PEOPLE, VIEW]),
        ("crawled/stock", [], [STOCK]),
        ("crawled/%/%", [], [PEOPLE, VIEW, ORDERS, STOCK]),
        # Exclusions are relative to what the path names; the guide's examples.
        ("crawled/public/%", ["HR*"], [ORDERS]),
        ("crawled/public/%", ["**_View"], [PEOPLE, ORDERS]),
        ("crawled/%/%", ["stock/**"], [PEOPLE, VIEW, ORDERS]),
    ],
)
def test_tables_by_include_path(lake: Lake, path: str, exclusions: list[str], tables: list[str]) -> None:
    assert crawl(lake, path, exclusions=exclusions) == tables


def test_what_a_table_is(lake: Lake) -> None:
    crawl(lake, "crawled/public/orders", target={"EnableAdditionalMetadata": ["COMMENTS"]}, table_prefix="p_")
    found = lake.table("p_crawled_public_orders")
    assert found.storage.location == "crawled.public.orders"
    assert (found.storage.serde.library, found.storage.input_format) == ("", "")
    assert {one.name: one.comment for one in found.storage.columns if one.comment} == {"total": "With tax"}
    expected = {"classification": "postgresql", "connectionName": CATALOG, "typeOfData": "table"}
    assert expected.items() <= dict(found.parameters).items()
    with pytest.raises(owlake.Error, match="HIVE_UNSUPPORTED_FORMAT"):
        lake.sql("SELECT * FROM db.p_crawled_public_orders")


@pytest.mark.parametrize(
    ("update", "delete", "tables", "is_marked"),
    [
        ("UPDATE_IN_DATABASE", "DELETE_FROM_DATABASE", ["new(y int)", "stays(x int, z string)"], False),
        ("UPDATE_IN_DATABASE", "DEPRECATE_IN_DATABASE", ["goes(x int)", "new(y int)", "stays(x int, z string)"], True),
        ("LOG", "LOG", ["goes(x int)", "new(y int)", "stays(x int)"], False),
    ],
)
def test_tables_that_change(
    lake: Lake, database: Server, update: str, delete: str, tables: list[str], is_marked: bool
) -> None:
    lake.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    database.run("DROP SCHEMA IF EXISTS s CASCADE", "CREATE SCHEMA s", "CREATE TABLE s.stays (x int)")
    database.run("CREATE TABLE s.goes (x int)")
    crawl(lake, "crawled/s/%", schema_change_policy={"UpdateBehavior": update, "DeleteBehavior": delete})
    lake.start()
    assert lake.last()["tables_updated"] == 0
    database.run("ALTER TABLE s.stays ADD z text", "DROP TABLE s.goes", "CREATE TABLE s.new (y int)")
    lake.start()
    assert [one.removeprefix("crawled_s_") for one in lake.tables()] == tables
    marks = ["DEPRECATED_BY_CRAWLER" in one.parameters for one in lake.catalog_tables() if one.name.endswith("goes")]
    assert any(marks) is is_marked
    database.run("DROP SCHEMA s CASCADE")


@pytest.mark.parametrize(
    ("connection_name", "path", "message"),
    [
        ("nowhere", "crawled/public/%", "EntityNotFoundException: Connection nowhere not found"),
        (None, "other/public/%", "InvalidInputException: The include path other/public/% must begin with the name of"),
        (None, "crawled/a/b/c", "InvalidInputException: The include path crawled/a/b/c is not database/schema/table"),
    ],
)
def test_targets_that_are_none_are_named(lake: Lake, connection_name: str | None, path: str, message: str) -> None:
    good = {"ConnectionName": CATALOG, "Path": "crawled/stock/%"}
    bad = {"ConnectionName": connection_name or CATALOG, "Path": path}
    assert lake.crawl(targets={"JdbcTargets": [bad, good]}) == [STOCK]
    assert lake.last()["state"] == "COMPLETED"
    assert {place: text[: len(message)] for place, text in lake.problems().items()} == {path: message}


def test_what_is_refused(lake: Lake) -> None:
    for target in (
        {"Path": "crawled/public/%"},
        {"ConnectionName": CATALOG},
        {"ConnectionName": CATALOG, "Path": "x", "EnableAdditionalMetadata": ["RAWTYPES"]},
    ):
        with pytest.raises(Exception, match="InvalidInputException"):
            lake.create(targets={"JdbcTargets": [target]})


def test_a_database_that_does_not_answer_is_named(lake: Lake, tmp_path: Path) -> None:
    lake.sql(
        "CALL system.metadata.create_catalog(catalog_name => 'dead', connector_name => 'postgresql',"
        f" properties => MAP(ARRAY['connection-url'], ARRAY['postgresql:///x?host={tmp_path}']))"
    )
    lake.crawl(targets={"JdbcTargets": [{"ConnectionName": "dead", "Path": "x/public/%"}]})
    assert lake.last()["state"] == "FAILED"
    assert list(lake.problems()) == ["x/public/%"]
