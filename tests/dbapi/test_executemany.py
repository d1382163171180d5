"""``executemany``: one INSERT for all rows means what one for each would mean."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import owlake
from owlake.dbapi import Connection

DDL = "CREATE TABLE {} AS SELECT * FROM (VALUES ({})) AS t ({}) WHERE false"
COLUMNS = {
    "i": "CAST(0 AS integer)",
    "l": "CAST(0 AS bigint)",
    "r": "CAST(0 AS real)",
    "d": "CAST(0 AS double)",
    "m": "CAST(0 AS decimal(20, 3))",
    "b": "true",
    "s": "CAST('' AS varchar)",
    "v": "CAST('' AS varchar(3))",
    "y": "X''",
    "a": "DATE '2020-01-01'",
    "t": "TIMESTAMP '2020-01-01 00:00:00.000'",
    "z": "CAST(ARRAY[] AS array(bigint))",
}


def _make(connection: Connection, table: str, names: str = "".join(COLUMNS)) -> None:
    connection.execute(DDL.format(table, ", ".join(COLUMNS[name] for name in names), ", ".join(names)))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with owlake.connect(tmp_path_factory.mktemp("home")) as connection:
        for table in ("many", "single"):
            _make(connection, table)
        yield connection


# By column: what goes in, and what is refused.
FITTING: dict[str, list[Any]] = {
    "i": [None, 1, -(2**31), True, 2**31, 2**70, 1.5, "1", np.int32(7)],
    "l": [None, 1, 2**40, 2**53 + 1, 1.5, Decimal("2.5"), 1e300],
    "r": [None, 1, 0.1, math.nan, Decimal("0.1")],
    "d": [None, 1, 2**53 + 1, 0.1, -0.0, math.inf, Decimal("0.1")],
    "m": [None, 1, 2**62, Decimal("1.2345"), Decimal(10**17), Decimal("1E+3"), 0.5, Decimal("1e30")],
    "b": [None, True, False, 1],
    "s": [None, "", "a", "ünï", "x" * 40, 5, b"a"],
    "v": [None, "", "abc", "ab   ", "abcd", "abc "],
    "y": [None, b"", b"\x00\xff", bytearray(b"a"), "a"],
    "a": [None, dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.datetime(2020, 1, 2, 3), "2020-01-01"],  # noqa: DTZ001
    "t": [
        None,
        dt.datetime(2020, 1, 1),  # noqa: DTZ001
        dt.datetime(2020, 1, 1, 1, 2, 3, 456789),  # noqa: DTZ001
        dt.datetime(2020, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")),
        dt.date(2020, 1, 1),
    ],
    "z": [None, [], [1, None], [2**40], [1.5], ["a"], 1],
}
ROWS = st.tuples(*(st.sampled_from(FITTING[name][:3]) for name in COLUMNS))


@st.composite
def _rows(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Rows that fit, and some values among them that may not, or are of another kind."""
    rows = [list(row) for row in draw(st.lists(ROWS, min_size=2, max_size=4))]
    names = list(COLUMNS)
    for row in rows:
        for name in draw(st.lists(st.sampled_from(names), max_size=2)):
            row[names.index(name)] = draw(st.sampled_from(FITTING[name]))
    return [tuple(row) for row in rows]


def _texts(connection: Connection, table: str) -> list[str]:
    return sorted(repr(row) for row in connection.execute(f"SELECT * FROM {table}").fetchall())


def _inserted(connection: Connection, rows: list[tuple[Any, ...]], *, at_once: bool) -> tuple[int, list[str], Any]:
    table = "many" if at_once else "single"
    connection.execute(f"CREATE TABLE {table}_now AS SELECT * FROM {table}")
    sql = f"INSERT INTO {table}_now VALUES ({', '.join('?' for _ in COLUMNS)})"
    written, failure = 0, None
    try:
        if at_once:
            written = connection.cursor().executemany(sql, rows).rowcount
        else:
            for row in rows:
                written += connection.execute(sql, row).rowcount
    except owlake.Error as problem:
        failure = type(problem), problem.code, problem.message
    found = _texts(connection, f"{table}_now")
    connection.execute(f"DROP TABLE {table}_now")
    return written, found, failure


@settings(max_examples=40)
@given(rows=_rows())
def test_all_at_once_means_the_same_as_one_by_one(shared: Connection, rows: list[tuple[Any, ...]]) -> None:
    written, found, failure = _inserted(shared, rows, at_once=True)
    expected_written, expected, expected_failure = _inserted(shared, rows, at_once=False)
    assert failure == expected_failure
    if failure is None:
        assert (written, found) == (expected_written, expected)
    else:
        assert (written, found) == (0, [])


