"""What is special about a database: remote queries, its types' edges, its failures."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from tests.connectors.postgresql.server import Server, attached

LARGE = 300_000


@pytest.fixture(scope="module")
def database(server: Server) -> Server:
    database = server.database("reading")
    database.run(
        "CREATE TABLE numbers (id bigint, name text, price numeric(12,2), ratio float8)",
        f"INSERT INTO numbers SELECT i, 'name ' || i, i / 4.0, i / 8.0 FROM generate_series(1, {LARGE}) i",
        "ANALYZE numbers",
        "CREATE TABLE dates (day date, at timestamp)",
        "CREATE TABLE big (n bigint)",
        "INSERT INTO big VALUES (9223372036854775807), (1)",
    )
    return database


@pytest.fixture
def session(tmp_path: Path, database: Server) -> Iterator[Session]:
    with Home.open(tmp_path / "home") as home, Session(home) as session:
        attached(home, database.url)
        yield session


def rows(session: Session, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in session.execute(statement).table().to_pylist()]


def failure(session: Session, statement: str) -> str:
    with pytest.raises(OwlakeError) as caught:
        session.execute(statement).table()
    return str(caught.value)


def remote(session: Session, statement: str) -> str:
    """The query that EXPLAIN says the database is asked."""
    (line,) = [row[0] for row in rows(session, f"EXPLAIN {statement}") if "remote query" in str(row[0])]
    return str(line).strip().removeprefix("remote query: ")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        (
            "SELECT id FROM pg.public.numbers WHERE name = 'it''s' AND id IN (1, 2)",
            """SELECT "id" AS "id" FROM {} WHERE "id" IN (1, 2) AND "name" IN ('it''s')""",
        ),
        (
            "SELECT id FROM pg.public.numbers WHERE name >= 'b' LIMIT 7",
            """SELECT "id" AS "id" FROM {} WHERE "name" COLLATE "C" >= 'b' LIMIT 7""",
        ),
        (
            "SELECT max(price) FROM pg.public.numbers WHERE ratio > 2",
            """SELECT max("price") AS "_0" FROM {} WHERE ("ratio" > '2.0'::float8 AND "ratio" <> 'NaN')""",
        ),
        (
            "SELECT name, sum(id) FROM pg.public.numbers GROUP BY name",
            'SELECT "name" AS "name", sum("id")::int8 AS "_0" FROM {} GROUP BY "name"',
        ),
        (
            "SELECT avg(ratio) FROM pg.public.numbers",
            'SELECT "ratio" AS "ratio" FROM {}',
        ),
        (
            "SELECT id FROM pg.public.numbers WHERE price BETWEEN DECIMAL '1.00' AND DECIMAL '2.50'",
            """SELECT "id" AS "id" FROM {} WHERE ("price" >= 1.00::numeric AND "price" <= 2.50::numeric)""",
        ),
    ],
)
def test_explain_shows_the_remote_query(session: Session, query: str, asked: str) -> None:
    assert remote(session, query) == asked.format('"public"."numbers"')


def test_a_join_reads_only_the_rows_that_a_remote_filter_leaves(session: Session) -> None:
    session.execute("CREATE TABLE local WITH (format = 'PARQUET') AS SELECT * FROM UNNEST(sequence(1, 5000)) AS t (id)")
    statement = "SELECT sum(l.id) FROM local l JOIN pg.public.numbers n ON l.id = n.id WHERE n.name = 'name 17'"
    result = session.execute(statement)
    assert result.table().to_pylist() == [{"_col0": 17}]
    # One row's worth of the remote table beside the local file.
    local = session.execute("SELECT sum(id) FROM local")
    local.table()
    assert result.execution.bytes_scanned - local.execution.bytes_scanned < 100


def test_a_large_table_is_read_in_parts_of_one_snapshot(tmp_path: Path, database: Server) -> None:
    with Home.open(tmp_path / "home") as home, Session(home) as session:
        attached(home, database.url, scan_parts="3")
        expected = LARGE * (LARGE + 1) // 2
        assert rows(session, "SELECT sum(id + 0), count(name) FROM pg.public.numbers") == [(expected, LARGE)]
        for _ in range(3):
            result = session.execute("SELECT id, name, price FROM pg.public.numbers WHERE id % 2 = 0")
            next(iter(result))
            result.close()
        assert rows(session, "SELECT count(*) FROM TABLE(pg.system.query('SELECT 1 AS one'))") == [(1,)]
    # Scans that were not read to their end are let go of by threads of the engine.
    deadline = time.monotonic() + 60
    while database.connections() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert database.connections() == 0


def test_infinity_is_an_error_not_a_date(session: Session, database: Server) -> None:
    for value in ("('infinity', NULL)", "('-infinity', NULL)", "(NULL, 'infinity')", "(NULL, '-infinity')"):
        database.run("DELETE FROM dates", f"INSERT INTO dates VALUES {value}")
        assert "has the value infinity" in failure(session, "SELECT * FROM pg.public.dates")


def test_a_sum_that_does_not_fit_is_an_error(session: Session) -> None:
    assert failure(session, "SELECT sum(n) FROM pg.public.big").startswith("NUMERIC_VALUE_OUT_OF_RANGE")


def test_a_query_is_passed_through(session: Session) -> None:
    statement = (
        "SELECT b, a * 2 FROM TABLE(pg.system.query(query => 'SELECT 1.5::numeric(5,2) AS a, ''x'' AS b;')) AS t"
    )
    assert rows(session, statement) == [("x", Decimal("3.00"))]
    statement = "SELECT count(*) FROM TABLE(pg.system.query('SELECT * FROM numbers')) WHERE id <= 10"
    assert rows(session, statement) == [(10,)]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SELECT nope FROM numbers", "JDBC_ERROR: Catalog 'pg': column \"nope\" does not exist"),
        ("DROP TABLE numbers", "JDBC_ERROR: Catalog 'pg': syntax error"),
        ("SELECT 1 AS a, 2 AS a", "JDBC_ERROR: Catalog 'pg': column \"a\" specified more than once"),
    ],
)
def test_a_passed_query_that_is_wrong_says_why(session: Session, query: str, text: str) -> None:
    assert failure(session, f"SELECT * FROM TABLE(pg.system.query('{query}'))").startswith(text)


def test_inserted_rows_are_there_whole_or_not_at_all(session: Session, database: Server) -> None:
    database.run("CREATE TABLE kept (id integer PRIMARY KEY, word varchar(3), document jsonb)")
    session.execute("INSERT INTO pg.public.kept VALUES (1, 'abc', JSON '{\"a\": 1}'), (2, NULL, NULL)")
    assert database.run("SELECT id, word, document->>'a' FROM kept ORDER BY id") == [(1, "abc", "1"), (2, None, None)]
    assert "duplicate key" in failure(session, "INSERT INTO pg.public.kept (id) VALUES (3), (1)")
    assert "Cannot truncate non-space characters" in failure(
        session, "INSERT INTO pg.public.kept VALUES (4, 'abcd', NULL)"
    )
    failing = (
        "INSERT INTO pg.public.kept (id) SELECT CAST(1 / (id - 7) AS integer) + 100 FROM UNNEST(sequence(1, 9)) t (id)"
    )
    assert failure(session, failing).startswith("DIVISION_BY_ZERO")
    assert database.run("SELECT count(*) FROM kept") == [(2,)]
    session.execute("INSERT INTO pg.public.kept (id) SELECT 7 WHERE false")
    assert database.run("SELECT count(*) FROM kept") == [(2,)]


def test_a_catalog_is_attached_and_detached_by_sql(tmp_path: Path, database: Server) -> None:
    create = (
        "CALL system.metadata.create_catalog(catalog_name => 'shop', connector_name => 'postgresql', "
        f"properties => MAP(ARRAY['connection-url'], ARRAY['{database.url}']))"
    )
    with Home.open(tmp_path / "home") as home, Session(home) as session, Session(home) as another:
        session.execute(create).table()
        assert rows(another, "SELECT count(*) FROM shop.public.big") == [(2,)]
        assert rows(another, "SHOW TABLES IN shop.public LIKE 'b*'") == [("big",)]
        another.execute("CALL system.metadata.drop_catalog('shop')").table()
        assert failure(session, "SELECT * FROM shop.public.big").startswith("CATALOG_NOT_FOUND")
    assert database.connections() == 0


def test_a_catalog_is_named_in_the_configuration(tmp_path: Path, database: Server) -> None:
    (tmp_path / "config.toml").write_text(
        f'[catalogs.shop]\nconnector = "postgresql"\nconnection-url = "{database.url}"\n'
    )
    with Home.open(tmp_path) as home, Session(home) as session:
        assert rows(session, "SELECT count(*) FROM shop.public.big") == [(2,)]
        assert "nobody created it" in failure(session, "CALL system.metadata.drop_catalog('shop')")


@pytest.mark.parametrize("name", ["Shop", "system", "awsdatacatalog"])
def test_a_name_that_no_catalog_can_have_is_told_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.toml").write_text(f'[catalogs.{name}]\nconnector = "postgresql"\n')
    with pytest.raises(OwlakeError, match=f"HOME_ERROR: .*'{name}' cannot be the name of a catalog"):
        Home.open(tmp_path)


def test_a_catalog_is_checked_when_it_is_created(session: Session) -> None:
    create = session.home.catalogs.create_catalog
    with pytest.raises(OwlakeError, match="property 'connection-url' is missing"):
        create("other", "postgresql", {})
    with pytest.raises(OwlakeError, match="has no property 'conection-url'"):
        create("other", "postgresql", {"conection-url": "postgresql://x"})
    with pytest.raises(OwlakeError, match="No factory for connector 'postgres'"):
        create("other", "postgres", {})
    with pytest.raises(OwlakeError, match="property 'scan-parts' cannot be 'many'"):
        create("other", "postgresql", {"connection-url": "postgresql://x", "scan-parts": "many"})
    with pytest.raises(OwlakeError, match="Catalog 'pg' already exists"):
        create("pg", "postgresql", {"connection-url": "postgresql://x"})


def test_a_secret_may_come_from_the_environment_and_is_never_shown(
    session: Session,
) -> None:
    catalogs = session.home.catalogs
    properties = {"connection-url": "postgresql://x", "connection-password": "${ENV:OWLAKE_NOWHERE}"}
    catalogs.create_catalog("safe", "postgresql", properties)
    assert catalogs.shown_properties(catalogs.attached()["safe"])["connection-password"] == "***"
    catalogs.create_catalog("open", "postgresql", {"connection-url": "postgresql://me:secret@host/db?a=b@c"})
    shown = catalogs.shown_properties(catalogs.attached()["open"])["connection-url"]
    assert shown == "postgresql://me:***@host/db?a=b@c"
    assert "needs the environment variable OWLAKE_NOWHERE" in failure(session, "SELECT * FROM safe.public.numbers")


def test_a_server_that_is_not_there_is_named(session: Session) -> None:
    session.home.catalogs.create_catalog("gone", "postgresql", {"connection-url": "postgresql://127.0.0.1:1/x"})
    problem = failure(session, "SELECT * FROM gone.public.numbers")
    assert problem.startswith("JDBC_ERROR: Catalog 'gone': ")
    assert "Connection refused" in problem
    assert rows(session, "SELECT count(*) FROM pg.public.big") == [(2,)]


def test_a_server_that_goes_away_in_the_middle_is_named_and_found_again(session: Session, database: Server) -> None:
    wide = "SELECT id, repeat(name, 20) AS long FROM numbers CROSS JOIN generate_series(1, 20) AS g (n)"
    result = session.execute(f"SELECT * FROM TABLE(pg.system.query('{wide}'))")
    next(iter(result))
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'reading' AND pid <> pg_backend_pid()"
    )
    with pytest.raises(OwlakeError) as caught:
        result.table()
    assert str(caught.value).startswith("JDBC_ERROR: Catalog 'pg': ")
    assert rows(session, "SELECT count(*) FROM pg.public.big") == [(2,)]


def test_a_statement_that_is_cancelled_ends_on_the_server_at_once(session: Session, database: Server) -> None:
    def running() -> int:
        (row,) = database.run(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE query LIKE '%pg_sleep(120)::%' AND pid <> pg_backend_pid() AND state = 'active'"
        )
        return int(row[0])

    def cancel() -> None:
        deadline = time.monotonic() + 60
        while not running() and time.monotonic() < deadline:
            time.sleep(0.02)
        session.cancel()

    began = time.monotonic()
    other = threading.Thread(target=cancel)
    other.start()
    assert failure(session, "SELECT * FROM TABLE(pg.system.query('SELECT pg_sleep(120)::text AS x'))").startswith(
        "USER_CANCELED"
    )
    other.join()
    while running() and time.monotonic() < began + 60:
        time.sleep(0.02)
    assert not running()
    assert rows(session, "SELECT count(*) FROM pg.public.big") == [(2,)]


def test_a_query_is_passed_to_a_server_that_was_away(session: Session, database: Server) -> None:
    statement = "SELECT * FROM TABLE(pg.system.query('SELECT 1 AS one'))"
    assert rows(session, statement) == [(1,)]
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'reading' AND pid <> pg_backend_pid()"
    )
    assert rows(session, statement) == [(1,)]


def test_texts_are_compared_with_texts_that_no_database_has(session: Session, database: Server) -> None:
    database.run("CREATE TABLE IF NOT EXISTS words (word text)", "DELETE FROM words")
    database.run("INSERT INTO words VALUES (''), ('a'), ('ab'), ('b')")

    def found(condition: str) -> list[object]:
        return [row[0] for row in rows(session, f"SELECT word FROM pg.public.words WHERE {condition} ORDER BY 1")]

    assert found("word >= chr(0)") == ["a", "ab", "b"]
    assert found("word > 'a' || chr(0) || 'z'") == ["ab", "b"]
    assert found("word < 'a' || chr(0)") == ["", "a"]
    assert found("word <= 'ab' || chr(0)") == ["", "a", "ab"]
    assert found("word = 'a' || chr(0)") == []


def test_arrays_that_are_no_lists_of_values_are_errors(session: Session, database: Server) -> None:
    database.run("CREATE TABLE IF NOT EXISTS lists (numbers integer[], words text[], days date[])")
    for values in ("('{{1,2},{3,4}}', NULL, NULL)", "(NULL, '{{a},{b}}', NULL)"):
        database.run("DELETE FROM lists", f"INSERT INTO lists VALUES {values}")
        assert "an array of more than one dimension" in failure(session, "SELECT * FROM pg.public.lists")
    database.run("DELETE FROM lists", "INSERT INTO lists VALUES (NULL, NULL, '{2024-01-01,infinity}')")
    assert "has the value infinity" in failure(session, "SELECT * FROM pg.public.lists")
    database.run("DELETE FROM lists", "INSERT INTO lists VALUES ('[0:1]={1,NULL}', '{}', '{2024-01-01}')")
    assert rows(session, "SELECT numbers, words FROM pg.public.lists") == [([1, None], [])]
