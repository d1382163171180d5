"""The tour: every figure that it shows, against DuckDB over the same raw files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import owlake
from owlake.dbapi import Connection
from owlake.dialect.script import Piece, split
from tests.answers import difference
from tests.shell.conftest import Owlake

ROOT = Path(__file__).parents[2]
FLIGHTS = ROOT / "datasets" / "flights"
TOUR = ROOT / "datasets" / "tours" / "flights.sql"

TABLES = {
    **dict.fromkeys(("raw", "by_month", "projected", "by_carrier"), "flights/flights.csv.gz"),
    "weather": "weather/weather.csv.gz",
    **{name: f"{name}/{name}.csv" for name in ("planes", "airports", "airlines")},
}

# Where DuckDB has no such words, or estimates otherwise: the question put so that the answer is exact.
OTHERWISE = {
    'regexp_extract("$path"': "SELECT 'month=' || month, count(*) FROM flights.raw WHERE month IN (1, 12) "
    "GROUP BY 1 ORDER BY 1",
    "EXECUTE late_to": "SELECT month, count(*) AS late FROM flights.raw WHERE arr_delay > 60 AND dest = 'SFO' "
    "GROUP BY month ORDER BY late DESC LIMIT 3",
}
ESTIMATES = {"approx_distinct(tailnum)": "count(DISTINCT tailnum)", "approx_percentile(": "quantile_disc("}
ERROR = 0.05

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA flights")
        for name, path in TABLES.items():
            source = f"read_csv('{FLIGHTS / path}', nullstr='NA', header=true, sample_size=-1)"
            opened.execute(f"CREATE TABLE flights.{name} AS SELECT * FROM {source}")
        yield opened


@pytest.fixture(scope="module")
def toured(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Connection, Rows]]:
    """The tour's home, and the rows of each of its statements that has any."""
    rows: Rows = {}
    with owlake.connect(tmp_path_factory.mktemp("tour")) as connection:
        connection.home.link_bucket("nyc", FLIGHTS)
        for piece in pieces():
            cursor = connection.execute(piece.text)
            if cursor.description:
                rows[piece.text] = cursor.fetchall()
        yield connection, rows


def pieces() -> list[Piece]:
    return [piece for piece in split(TOUR.read_text(encoding="utf-8")) if not piece.only_comment]


def questions() -> list[str]:
    """The tour's statements over its data."""
    starts = ("SELECT", "WITH", "EXECUTE")
    found = []
    for piece in pieces():
        words = "\n".join(line for line in piece.text.splitlines() if not line.startswith("--"))
        if words.strip().startswith(starts) and "system.runtime" not in words:
            found.append(piece.text)
    return found


@pytest.mark.parametrize("sql", questions(), ids=lambda sql: " ".join(sql.split())[-60:])
def test_a_figure_of_the_tour_is_right(
    sql: str, toured: tuple[Connection, Rows], duck: duckdb.DuckDBPyConnection
) -> None:
    question = next((exact for part, exact in OTHERWISE.items() if part in sql), sql)
    estimated = any(part in sql for part in ESTIMATES)
    for part, exact in ESTIMATES.items():
        question = question.replace(part, exact)
    expected = duck.execute(question).fetchall()
    rows = toured[1][sql]
    assert len(rows) > 0
    if not estimated:
        assert difference(rows, expected) is None
        return
    assert len(rows) == len(expected)
    for row, right in zip(rows, expected, strict=True):
        # The last ones are the estimates; a delay is a whole number, so that near zero a minute is little.
        for value, exact_value in zip(row, right, strict=True):
            assert value == exact_value or abs(value - exact_value) <= max(1.0, ERROR * abs(exact_value))


def test_reading_less_costs_less(toured: tuple[Connection, Rows]) -> None:
    scanned = dict(
        toured[0]
        .execute("SELECT query, bytes_scanned FROM system.runtime.queries WHERE state = 'SUCCEEDED'")
        .fetchall()
    )
    raw = next(size for sql, size in scanned.items() if "count(DISTINCT dest)" in sql)
    one_month = next(size for sql, size in scanned.items() if "WHERE month = 7" in sql)
    one_bucket = next(size for sql, size in scanned.items() if "WHERE carrier = 'UA'" in sql and "EXPLAIN" not in sql)
    all_buckets = next(size for sql, size in scanned.items() if sql.endswith("AS planes FROM flights.by_carrier"))
    assert raw == (FLIGHTS / "flights" / "flights.csv.gz").stat().st_size
    assert one_month < raw / 50
    assert one_bucket < all_buckets


def test_the_tour_runs_as_its_first_lines_say(owlake: Owlake) -> None:
    ran = owlake("--bucket", f"nyc={FLIGHTS}", "run", "--echo", "--summary", str(TOUR))
    assert ran.status == 0
    assert "336776" in ran.out
