"""Rows as Arrow and data frames: the values are those that fetchall gives."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal

import pandas as pd
import polars as pl
import pytest

import owlake
from owlake.dbapi import Connection

NUMBERS = "SELECT x FROM (VALUES 1, 2, 3, 4, 5) AS t (x) ORDER BY x"


def test_a_row_is_given_once_whatever_it_is_asked_for_as(connection: Connection) -> None:
    cursor = connection.execute(NUMBERS)
    assert cursor.fetchone() == (1,)
    assert cursor.fetchmany(1) == [(2,)]
    assert cursor.fetch_arrow_table().to_pydict() == {"x": [3, 4, 5]}
    assert cursor.fetchall() == []
    cursor.execute(NUMBERS)
    assert next(cursor) == (1,)
    reader = cursor.fetch_record_batch()
    assert cursor.fetchone() is None
    assert reader.read_all().to_pydict() == {"x": [2, 3, 4, 5]}


def test_rows_come_in_batches_of_which_the_rest_is_not_waited_for(connection: Connection) -> None:
    sql = "SELECT x FROM UNNEST(sequence(1, 10000)) AS s (x), UNNEST(sequence(1, 10000)) AS r (y)"
    with connection.execute(sql) as cursor:
        assert len(cursor.fetchmany(50_000)) == 50_000
        assert next(iter(cursor.fetch_record_batch())).num_rows > 0
    (state,) = connection.execute("SELECT state FROM system.runtime.queries WHERE query = ?", [sql]).fetchone()
    assert state == "CANCELLED"


def test_arrow_tables_of_no_rows_have_their_columns(connection: Connection) -> None:
    table = connection.execute("SELECT x, 'a' AS y FROM (VALUES 1) AS t (x) WHERE x > 1").fetch_arrow_table()
    assert (table.num_rows, table.column_names) == (0, ["x", "y"])


COLUMNS = """
SELECT * FROM (VALUES
    (9007199254740993, 1.5e0, true, 'a', DATE '2020-02-29', TIMESTAMP '2020-01-01 00:00:00.123', DECIMAL '1.20'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) AS t (i, f, b, s, d, t, m)
"""


def test_pandas_has_the_values_and_no_integer_becomes_a_float(connection: Connection) -> None:
    frame = connection.execute(COLUMNS).fetchdf()
    assert [str(frame.dtypes[name]) for name in "ifbt"] == ["Int64", "float64", "boolean", "datetime64[us]"]
    first = frame.iloc[0]
    assert (int(first.i), first.f, bool(first.b), first.s, first.d, first.t, first.m) == (
        9007199254740993,
        1.5,
        True,
        "a",
        dt.date(2020, 2, 29),
        pd.Timestamp("2020-01-01 00:00:00.123"),
        Decimal("1.20"),
    )
    assert frame.iloc[1].isna().all()


def test_pandas_keeps_columns_of_one_name_and_the_order(connection: Connection) -> None:
    frame = connection.execute("SELECT 1 AS a, 'x' AS b, 2 AS a").fetchdf()
    assert list(frame.columns) == ["a", "b", "a"]
    assert frame.to_numpy().tolist() == [[1, "x", 2]]


@pytest.mark.parametrize(
    "sql",
    [
        "ARRAY[1, NULL]",
        "MAP(ARRAY['k'], ARRAY[DATE '2020-01-02'])",
        "CAST(ROW(1, 'a') AS ROW(x bigint, y varchar))",
        "TIME '01:02:03+01:00'",
        "CAST('ab' AS char(4))",
        "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'",
        "INTERVAL '14' MONTH",
        "TIMESTAMP '2020-01-01 10:00:00 UTC'",
        "INTERVAL '1' DAY",
    ],
)
def test_other_values_are_those_of_fetchall(connection: Connection, sql: str) -> None:
    (value,) = connection.execute(f"SELECT {sql}").fetchone()
    (found,) = connection.execute(f"SELECT {sql} AS v").fetchdf()["v"]
    assert found == value


def test_polars_takes_the_arrow_table(connection: Connection) -> None:
    frame = connection.execute(COLUMNS).fetch_polars()
    assert frame.schema["i"] == pl.Int64
    assert frame["i"].to_list() == [9007199254740993, None]
    assert frame["m"].to_list() == [Decimal("1.20"), None]


@pytest.mark.parametrize(("method", "package"), [("fetchdf", "pandas"), ("fetch_polars", "polars")])
def test_what_is_not_installed_is_named(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, method: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    cursor = connection.execute("SELECT 1")
    with pytest.raises(owlake.InterfaceError, match=f"{method} needs {package}") as caught:
        getattr(cursor, method)()
    assert caught.value.hint == f"pip install 'owlake[{package}]'"
    assert cursor.fetchall() == [(1,)]


def test_importing_owlake_imports_no_data_frames() -> None:
    names = "('pandas', 'polars', 'sqlalchemy')"
    code = f"import sys, owlake; owlake.connect; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
