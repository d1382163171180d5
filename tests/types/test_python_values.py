"""Python values of Arrow columns: each type by Python's own arithmetic, and what is none of Python's values."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import owlake
from owlake.dbapi import Connection
from owlake.types.model import (
    BIGINT,
    DATE,
    INTERVAL_DAY_TO_SECOND,
    Array,
    Map,
    Row,
    RowField,
    Timestamp,
    TimestampWithTimeZone,
)
from owlake.types.model import Decimal as DecimalType
from owlake.types.python_values import python_values
from owlake.types.rendering import day_to_second_text
from owlake.types.text import FIRST_MICROSECOND, LAST_MICROSECOND, far_date_text, far_timestamp_text

NEW_YORK = datetime(2020, 12, 31, 10, 0, tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with owlake.connect(home=tmp_path_factory.mktemp("home")) as connection:
        yield connection


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        (
            "ARRAY[date_add('day', 1, TIMESTAMP '9999-12-31 10:00:00'), NULL, TIMESTAMP '2020-01-01 00:00:00']",
            ["+10000-01-01 10:00:00", None, datetime(2020, 1, 1)],  # noqa: DTZ001  (a local time)
        ),
        (
            "CAST(ROW(date_add('day', 1, DATE '9999-12-31'), DATE '2020-01-02') AS ROW(a date, b date))",
            {"a": "+10000-01-01", "b": date(2020, 1, 2)},
        ),
        (
            "MAP(ARRAY['k'], ARRAY[date_add('day', 1, TIMESTAMP '9999-12-31 10:00:00 UTC')])",
            {"k": "+10000-01-01 10:00:00 UTC"},
        ),
        (
            "ARRAY[TIMESTAMP '9999-12-31 10:00 UTC' + INTERVAL '1' DAY, TIMESTAMP '2020-12-31 10:00 America/New_York']",
            ["+10000-01-01 10:00:00.000 UTC", NEW_YORK],
        ),
        ("ARRAY[INTERVAL '2000000000' DAY, INTERVAL '1' DAY]", ["2000000000 00:00:00.000", timedelta(days=1)]),
        ("ARRAY[TIMESTAMP '2020-12-31 10:00:00 UTC']", [datetime(2020, 12, 31, 10, 0, tzinfo=UTC)]),
    ],
)
def test_years_and_intervals_beyond_python_are_text_inside_of_collections_too(
    connection: Connection, sql: str, value: object
) -> None:
    assert connection.execute(f"SELECT {sql}").fetchone() == (value,)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("TIMESTAMP '9999-12-31 23:30:00 UTC' AT TIME ZONE '+05:00'", "+10000-01-01 04:30:00 +05:00"),
        ("MAP(ARRAY[ARRAY[1, 2]], ARRAY[DATE '2020-01-02'])", [([1, 2], date(2020, 1, 2))]),
        ("MAP(ARRAY[ROW(1, 'a')], ARRAY[true])", {(1, "a"): True}),
        ("MAP(ARRAY[CAST(ROW(1) AS ROW(n bigint))], ARRAY[true])", [({"n": 1}, True)]),
        ("ARRAY[TIME '01:02:03.004-03:30', NULL]", [time(1, 2, 3, 4000, timezone(-timedelta(minutes=210))), None]),
        ("ARRAY[CAST('ab' AS char(3))]", ["ab "]),
        (
            "ARRAY[CAST(ROW(NULL, 1.5) AS ROW(a date, b decimal(3, 2))), NULL]",
            [{"a": None, "b": Decimal("1.50")}, None],
        ),
    ],
)
def test_values_inside_of_others(connection: Connection, sql: str, value: object) -> None:
    (found,) = connection.execute(f"SELECT {sql}").fetchone()
    assert (found, repr(found)) == (value, repr(value))


# What each number means is said by Python's own arithmetic, one value at a time.
DAYS = st.one_of(st.integers(-719_162, 2_932_896), st.integers(-(2**31), 2**31 - 1))
MICROSECONDS = st.one_of(
    st.integers(FIRST_MICROSECOND, LAST_MICROSECOND),
    st.sampled_from([FIRST_MICROSECOND, FIRST_MICROSECOND - 1, LAST_MICROSECOND, LAST_MICROSECOND + 1]),
)
MILLISECONDS = st.one_of(st.integers(-(10**10), 10**10), st.integers(-(2**62), 2**62))


def _one(days: int = 0, microseconds: int = 0) -> datetime | None:
    try:
        return datetime(1970, 1, 1) + timedelta(days, microseconds=microseconds)  # noqa: DTZ001  (a local time)
    except OverflowError:
        return None


@given(st.lists(st.none() | DAYS))
def test_dates(numbers: list[int | None]) -> None:
    found = python_values(pa.array(numbers, pa.int32()).cast(pa.date32()), DATE)
    for number, value in zip(numbers, found, strict=True):
        local = None if number is None else _one(days=number)
        assert value == (None if number is None else local.date() if local else far_date_text(number))


@given(st.lists(st.none() | MICROSECONDS))
def test_timestamps(numbers: list[int | None]) -> None:
    found = python_values(pa.array(numbers, pa.timestamp("us")), Timestamp(6))
    for number, value in zip(numbers, found, strict=True):
        local = None if number is None else _one(microseconds=number)
        assert value == (None if number is None else local or far_timestamp_text(number, 6))


@given(st.lists(st.none() | MICROSECONDS), st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Tokyo"]))
def test_timestamps_in_a_zone(numbers: list[int | None], zone: str) -> None:
    found = python_values(pa.array(numbers, pa.timestamp("us", zone)), TimestampWithTimeZone(6, zone))
    for number, value in zip(numbers, found, strict=True):
        utc = None if number is None else _one(microseconds=number)
        try:
            local = utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) if utc else None
        except OverflowError:
            local = None
        if local is not None:
            assert (value, value.fold, value.tzinfo) == (local, local.fold, local.tzinfo)
        else:
            assert value is None if number is None else value.endswith(f" {zone}")


@given(st.lists(st.none() | MILLISECONDS))
def test_intervals(numbers: list[int | None]) -> None:
    found = python_values(pa.array(numbers, pa.duration("ms")), INTERVAL_DAY_TO_SECOND)
    for number, value in zip(numbers, found, strict=True):
        try:
            assert value == (None if number is None else timedelta(milliseconds=number))
        except OverflowError:
            assert value == day_to_second_text(number)


@given(st.data(), st.integers(1, 38))
def test_decimals_keep_their_digits(data: st.DataObject, precision: int) -> None:
    scale = data.draw(st.integers(0, precision))
    wholes = data.draw(st.lists(st.none() | st.integers(-(10**precision) + 1, 10**precision - 1)))
    exact = [
        None if whole is None else Decimal((whole < 0, Decimal(abs(whole)).as_tuple().digits, -scale))
        for whole in wholes
    ]
    found = python_values(pa.array(exact, pa.decimal128(precision, scale)), DecimalType(precision, scale))
    assert [None if value is None else value.as_tuple() for value in found] == [
        None if value is None else value.as_tuple() for value in exact
    ]


@given(st.lists(st.none() | st.lists(st.none() | st.integers(-9, 9))), st.integers(0, 3))
def test_parts_of_arrays_and_maps(rows: list[list[int | None] | None], start: int) -> None:
    lists = pa.array(rows, pa.list_(pa.int64()))
    assert python_values(lists[start:], Array(BIGINT)) == rows[start:]
    dicts = [None if row is None else dict(enumerate(row)) for row in rows]
    pairs = [None if row is None else list(row.items()) for row in dicts]
    maps = pa.array(pairs, pa.map_(pa.int64(), pa.int64()))
    assert python_values(maps[start:], Map(BIGINT, BIGINT)) == dicts[start:]
    fields = Row((RowField("a", Array(BIGINT)),))
    structs = pa.array([{"a": row} for row in rows], pa.struct([("a", pa.list_(pa.int64()))]))
    assert python_values(structs[start:], fields) == [{"a": row} for row in rows[start:]]
