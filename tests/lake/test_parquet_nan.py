"""NaN in Parquet files: their least and greatest values leave it out, and yet no file is dropped that has one.

Each condition's rows are those that Python, whose floats follow IEEE 754 as Trino's do, finds.
"""

from __future__ import annotations

import math
import operator
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

NAN = math.nan
FILES = ([3.0, NAN, None], [3.0, NAN], [1.0, 2.0], [NAN, NAN], [0.0, -0.0, NAN], [math.inf])
VALUES = [value for file in FILES for value in file]
OPERATORS = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
CONSTANTS = {"3e0": 3.0, "nan()": NAN, "infinity()": math.inf, "NULL": None}
DISTINCT = "IS DISTINCT FROM"


def compared(sign: str, one: float | None, other: float | None) -> bool | None:
    if sign == DISTINCT:
        both_nan = one is not None and other is not None and math.isnan(one) and math.isnan(other)
        return not both_nan and one != other
    return None if one is None or other is None else OPERATORS[sign](one, other)


def negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


FORMS = {
    "{0}": lambda answer: answer,
    "NOT ({0})": negated,
    "({0}) IS NULL": lambda answer: answer is None,
    "CASE WHEN {0} THEN false ELSE true END": lambda answer: not answer,
}


def shown(values) -> list[str]:
    return sorted(repr(value if value is None or value else 0.0) for value in values)


@pytest.fixture
def numbers(lake):
    for number, values in enumerate(FILES):
        pq.write_table(pa.table({"f": pa.array(values, pa.float64())}), lake.path(f"{number}.parquet"))
    lake.table("f double", "STORED AS PARQUET")
    return lake


@pytest.mark.parametrize("sign", [*OPERATORS, DISTINCT])
def test_a_comparison_and_its_opposite_find_every_nan(numbers, sign):
    for text, constant in CONSTANTS.items():
        for form, meaning in FORMS.items():
            for condition, flipped in ((f"f {sign} {text}", False), (f"{text} {sign} f", True)):
                sql = form.format(condition)
                pairs = [(value, (constant, value) if flipped else (value, constant)) for value in VALUES]
                expected = [value for value, pair in pairs if meaning(compared(sign, *pair))]
                assert shown(row[0] for row in numbers.rows(f"SELECT f FROM t WHERE {sql}")) == shown(expected), sql


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("f IN (3e0)", [3.0, 3.0]),
        ("f NOT IN (3e0)", [value for value in VALUES if value is not None and value != 3.0]),
        ("f NOT IN (3e0, nan())", [value for value in VALUES if value is not None and value != 3.0]),
        ("f NOT IN (3e0, NULL)", []),
        ("f NOT BETWEEN 3e0 AND 3e0", [value for value in VALUES if value is not None and value != 3.0]),
        ("f NOT BETWEEN -9e0 AND infinity()", [NAN] * 5),
    ],
)
def test_lists_and_ranges_are_conditions_like_these(numbers, condition, expected):
    assert shown(row[0] for row in numbers.rows(f"SELECT f FROM t WHERE {condition}")) == shown(expected)


def test_a_column_of_one_number_and_nan_keeps_both(numbers):
    assert shown(row[0] for row in numbers.rows("SELECT f FROM t")) == shown(VALUES)
    assert numbers.rows("SELECT count(*) FROM t WHERE is_nan(f)") == [(5,)]


def test_the_greatest_rows_are_nan(numbers):
    found = numbers.rows("SELECT f FROM t ORDER BY f DESC NULLS LAST LIMIT 6")
    assert [repr(row[0]) for row in found] == [*["nan"] * 5, "inf"]


def test_rows_meet_by_nan_where_it_is_not_distinct(numbers):
    assert numbers.rows("SELECT count(*) FROM t JOIN (VALUES nan()) AS u(f) ON t.f IS NOT DISTINCT FROM u.f") == [(5,)]
    assert numbers.rows("SELECT count(*) FROM t JOIN (VALUES nan()) AS u(f) ON t.f = u.f") == [(0,)]


def test_sets_know_nan_as_a_value(numbers):
    assert shown(row[0] for row in numbers.rows("SELECT f FROM t INTERSECT SELECT nan()")) == ["nan"]
    left = shown(row[0] for row in numbers.rows("SELECT nan() AS f EXCEPT SELECT f FROM t"))
    assert left == []


def test_nan_of_either_sign_is_in_no_order(lake):
    negative = struct.unpack("<d", b"\0\0\0\0\0\0\xf8\xff")[0]
    pq.write_table(pa.table({"f": pa.array([negative, NAN, 1.0], pa.float64())}), lake.path("a.parquet"))
    lake.table("f double", "STORED AS PARQUET")
    for condition in ("f < 5e0", "f <= 5e0", "5e0 > f", "f IN (1e0)", "f IS DISTINCT FROM nan()", "NOT (f <> f)"):
        assert lake.rows(f"SELECT f FROM t WHERE {condition}") == [(1.0,)], condition
