"""Values for ``?``: every Python type has its Trino type, and comes back as it went in."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import owlake
from owlake.dbapi import Connection

BERLIN = dt.datetime(2020, 7, 1, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
INDIA = dt.datetime(2020, 7, 1, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))

VALUES: list[tuple[Any, str]] = [
    (True, "boolean"),
    (0, "integer"),
    (-(2**31), "integer"),
    (2**31, "bigint"),
    (-(2**63), "bigint"),
    (1.5, "double"),
    (-0.0, "double"),
    (math.inf, "double"),
    (Decimal("1.50"), "decimal(3,2)"),
    (Decimal("-0.001"), "decimal(3,3)"),
    (Decimal("9" * 38), "decimal(38,0)"),
    ("", "varchar(0)"),
    ("it's; -- ? \\ \"", "varchar(14)"),
    ("ünï\U0001f989", "varchar(4)"),
    (b"\x00\xff", "varbinary"),
    (dt.date(1, 1, 1), "date"),
    (dt.date(9999, 12, 31), "date"),
    (dt.time(1, 2, 3), "time(3)"),
    (dt.time(1, 2, 3, 456789), "time(6)"),
    (dt.time(1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=-3))), "time(3) with time zone"),
    (dt.datetime(2020, 2, 29, 1, 2, 3, 456000), "timestamp(3)"),  # noqa: DTZ001
    (dt.datetime(1, 1, 1, 0, 0, 0, 1), "timestamp(6)"),  # noqa: DTZ001
    (BERLIN, "timestamp(3) with time zone"),
    (INDIA, "timestamp(3) with time zone"),
    (dt.timedelta(days=-1, seconds=2, milliseconds=5), "interval day to second"),
    (uuid.UUID(int=5), "uuid"),
    ([1, None, 2**40], "array(bigint)"),
    (["a", "bcd"], "array(varchar(3))"),
    ([[1.5], []], "array(array(double))"),
]


@pytest.mark.parametrize(("value", "type_name"), VALUES, ids=[repr(value)[:40] for value, _ in VALUES])
def test_a_value_comes_back_in_its_type(connection: Connection, value: Any, type_name: str) -> None:
    cursor = connection.execute("SELECT ? AS v", [value])
    assert str(cursor.description[0][1]) == type_name
    (back,) = cursor.fetchone()
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_none_is_null(connection: Connection) -> None:
    assert connection.execute("SELECT ? IS NULL, ?", [None, None]).fetchone() == (True, None)


def test_nan_is_nan(connection: Connection) -> None:
    (value,) = connection.execute("SELECT ?", [math.nan]).fetchone()
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (2**63, Decimal(2**63)),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"ab"), b"ab"),
        ((1, 2), [1, 2]),
        (np.int64(5), 5),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.datetime64("2020-01-01"), dt.date(2020, 1, 1)),
        (np.datetime64("2020-01-01T01:02:03.456789000", "ns"), dt.datetime(2020, 1, 1, 1, 2, 3, 456789)),  # noqa: DTZ001
        (np.timedelta64(5_000_000_000, "ns"), dt.timedelta(seconds=5)),
        (np.array([1, 2]), [1, 2]),
        (np.array([["a"], ["b"]]), [["a"], ["b"]]),
        (np.array(["2020-01-01"], "datetime64[ns]"), [dt.datetime(2020, 1, 1)]),  # noqa: DTZ001
        (np.datetime64("NaT", "ns"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Timestamp("2020-01-01 01:02:03.456789"), dt.datetime(2020, 1, 1, 1, 2, 3, 456789)),  # noqa: DTZ001
        (pd.Timedelta("5s"), dt.timedelta(seconds=5)),
    ],
)
def test_values_that_mean_another(connection: Connection, value: Any, same: Any) -> None:
    assert connection.execute("SELECT ?", [value]).fetchone() == (same,)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        Decimal("NaN"),
        2**127,
        [1, "a"],
        dt.timedelta(microseconds=1),
        dt.time(1, tzinfo=BERLIN.tzinfo),
        dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=3601))),
        {"a": 1},
        np.datetime64("2020-01-01T00:00:00.000000001", "ns"),
        np.datetime64("20000-01-01"),
        np.timedelta64(1, "ns"),
        np.longdouble(1),
        pd.Timestamp("2020-01-01 00:00:00.000000001"),
        pd.Timedelta("1ns"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_without_a_type_is_refused(connection: Connection, value: Any) -> None:
    with pytest.raises(owlake.ProgrammingError, match="A parameter cannot be a"):
        connection.execute("SELECT ?", [value])


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (2**127, "38 digits"),
        (Decimal("Infinity"), "infinite"),
        (dt.timedelta(microseconds=1), "milliseconds"),
        ([1, "a"], "one type"),
        (dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=1))), "whole minutes"),
        (pd.Timestamp("2020-01-01 00:00:00.000000001"), "microseconds"),
    ],
    ids=repr,
)
def test_a_refusal_says_what_is_wrong_with_the_value(connection: Connection, value: Any, hint: str) -> None:
    with pytest.raises(owlake.ProgrammingError, match=type(value).__name__) as refused:
        connection.execute("SELECT ?", [value])
    assert hint in (refused.value.hint or "")


@pytest.mark.parametrize("statement", [None, 5, b"SELECT 1"])
def test_a_statement_is_text(connection: Connection, statement: Any) -> None:
    with pytest.raises(owlake.ProgrammingError, match="A statement is a str, not a"):
        connection.execute(statement)
    with pytest.raises(owlake.ProgrammingError, match="A statement is a str, not a"):
        connection.cursor().executemany(statement, [[1]])


def test_values_are_never_read_as_sql(connection: Connection) -> None:
    text = "1 OR 1 = 1"
    rows = connection.execute("SELECT a FROM (VALUES '1', '2') AS t (a) WHERE a = ?", [text]).fetchall()
    assert rows == []


@pytest.mark.parametrize(
    ("sql", "values", "counts"),
    [("SELECT ?", [], (1, 0)), ("SELECT ?, ?", [1], (2, 1)), ("SELECT ?", [1, 2], (1, 2))],
)
def test_the_numbers_must_agree(connection: Connection, sql: str, values: list[Any], counts: tuple[int, int]) -> None:
    text = "line 1:1: Incorrect number of parameters: expected {} but found {}".format(*counts)
    with pytest.raises(owlake.ProgrammingError, match=text):
        connection.execute(sql, values)


def test_values_for_a_statement_without_marks_are_ignored_as_in_athena(connection: Connection) -> None:
    assert connection.execute("SELECT '?'", [1]).fetchall() == [("?",)]


@pytest.mark.parametrize("values", ["abc", b"abc", {"a": 1}, 5, None])
def test_one_value_instead_of_a_list_is_a_mistake(connection: Connection, values: Any) -> None:
    with pytest.raises(owlake.ProgrammingError, match="Parameters are a list of values"):
        connection.execute("SELECT ?", values)


def test_marks_stand_wherever_a_value_does(connection: Connection) -> None:
    sql = "SELECT a + ? FROM (VALUES 1, 2, 3) AS t (a) WHERE a IN (?, ?) AND a BETWEEN ? AND ? ORDER BY a"
    assert connection.execute(sql, [10, 1, 3, 0, 2]).fetchall() == [(11,)]


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.times(),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(SCALARS, min_size=1, max_size=8))
def test_any_values_come_back(connection: Connection, values: list[Any]) -> None:
    marks = ", ".join("?" for _ in values)
    assert connection.execute(f"SELECT {marks}", values).fetchone() == tuple(values)


def test_half_of_a_surrogate_pair_is_no_text(connection: Connection) -> None:
    with pytest.raises(owlake.ProgrammingError, match="A parameter is not Unicode text: character 2"):
        connection.execute("SELECT ?", ("a\ud800",))
    with pytest.raises(owlake.ProgrammingError, match="The statement is not Unicode text: character 9"):
        connection.execute("SELECT '\udcff'")
    assert connection.execute("SELECT 1").fetchall() == [(1,)]
