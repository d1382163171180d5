"""Hive type strings and Trino's types (https://docs.aws.amazon.com/athena/latest/ug/data-types.html)."""

import pytest

from owlake.errors import NotSupportedError, OperationalError
from owlake.types.hive import hive_type, parse_hive_type
from owlake.types.model import (
    JSON,
    UUID,
    Char,
    Row,
    RowField,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    Type,
    Varchar,
)

BOTH_WAYS = {
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double",
    "string": "varchar",
    "varchar(10)": "varchar(10)",
    "varchar(65535)": "varchar(65535)",
    "char(255)": "char(255)",
    "binary": "varbinary",
    "date": "date",
    "timestamp": "timestamp(3)",
    "decimal(10,2)": "decimal(10,2)",
    "array<string>": "array(varchar)",
    "map<string,array<int>>": "map(varchar, array(integer))",
    "struct<a:int,b:array<struct<c:string>>>": "row(a integer, b array(row(c varchar)))",
    "struct<_x:int,y1:decimal(38,0)>": "row(_x integer, y1 decimal(38,0))",
}


@pytest.mark.parametrize(("hive", "trino"), BOTH_WAYS.items())
def test_a_hive_type_is_read_as(hive: str, trino: str) -> None:
    assert str(parse_hive_type(hive)) == trino


@pytest.mark.parametrize("hive", BOTH_WAYS)
def test_a_type_is_stored_as_it_was_read(hive: str) -> None:
    assert hive_type(parse_hive_type(hive)) == hive


@pytest.mark.parametrize(
    ("hive", "trino"),
    [
        ("decimal", "decimal(10,0)"),
        ("decimal(7)", "decimal(7,0)"),
        ("DECIMAL(7, 2)", "decimal(7,2)"),
        ("STRUCT<A:INT, b: Array< string > >", "row(a integer, b array(varchar))"),
        ("struct<a:int comment 'the, >: a',b:int>", "row(a integer, b integer)"),
        ("struct<a:b:int>", "row(a:b integer)"),
        ("struct<a b:int>", "row(a b integer)"),
        ("struct<date:date,int:int>", "row(date date, int integer)"),
        ("uniontype<int,string>", "row(tag tinyint, field0 integer, field1 varchar)"),
        ("timestamp with local time zone", "timestamp(3) with time zone"),
        ("struct<größe:int>", "row(größe integer)"),
    ],
)
def test_other_spellings_are_read_too(hive: str, trino: str) -> None:
    assert str(parse_hive_type(hive)) == trino


@pytest.mark.parametrize(
    ("hive", "message"),
    [
        ("struct<a int>", "Error: : expected at the position 12 of 'struct<a int>' but '>' is found."),
        ("foo", "Error: type expected at the position 0 of 'foo' but 'foo' is found."),
        ("array<foo>", "Error: type expected at the position 6 of 'array<foo>' but 'foo' is found."),
        ("array<int", "Error: > expected at the end of 'array<int'"),
        ("array", "Error: < expected at the end of 'array'"),
        ("map<string>", "Error: , expected at the position 10 of 'map<string>' but '>' is found."),
        ("", "Error: type expected at the end of ''"),
        ("struct<:int>", "Error: name expected at the position 7 of 'struct<:int>' but ':' is found."),
        ("decimal(x)", "Error: name expected at the position 8 of 'decimal(x)' but 'x' is found."),
        ("varchar", "varchar type is specified without length: varchar"),
        ("varchar(0)", "invalid varchar length: 0"),
        ("varchar(65536)", "invalid varchar length: 65536"),
        ("char(256)", "invalid char length: 256"),
        ("decimal(39,0)", "invalid decimal precision: 39"),
        ("decimal(2,3)", "invalid decimal scale: 3 (greater than precision: 2)"),
        ("integer", "Error: type expected at the position 0 of 'integer' but 'integer' is found."),
    ],
)
def test_a_malformed_type_is_refused_in_hives_words(hive: str, message: str) -> None:
    with pytest.raises(OperationalError) as refused:
        parse_hive_type(hive)
    assert str(refused.value) == f"HIVE_METASTORE_ERROR: {message}"


def test_what_follows_a_type_is_refused() -> None:
    with pytest.raises(OperationalError, match="expected at position 3 from 'int>'"):
        parse_hive_type("int>")


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        (UUID, "Unsupported Hive type: uuid"),
        (JSON, "Unsupported Hive type: json"),
        (Time(3), "Unsupported Hive type: time(3)"),
        (TimestampWithTimeZone(3), "Unsupported Hive type: timestamp(3) with time zone"),
        (Char(256), "Unsupported Hive type: char(256). Supported CHAR types: CHAR(<=255)."),
        (
            Row((RowField(None, UUID),)),
            "Anonymous row type is not supported in Hive. Please give each field a name: row(uuid)",
        ),
    ],
)
def test_a_type_that_only_queries_have_cannot_be_stored(type_: Type, message: str) -> None:
    with pytest.raises(NotSupportedError) as refused:
        hive_type(type_)
    assert str(refused.value) == f"NOT_SUPPORTED: {message}"


@pytest.mark.parametrize(
    ("type_", "hive"), [(Varchar(65536), "string"), (Timestamp(0), "timestamp"), (Timestamp(6), "timestamp")]
)
def test_types_without_a_hive_type_of_their_own_are_stored_as_the_nearest(type_: Type, hive: str) -> None:
    assert hive_type(type_) == hive