def test_it_is_one_execution_and_one_file(connection: Connection) -> None:
    _make(connection, "t", "ls")
    sql = "INSERT INTO t VALUES (?, ?)"
    cursor = connection.cursor().executemany(sql, ((number, str(number)) for number in range(5000)))
    assert (cursor.rowcount, cursor.description) == (5000, None)
    assert connection.execute('SELECT count(DISTINCT "$path"), sum(l) FROM t').fetchall() == [(1, 12_497_500)]
    found = connection.execute("SELECT rows, state FROM system.runtime.queries WHERE query = ?", [sql]).fetchall()
    assert found == [(5000, "SUCCEEDED")]


def test_columns_may_be_named_and_literals_stand_beside_the_marks(connection: Connection) -> None:
    _make(connection, "t", "isdb")
    connection.cursor().executemany("INSERT INTO t (s, d, i) VALUES (?, 1.5, ?)", [("a", 1), ("b", 2)])
    rows = connection.execute("SELECT * FROM t ORDER BY i").fetchall()
    assert rows == [(1, "a", 1.5, None), (2, "b", 1.5, None)]


def test_partitions_get_their_rows(connection: Connection) -> None:
    connection.execute(
        "CREATE TABLE t WITH (partitioned_by = ARRAY['p']) AS SELECT 0 AS a, CAST('none' AS varchar) AS p"
    )
    connection.cursor().executemany("INSERT INTO t VALUES (?, ?)", [(1, "x"), (2, "y"), (3, "x"), (4, None)])
    rows = connection.execute("SELECT p, sum(a) FROM t WHERE a > 0 GROUP BY p ORDER BY p").fetchall()
    assert rows == [("x", 4), ("y", 2), (None, 4)]


def test_the_row_that_fails_is_named_and_none_is_written(connection: Connection) -> None:
    _make(connection, "t", "iv")
    rows: list[tuple[Any, ...]] = [(number, "abc") for number in range(3000)]
    rows[2004] = (1, "abcd")
    rows[2900] = (2**40, "abc")
    with pytest.raises(owlake.DataError, match=r"Cannot truncate .* from varchar\(4\) to varchar\(3\)") as caught:
        connection.cursor().executemany("INSERT INTO t VALUES (?, ?)", rows)
    assert caught.value.hint == "Row 2,005 of the parameters; none was written"
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("rows", "text", "hint"),
    [
        ([(1, "a"), (2,)], "expected 2 but found 1", "Row 2 of"),
        ([(1, "a", 3), (2, "b")], "expected 2 but found 3", "Row 1 of"),
        ([(1, "a"), (2, object())], "A parameter cannot be a object", "Row 2 of"),
        ([(1, "a"), (2, "\ud800")], "A parameter is not Unicode text", "Row 2 of"),
        ([(1, "a"), (2, 2.5)], "Insert query has mismatched column types", "Row 2 of"),
        ([(1, "a"), "bc"], "Parameters are a list of values", "One value alone"),
    ],
)
def test_bad_parameters_are_told_apart(connection: Connection, rows: list[Any], text: str, hint: str) -> None:
    _make(connection, "t", "ls")
    with pytest.raises(owlake.ProgrammingError, match=text) as caught:
        connection.cursor().executemany("INSERT INTO t VALUES (?, ?)", rows)
    assert hint in caught.value.hint
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


def test_other_statements_run_one_after_the_other(connection: Connection) -> None:
    _make(connection, "t", "i")
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO t SELECT ? + 1", [(1,), (2,)])
    assert cursor.rowcount == 2
    cursor.executemany("INSERT INTO t VALUES (? * 10)", [(1,), (2,)])
    assert connection.execute("SELECT i FROM t ORDER BY i").fetchall() == [(2,), (3,), (10,), (20,)]
    assert cursor.executemany("SELECT ?", [(1,), (2,)]).rowcount == -1


def test_of_statements_that_run_one_after_the_other_the_failed_one_is_named(connection: Connection) -> None:
    _make(connection, "t", "i")
    with pytest.raises(owlake.DataError, match="Division by zero") as caught:
        connection.cursor().executemany("INSERT INTO t VALUES (10 / ?)", [(1,), (0,), (2,)])
    assert caught.value.hint == "Row 2 of the parameters; the statement was run for those before it"
    assert connection.execute("SELECT i FROM t").fetchall() == [(10,)]


@pytest.mark.parametrize("rows", [None, 5, "ab"])
def test_rows_are_a_list_of_lists(connection: Connection, rows: Any) -> None:
    with pytest.raises(owlake.ProgrammingError, match="Parameters are a list"):
        connection.cursor().executemany("SELECT ?", rows)


def test_no_rows_are_no_statement(connection: Connection) -> None:
    _make(connection, "t", "i")
    assert connection.cursor().executemany("INSERT INTO t VALUES (?)", []).rowcount == 0


def test_a_table_that_is_not_there_is_missed_at_once(connection: Connection) -> None:
    with pytest.raises(owlake.ProgrammingError, match="Table nowhere not found"):
        connection.cursor().executemany("INSERT INTO nowhere VALUES (?)", [(1,), (2,)])
