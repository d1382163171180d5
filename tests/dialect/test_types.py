"""Types as they are written on the Trino side."""

import pytest

from owlake.dialect.parser import parse_type
from tests.dialect.rendering import render

TREES = [
    ("bigint", "bigint"),
    ("VARCHAR(3)", "varchar(3)"),
    ("decimal(10, 2)", "decimal(10,2)"),
    ("DOUBLE PRECISION", "double"),
    ("array(map(varchar, bigint))", "array(map(varchar,bigint))"),
    ("array<map<varchar, bigint>>", "array(map(varchar,bigint))"),
    ("bigint ARRAY", "array(bigint)"),
    ("bigint array array", "array(array(bigint))"),
    ("timestamp", "timestamp"),
    ("timestamp(6)", "timestamp(6)"),
    ("TIMESTAMP(3) WITH TIME ZONE", "timestamp(3)-with-time-zone"),
    ("time without time zone", "time"),
    ("time with time zone", "time-with-time-zone"),
    ("interval day to second", "interval-day-to-second"),
    ("interval year", "interval-year-to-year"),
    ("function(bigint, boolean)", "function(bigint,boolean)"),
    ("HyperLogLog", "hyperloglog"),
    ("row(x bigint, varchar)", "row(x:bigint,varchar)"),
    ('row("X" row(y date))', 'row("X":row(y:date))'),
    ("row(double precision)", "row(double)"),
    ("row(double double precision)", "row(double:double)"),
    ("row(time time)", "row(time:time)"),
    ("row(timestamp timestamp(3) with time zone)", "row(timestamp:timestamp(3)-with-time-zone)"),
    ("row(timestamp with time zone)", "row(timestamp-with-time-zone)"),
    ("row(interval day to second)", "row(interval-day-to-second)"),
    ("row(interval interval day to second)", "row(interval:interval-day-to-second)"),
    ("row(a bigint array)", "row(a:array(bigint))"),
    ("row(row row(a date))", "row(row:row(a:date))"),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_a_type_is_read_as_trino_reads_it(text: str, tree: str) -> None:
    assert render(parse_type(text)) == tree


def test_a_types_name_is_in_lower_case_and_remembers_its_spelling() -> None:
    type_ = parse_type("BigInt")
    assert (type_.name, type_.spelling) == ("bigint", "BigInt")
