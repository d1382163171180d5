"""Whole columns as text: the same as value by value."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal as Number

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.types.arrow import arrow_type
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    COLOR,
    DATE,
    DOUBLE,
    INTERVAL_YEAR_TO_MONTH,
    IPADDRESS,
    JSON,
    REAL,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    Array,
    Char,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    Type,
)
from owlake.types.rendering import render_column
from owlake.types.text_columns import text_column

# What Trino shows, by its documentation of the types' text forms.
SHOWN = [
    (BOOLEAN, [True, False, None], ["true", "false", None]),
    (BIGINT, [-(2**63), 0, 2**63 - 1], ["-9223372036854775808", "0", "9223372036854775807"]),
    (UNKNOWN, [None], [None]),
    (VARCHAR, ["", "é", None], ["", "é", None]),
    (JSON, ['{"a":1}'], ['{"a":1}']),
    (Char(3), ["a", "", "日本", None], ["a  ", "   ", "日本 ", None]),
    (Decimal(3, 2), [Number("1.50"), Number("-0.01"), None], ["1.50", "-0.01", None]),
    (
        Decimal(12, 8),
        [Number("0.00000001"), Number("0E-8"), Number("12.5")],
        ["0.00000001", "0.00000000", "12.50000000"],
    ),
    (Decimal(38, 0), [Number(10) ** 37], ["1" + "0" * 37]),
    (DATE, [date(2020, 2, 29), date(1, 1, 1), None], ["2020-02-29", "0001-01-01", None]),
    (Time(0), [time(1, 2, 3, 999999)], ["01:02:03"]),
    (Time(3), [time(1, 2, 3, 4000), None], ["01:02:03.004", None]),
    (Time(9), [time(1, 2, 3, 4)], ["01:02:03.000004000"]),
    (Timestamp(0), [datetime.fromisoformat("2020-01-01 01:02:03")], ["2020-01-01 01:02:03"]),
    (Timestamp(3), [datetime.fromisoformat("1969-12-31 23:59:59.999"), None], ["1969-12-31 23:59:59.999", None]),
    (Timestamp(12), [datetime.fromisoformat("2020-01-01")], ["2020-01-01 00:00:00.000000000000"]),
    (TimestampWithTimeZone(3, "UTC"), [datetime(2020, 1, 1, tzinfo=UTC), None], ["2020-01-01 00:00:00.000 UTC", None]),
    (
        TimestampWithTimeZone(3, "Europe/Berlin"),
        [datetime(2020, 7, 1, tzinfo=UTC)],
        ["2020-07-01 02:00:00.000 Europe/Berlin"],
    ),
    (DOUBLE, [1.0, 0.001, 9999999.0, 0.1, None], ["1.0", "0.001", "9999999.0", "0.1", None]),
    (DOUBLE, [1e7, 1e10, 12345678.5, 0.0001], ["1.0E7", "1.0E10", "1.23456785E7", "1.0E-4"]),
    (DOUBLE, [math.nan, math.inf, -math.inf, -0.0], ["NaN", "Infinity", "-Infinity", "-0.0"]),
    (REAL, [0.1, 1.0, 1e10, None], ["0.1", "1.0", "1.0E10", None]),
    (Array(BIGINT), [[1, None], [], None], ["[1, null]", "[]", None]),
    (Array(Decimal(9, 8)), [[Number("0.00000001")]], ["[0.00000001]"]),
    (VARBINARY, [b"\x00\xff", b""], ["00 ff", ""]),
    (INTERVAL_YEAR_TO_MONTH, [14, -14], ["1-2", "-1-2"]),
    (COLOR, [0xFF0000, -1], ["#ff0000", "black"]),
    (IPADDRESS, [bytes.fromhex("00000000000000000000ffff0a000001")], ["10.0.0.1"]),
]


@pytest.mark.parametrize(("type_", "values", "texts"), SHOWN, ids=[str(case[0]) for case in SHOWN])
def test_a_column_as_athena_shows_it(type_: Type, values: list[object], texts: list[str | None]) -> None:
    column = pa.array(values, arrow_type(type_))
    assert text_column(column, type_).to_pylist() == texts
    assert render_column(column, type_) == texts


_DAY = 86_400_000_000
# Days and microseconds since 1970 of years that Python does not have; Java writes them with a sign.
FAR = [
    (DATE, pa.int32(), [0, 2_932_897, -719_163, None], ["1970-01-01", "+10000-01-01", "0000-12-31", None]),
    (
        Timestamp(0),
        pa.int64(),
        [2_932_897 * _DAY, -719_163 * _DAY],
        ["+10000-01-01 00:00:00", "0000-12-31 00:00:00"],
    ),
]


@pytest.mark.parametrize(("type_", "counted", "counts", "texts"), FAR)
def test_years_of_more_than_four_digits(
    type_: Type, counted: pa.DataType, counts: list[int | None], texts: list[str | None]
) -> None:
    assert text_column(pa.array(counts, counted).cast(arrow_type(type_)), type_).to_pylist() == texts


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (DOUBLE, st.floats()),
        (DOUBLE, st.floats(1e-4, 1e8) | st.integers(-(10**8), 10**8).map(float)),
        (REAL, st.floats(width=32)),
        (REAL, st.floats(2**-10, 2**24, width=32)),
        (Decimal(38, 20), st.decimals(-(10**17), 10**17, places=20)),
        (Timestamp(3), st.datetimes()),
        (Timestamp(6), st.datetimes()),
        (Timestamp(7), st.datetimes()),
        (TimestampWithTimeZone(6, "UTC"), st.datetimes(timezones=st.just(UTC))),
        (DATE, st.dates()),
        (Time(2), st.times()),
        (Char(4), st.text(max_size=4)),
    ],
    ids=str,
)
def test_whole_columns_are_as_value_by_value(type_: Type, values: st.SearchStrategy[object]) -> None:
    @settings(max_examples=60)
    @given(st.lists(values | st.none(), max_size=60))
    def check(rows: list[object]) -> None:
        column = pa.array(rows, arrow_type(type_))
        assert text_column(column, type_).to_pylist() == render_column(column, type_)
        assert text_column(column[1:], type_).to_pylist() == render_column(column[1:], type_)

    check()
