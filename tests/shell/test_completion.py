"""Completion: what is suggested where, as a table of texts with the cursor at ``|``."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.statements.table_properties import TableProperties
from owlake.types.model import BIGINT, DATE, VARCHAR, Row, RowField
from owlake_shell.completion import properties
from owlake_shell.completion.complete import complete
from owlake_shell.completion.names import KnownNames, KnownProcedures, NamedType, Parameter, starting
from owlake_shell.completion.suggestion import Completion, Kind, Place


def columns(*names: str) -> list[NamedType]:
    return [NamedType(name, BIGINT) for name in names]


LAKE = "awsdatacatalog"
NAMES = KnownNames(
    stream_properties={"shard_count": (), "on_error": ("null", "fail"), "format": ("json", "csv")},
    catalogs=[LAKE, "kinesis", "system"],
    functions={"abs": "abs(double) -> double", "lower": "lower(varchar(x)) -> varchar(x)", "lpad": "lpad(...)"},
    procedures=KnownProcedures(
        {
            ("kinesis", "system", "create_stream"): [
                Parameter("stream_name", "varchar"),
                Parameter("shard_count", "integer", is_required=False),
                Parameter("stream_mode", "varchar", is_required=False, choices=("ON_DEMAND", "PROVISIONED")),
            ],
            ("kinesis", "system", "delete_stream"): [Parameter("stream_name", "varchar")],
        }
    ),
    schemas_of={LAKE: ["default", "sales", "web"], "kinesis": ["streams", "system"]},
    tables_of={
        (LAKE, "default"): ["customers", "nation", "order", "orders"],
        (LAKE, "sales"): ["refunds", "returns"],
        ("kinesis", "streams"): ["clicks"],
    },
    columns_of={
        (LAKE, "default", "orders"): columns("orderkey", "custkey", "total"),
        (LAKE, "default", "customers"): [
            NamedType("custkey", BIGINT),
            NamedType("name", VARCHAR),
            NamedType("home", Row((RowField("street", VARCHAR), RowField("city", VARCHAR)))),
        ],
        (LAKE, "sales", "refunds"): [NamedType("amount", BIGINT), NamedType("day", DATE)],
        ("kinesis", "streams", "clicks"): columns("click_id"),
    },
)


def completed(text: str) -> Completion:
    cursor = text.index("|")
    return complete(text.replace("|", "", 1), cursor, NAMES, Place(LAKE, "default"))


def texts(text: str, *kinds: Kind) -> list[str]:
    return [one.text for one in completed(text).suggestions if not kinds or one.kind in kinds]


PARTITIONED = "CREATE EXTERNAL TABLE t (a int) PARTITIONED BY (`day` string, n decimal(3,0)) LOCATION 's3://b/t/' "
OF_A_KEY = ("digits", "format", "interval", "interval.unit", "range", "type", "values")

EVERYTHING = [
    # Keywords, by the grammar.
    ("sel|", ["select"]),
    ("SEL|", ["SELECT"]),
    ("SELECT 1; sel|", ["select"]),
    ("SELECT 1 FROM orders GR|", ["GROUP"]),
    ("SELECT 1 FROM orders GROUP |", ["BY"]),
    ("SHOW PARTI|", ["PARTITIONS"]),
    ("MSCK |", ["REPAIR"]),
    ("DROP |", ["DATABASE", "SCHEMA", "STREAM", "TABLE", "VIEW"]),
    ("ALTER STREAM clicks |", ["ADD", "DROP", "SET"]),
    ("SHOW STR|", ["STREAMS"]),
    ("SHOW CREATE STR|", ["STREAM"]),
    ("CREATE STR|", ["STREAM"]),
    # Relations.
    ("SELECT * FROM c|", ["customers"]),
    ("SELECT * FROM ord|", ['"order"', "orders"]),
    ('SELECT * FROM "or|', ['"order"', '"orders"']),
    ("SELECT * FROM s|", ["sales", "system"]),
    ("SELECT * FROM sales.|", ["refunds", "returns"]),
    ("SELECT * FROM sales.ref|", ["refunds"]),
    ("SELECT * FROM kinesis.|", ["streams", "system"]),
    ("SELECT * FROM kinesis.streams.|", ["clicks"]),
    ("SELECT * FROM Kinesis . Streams . C|", ["clicks"]),
    ("DROP STREAM kinesis.streams.c|", ["clicks"]),
    ("ALTER STREAM kinesis.|", ["streams", "system"]),
    ("SHOW STREAMS FROM kinesis.|", ["streams", "system"]),
    ("SELECT * FROM orders, c|", ["customers"]),
    ("SELECT * FROM orders o JOIN na|", ["nation"]),
    ("INSERT INTO na|", ["nation"]),
    ("DROP TABLE na|", ["nation"]),
    ("DROP TABLE IF EXISTS na|", ["nation"]),
    ("DESCRIBE na|", ["nation"]),
    ("SHOW CREATE TABLE na|", ["nation"]),
    ("SHOW PARTITIONS na|", ["nation"]),
    ("MSCK REPAIR TABLE ord|", ["`order`", "orders"]),
    ("SHOW COLUMNS FROM na|", ["nation"]),
    ("SHOW TABLES IN |", ["default", "sales", "web"]),
    ("DROP DATABASE w|", ["web"]),
    ("CREATE TABLE na|", []),
    ("CREATE DATABASE w|", []),
    ("WITH recent AS (SELECT 1 AS a) SELECT * FROM rec|", ["recent"]),
    # Columns in scope.
    ("SELECT or| FROM orders", ["orderkey", "orders"]),
    ("SELECT cust| FROM orders", ["custkey"]),
    ("SELECT o.| FROM orders o", ["orderkey", "custkey", "total"]),
    ("SELECT o.| FROM orders AS o", ["orderkey", "custkey", "total"]),
    ("SELECT orders.t| FROM orders", ["total"]),
    ("SELECT * FROM orders WHERE t|", ["total", "timestamp", "true", "try_cast"]),
    ("SELECT c.n| FROM orders o JOIN customers c ON o.custkey = c.custkey", ["name"]),
    ("SELECT * FROM orders o JOIN customers c ON o.cus|", ["custkey"]),
    ("SELECT * FROM orders JOIN customers USING (cust|", ["custkey"]),
    ("SELECT r.| FROM sales.refunds r", ["amount", "day"]),
    ("SELECT click| FROM kinesis.streams.clicks", ["click_id", "clicks"]),
    ("SELECT home.| FROM customers", ["street", "city"]),
    ("SELECT c.home.ci| FROM customers c", ["city"]),
    ("SELECT * FROM orders ORDER BY to|", ["total"]),
    ("SELECT * FROM orders WHERE custkey IN (SELECT c.| FROM customers c)", ["custkey", "name", "home"]),
    ("SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.custkey = o.|)", [
        "orderkey", "custkey", "total",
    ]),
    ("SELECT q.| FROM (SELECT orderkey AS k, o.total FROM orders o) q", ["k", "total"]),
    ("SELECT q.| FROM (SELECT *, 1 AS one FROM sales.refunds) q", ["amount", "day", "one"]),
    ("SELECT * FROM (SELECT x.| FROM orders o) q", []),
    ("WITH r AS (SELECT amount AS a FROM sales.refunds), s (b) AS (SELECT 1) SELECT s.| FROM r, s", ["b"]),
    ("WITH r AS (SELECT amount AS a FROM sales.refunds) SELECT r.| FROM r", ["a"]),
    ("SELECT u.| FROM orders CROSS JOIN UNNEST(ARRAY[1]) AS u (element, place)", ["element", "place"]),
    ("SELECT x FROM orders UNION SELECT am| FROM sales.refunds", ["amount"]),
    ("SELECT total FROM orders; SELECT am| FROM sales.refunds", ["amount"]),
    ("INSERT INTO sales.refunds (a|", ["amount"]),
    ("INSERT INTO sales.refunds (amount, d|", ["day"]),
    ("UPDATE orders SET to|", ["total"]),
    ("DELETE FROM orders WHERE ord|", ["orderkey", "orders"]),
    ("SELECT lower(na| FROM customers", ["name"]),
    # Functions, once something is typed.
    ("SELECT lo| FROM nation", ["lower("]),
    ("SELECT l|", ["lower(", "lpad("]),
    # A statement that no grammar takes: its last word tells.
    ("SELECT a b c FROM na|", ["nation"]),
    ("SELECT total FROM orders o o o WHERE cust|", ["custkey"]),
    # Types.
    ("SELECT CAST(a AS big|", ["bigint"]),
    ("CREATE EXTERNAL TABLE t (a small|", ["smallint"]),
    # Procedures.
    ("CALL ki|", ["kinesis"]),
    ("CALL kinesis.s|", ["streams", "system"]),
    ("CALL kinesis.system.|", ["create_stream", "delete_stream"]),
    ("CALL kinesis.system.create_stream(s|", ["stream_name => ", "shard_count => ", "stream_mode => "]),
    ("CALL kinesis.system.create_stream(stream_name => 'x', sh|", ["shard_count => "]),
    ("CALL kinesis.system.create_stream(stream_mode => |", ["'ON_DEMAND'", "'PROVISIONED'"]),
    ("CALL kinesis.system.create_stream(stream_mode => 'on|", ["'ON_DEMAND'"]),
    ("CALL kinesis.system.create_stream(stream_name => s|", []),
    # Properties.
    ("CREATE TABLE t WITH (form|", ["format"]),
    ("CREATE TABLE t WITH (format = |", ["'avro'", "'json'", "'orc'", "'parquet'", "'textfile'"]),
    ("CREATE TABLE t WITH (format = 'par|", ["'parquet'"]),
    ("CREATE TABLE t WITH (format = 'orc', partitioned|", ["partitioned_by"]),
    ("CREATE STREAM s (a int) WITH (|", ["format", "on_error", "shard_count"]),
    ("CREATE STREAM IF NOT EXISTS s (a int) WITH (shard_count = 2, on|", ["on_error"]),
    ("CREATE STREAM s (a int) WITH (on_error = |", ["'fail'", "'null'"]),
    ("CREATE STREAM s (a int) WITH (on_error = 'f|", ["'fail'"]),
    ("ALTER STREAM s SET PROPERTIES |", ["format", "on_error", "shard_count"]),
    ("ALTER STREAM s SET PROPERTIES shard_count = 2, f|", ["format"]),
    (f"{PARTITIONED} TBLPROPERTIES ('projection.n.|", [f"'projection.n.{name}'" for name in OF_A_KEY]),
    (f"{PARTITIONED} TBLPROPERTIES ('projection.enabled'='true', 'projection.day.t|", ["'projection.day.type'"]),
    ("CREATE EXTERNAL TABLE t (a int) TBLPROPERTIES ('projection.enabled'='|", ["'false'", "'true'"]),
    (f"{PARTITIONED} TBLPROPERTIES ('projection.n.type' = '|", ["'date'", "'enum'", "'injected'", "'integer'"]),
    ("ALTER TABLE sales.refunds SET TBLPROPERTIES ('projection.day.ra|", ["'projection.day.range'"]),
    (
        "CREATE EXTERNAL TABLE t (a int) ROW FORMAT SERDE 'x' WITH SERDEPROPERTIES ('quo|",
        ["'quoteChar'"],
    ),
    # Where nothing is to be said.
    ("SELECT 'sel|", []),
    ("SELECT 1 -- sel|", []),
    ("SELECT /* sel|", []),
    ("SELECT 1 AS na|", []),
    # Commands.
    ("\\fo|", ["\\format"]),
    ("\\format c|", ["csv"]),
    ("\\x a|", ["auto"]),
    ("SELECT 1;\n\\ti|", ["\\timing"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EVERYTHING, ids=[text for text, _ in EVERYTHING])
def test_what_is_suggested(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_a_suggestion_takes_the_place_of_what_is_typed() -> None:
    for text in ("SELECT * FROM na|", "SELECT 1;  SELECT * FROM sales . na|", 'SELECT * FROM "na|'):
        found = completed(text)
        assert text[found.start :] in ("na|", '"na|')


def test_a_suggestion_tells_more() -> None:
    (column,) = completed("SELECT nam| FROM customers").suggestions
    assert (column.kind, column.detail) == (Kind.COLUMN, "varchar")
    (function,) = completed("SELECT low|").suggestions
    assert (function.kind, function.detail) == (Kind.FUNCTION, "lower(varchar(x)) -> varchar(x)")
    called = completed("CALL kinesis.system.create_stream(|").suggestions
    assert [one.detail for one in called if one.kind is Kind.PARAMETER] == [
        "varchar",
        "integer, may be left out",
        "varchar, may be left out",
    ]


def test_keywords_come_last() -> None:
    kinds = [one.kind for one in completed("SELECT c| FROM customers").suggestions]
    assert kinds.index(Kind.KEYWORD) > kinds.index(Kind.COLUMN)
    assert set(kinds[kinds.index(Kind.KEYWORD) :]) == {Kind.KEYWORD}


STRANGE = [
    *("", "(", "((((", ")", "SELECT (((", "WITH a AS (", "FROM FROM FROM", "'", "SELECT . ", "\\", "\\zz x", "CALL"),
    *("WITH r AS (SELECT * FROM r) SELECT * FROM r WHERE ", "SELECT * FROM (((a JOIN b ON (", "CREATE TABLE t WITH ("),
    *(
        "\x00",
        "SELECT * FROM a AS (",
        "INSERT INTO (",
        "CALL a.b.c(d(",
        "SELECT 1 é",
        "DROP IF EXISTS ",
        "SELECT a.b.c.d.e",
    ),
]


@pytest.mark.parametrize("text", STRANGE)
def test_no_text_is_too_strange(text: str) -> None:
    for cursor in range(len(text) + 1):
        found = complete(text, cursor, NAMES)
        assert 0 <= found.start <= cursor


WORDS = [
    "SELECT",
    "FROM",
    "WHERE",
    "JOIN",
    "ON",
    "WITH",
    "AS",
    "GROUP",
    "BY",
    "(",
    ")",
    ",",
    ".",
    ";",
    "*",
    "orders",
    "customers",
    "custkey",
    "o",
    "'a'",
    '"',
    "'",
    "`",
    "--",
    "/*",
    "\\",
    "CALL",
    "CREATE",
    "TABLE",
    "=",
    "TBLPROPERTIES",
    "=>",
    "UNION",
    "USING",
    "INSERT",
    "INTO",
    "kinesis",
    "system",
    "create_stream",
    "VALUES",
    "1",
    "DROP",
    "IF",
    "EXISTS",
    "\\G",
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(WORDS), max_size=14), st.integers(0, 200))
def test_no_words_in_any_order_are_too_strange(words: list[str], cursor: int) -> None:
    text = " ".join(words)
    cursor = min(cursor, len(text))
    assert 0 <= complete(text, cursor, NAMES).start <= cursor


def test_names_are_found_by_their_beginning() -> None:
    names = [f"t{number:06}" for number in range(100_000)]
    assert starting(names, "t09999") == [f"t09999{digit}" for digit in range(10)]
    assert starting(names, "x") == []
    assert len(starting(names, "t")) == len(starting(names, "")) == 200
    assert starting(["a", "ab", "ab\U0001f600", "b"], "ab") == ["ab", "ab\U0001f600"]


def test_the_properties_of_ctas_are_those_that_the_engine_reads() -> None:
    assert set(properties.CTAS) == {one.name for one in fields(TableProperties)}
