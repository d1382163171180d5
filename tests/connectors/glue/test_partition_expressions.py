"""Expressions that select partitions: the language, its types, its refusals, and the index that answers them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.spi import Domain, Range, catalog_model
from owlake_connectors.glue.catalog.expressions.filters import partition_filter

KEYS = (("s", "string"), ("i", "int"), ("d", "date"), ("x", "decimal(8,2)"))
TEXTS = ("a", "ab", "abc", "b", "it's", "2", "%", "é", "")
ROWS = [
    (text, str(number), f"2024-0{number % 3 + 1}-{day:02}", price)
    for text in TEXTS
    for number, price in ((-3, "1.5"), (2, "2"), (10, "2.50"))
    for day in (1, 15)
]


def columns(keys: Sequence[tuple[str, str]]) -> tuple[catalog_model.Column, ...]:
    return tuple(catalog_model.Column(name, type_) for name, type_ in keys)


def accepted(type_: str, values: Sequence[str], expression: str) -> list[str]:
    found = partition_filter(expression, columns([("k", type_)]))
    return [value for value in values if found.accepts((value,))]


def refused(type_: str, expression: str, value: str = "1") -> tuple[str, str]:
    with pytest.raises(OwlakeError) as caught:
        partition_filter(expression, columns([("k", type_)])).accepts((value,))
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    "expression",
    [
        "k = 2",
        "k = '2'",
        "K = 2",
        '"k" = 2',
        "`k` = 2",
        "k IN (2)",
        "k in (6, '4', (2))",
        "k between 2 AND 2",
        "k BETWEEN '1' (and) 2 and k <> 1",
        "k > 1 AND k < 3",
        "k >= 2 and k != 3",
        "(k) = ((2)) (OR) (((k))) = (2)",
        "((k = 2))",
        "k IS NOT NULL and k = 2",
        "k not IN (1, 3)",
        "NOT k IN (1, 3)",
        "k NOT BETWEEN 1 AND 1 and k NOT BETWEEN 3 AND 3",
        "NOT (k = 1 OR k = 3)",
        "not not (not (k = 1 or k > 2)) or k = +02",
        "k = 1 AND k = 3 OR k = 2",
        "k = 2 OR k = 3 AND k = 1",
    ],
)
def test_ways_to_say_two(expression: str) -> None:
    assert accepted("int", ["1", "2", "3"], expression) == ["2"]


def test_a_blank_expression_lets_everything_through() -> None:
    assert accepted("int", ["1", "x"], "") == ["1", "x"]
    assert accepted("int", ["1", "x"], " \n ") == ["1", "x"]


@pytest.mark.parametrize(
    ("type_", "expression", "values", "expected"),
    [
        ("string", "k = 2", ["2", "02", "two"], ["2"]),
        ("string", "k > '10'", ["9", "10", "100"], ["9", "100"]),
        ("int", "k > '10'", ["9", "10", "100"], ["100"]),
        ("string", "k = 'it''s'", ["it's", "its"], ["it's"]),
        ("string", "k LIKE 't_o%'", ["two", "toto", "t.o!", "TWO"], ["two", "t.o!"]),
        ("string", "k NOT LIKE '%e' AND k not like '_'", ["one", "two", "2", "three"], ["two"]),
        ("varchar(3)", "k LIKE '%.%'", ["a.b", "ab"], ["a.b"]),
        ("decimal(5,2)", "k between 2 and 3e10", ["1.2", "2.60", "3e14"], ["2.60"]),
        ("decimal", "k in (6, '4', 2.60)", ["2.6", "4.0", "5"], ["2.6", "4.0"]),
        ("date", "k >= '2024-01-31'", ["2024-01-30", "2024-01-31", "2024-2-1"], ["2024-01-31", "2024-2-1"]),
        (
            "timestamp",
            "k > '2024-01-01 00:00:00.5'",
            ["2024-01-01 00:00:00.500000001", "2024-01-01 00:00:00.50", "2024-01-01 00:00:01"],
            ["2024-01-01 00:00:00.500000001", "2024-01-01 00:00:01"],
        ),
        ("bigint", "k > 9223372036854775808", ["9223372036854775807"], []),
        ("long", "k < 10", ["9", "10"], ["9"]),
        ("int", "k between 3 and 1", ["1", "2", "3"], []),
    ],
)
def test_literals_are_of_the_type_of_the_key(
    type_: str, expression: str, values: list[str], expected: list[str]
) -> None:
    assert accepted(type_, values, expression) == expected


def test_no_value_is_null() -> None:
    """As in Glue: what Hive writes for NULL is a text, which names can be compared with and numbers not."""
    values = ["__HIVE_DEFAULT_PARTITION__", "null", "a"]
    assert accepted("string", values, "k IS NULL") == []
    assert accepted("string", values, "k IS NOT NULL") == values
    assert accepted("string", values, "k = '__HIVE_DEFAULT_PARTITION__'") == values[:1]
    assert refused("int", "k >= 0", "null") == (
        "InvalidStateException",
        'For input string: "null" is not an integer.',
    )


@pytest.mark.parametrize(
    ("type_", "expression", "text"),
    [
        ("int", "k = 'test'", 'For input string: "test" is not an integer.'),
        ("bigint", "k in (1, 2.5)", 'For input string: "2.5" is not an integer.'),
        ("int", "k = ' 2'", 'For input string: " 2" is not an integer.'),
        ("decimal(3,1)", "k = 'test'", "test is not a decimal."),
        ("decimal(3,1)", "k = 'NaN'", "NaN is not a decimal."),
        ("date", "k < '2024-02-30'", "2024-02-30 is not a date."),
        ("date", "k < 20240101", "20240101 is not a date."),
        (
            "timestamp",
            "k = '2024-01-01'",
            "Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff] 2024-01-01 is not a timestamp.",
        ),
        ("int", "k LIKE '2'", "Integral data type doesn't support operation 'LIKE'"),
        ("decimal(3,1)", "k NOT LIKE '2'", "Decimal data type doesn't support operation 'LIKE'"),
        ("date", "k LIKE '2%'", "Date data type doesn't support operation 'LIKE'"),
        ("timestamp", "k LIKE '2%'", "Timestamp data type doesn't support operation 'LIKE'"),
        ("float", "k = 3.14", "Unknown type : 'float'"),
        ("boolean", "k = 'true'", "Unknown type : 'boolean'"),
        ("int", "unknown IS NULL", "Invalid partition expression!"),
        ("int", "k = 1 OR other = 'x'", "Invalid partition expression!"),
    ],
)
def test_what_types_and_names_refuse(type_: str, expression: str, text: str) -> None:
    assert refused(type_, expression) == ("InvalidInputException", text)


@pytest.mark.parametrize(
    "expression",
    [
        "k IS test' AND not parsable",
        "k",
        "k =",
        "= 2",
        "2 = k",
        "k = k",
        "k = 2 AND",
        "(k = 2",
        "k = 2)",
        "((k) = 2",
        "k IN ()",
        "k IN (1,)",
        "k IN 1",
        "k BETWEEN 1",
        "k BETWEEN 1 OR 2",
        "k LIKE 2",
        "k LIKE (2)",
        "k NOT = 2",
        "k = 2 k = 3",
        "k = 2 (AND k = 3)",
        "NOT",
        "AND = 1",
        "upper(k) = 'A'",
        "k = 'a",
        "k + 1 = 2",
        "k = 2;",
        "()",
    ],
)
def test_what_is_no_expression(expression: str) -> None:
    assert refused("int", expression) == ("InvalidInputException", f"Unsupported expression '{expression}'")


def test_depth_is_no_problem() -> None:
    assert accepted("int", ["1", "2"], "(" * 1000 + "k = 2" + ")" * 1000) == ["2"]
    assert accepted("int", ["1", "2"], "NOT " * 500 + "k = 2") == ["2"]
    nested = "k = 2"
    while len(nested) < 2000:
        nested = f"k=1 OR(k=2 AND({nested}))"
    assert accepted("int", ["1", "2", "3"], nested) == ["1", "2"]


def test_a_value_that_cannot_be_read_is_an_error_only_where_nothing_else_decides() -> None:
    keys = columns([("s", "string"), ("i", "int")])
    assert not partition_filter("i = 1 AND s = 'a'", keys).accepts(("b", "x"))
    assert partition_filter("i = 1 OR s = 'b'", keys).accepts(("b", "x"))
    for expression in ("i = 1 AND s = 'b'", "i = 1 OR s = 'a'", "NOT i = 1"):
        with pytest.raises(OwlakeError, match='"x" is not an integer'):
            partition_filter(expression, keys).accepts(("b", "x"))


def test_what_the_index_is_asked() -> None:
    def asked(expression: str) -> object:
        return partition_filter(expression, columns(KEYS)).constraint

    day = date(2024, 1, 31)
    assert asked("s = 'a' AND i > 3 AND i <= 7") == {
        "s": Domain(frozenset(["a"]), null_allowed=True),
        "i": Domain(ranges=(Range(3, 7, low_inclusive=False),), null_allowed=True),
    }
    assert asked("d = '2024-01-31' OR d > '2024-02-01' AND i = 1") == {
        "d": Domain(ranges=(Range(day, day), Range(date(2024, 2, 1), None, low_inclusive=False)), null_allowed=True)
    }
    assert asked("s LIKE 'ab%c'") == {"s": Domain(ranges=(Range("ab", "ac", high_inclusive=False),), null_allowed=True)}
    for expression in ("x = 1", "NOT i = 1", "i <> 1", "s = 'a' OR i = 1", "i = 99999999999999999999", "s LIKE '%a'"):
        assert asked(expression) == {}, expression


LITERALS = {
    "s": st.sampled_from(TEXTS).map(lambda text: "'" + text.replace("'", "''") + "'"),
    "i": st.integers(-4, 11).map(str),
    "d": st.dates(date(2023, 12, 30), date(2024, 4, 1)).map(lambda day: f"'{day}'"),
    "x": st.sampled_from(["1.5", "2", "2.00", "2.5", "3"]),
}


@st.composite
def conditions(draw: st.DrawFn) -> str:
    key = draw(st.sampled_from("sidx"))
    literal = LITERALS[key]
    not_ = draw(st.sampled_from(["", "NOT "]))
    match draw(st.sampled_from(["compare", "in", "between", "null", "like"])):
        case "in":
            return f"{key} {not_}IN ({', '.join(draw(st.lists(literal, min_size=1, max_size=3)))})"
        case "between":
            return f"{key} {not_}BETWEEN {draw(literal)} AND {draw(literal)}"
        case "null":
            return f"{key} IS {not_}NULL"
        case "like":
            return f"s {not_}LIKE '{draw(st.sampled_from(['a%', 'ab', '_', '%b%', 'it%', '%']))}'"
    return f"{key} {draw(st.sampled_from(['=', '<>', '<', '<=', '>', '>=']))} {draw(literal)}"


EXPRESSIONS = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(" ".join),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"NOT ({one})"),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder: Path = tmp_path_factory.mktemp("expressions")
    with Home.open(folder / "home") as opened:
        with opened.metastore.write() as catalog:
            storage = catalog_model.StorageDescriptor(location="s3://lake/t/")
            catalog.create_table(catalog_model.Table("default", "t", storage, columns(KEYS)))
            catalog.create_partitions("default", "t", [catalog_model.Partition(row, storage) for row in ROWS])
        yield opened


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (n int, s varchar, i int, d date, x decimal(8,2))")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [(n, *row) for n, row in enumerate(ROWS)])
        yield connection


@settings(max_examples=80, deadline=None)
@given(expression=EXPRESSIONS)
def test_an_expression_means_what_it_means_in_sql(home: Home, duck: duckdb.DuckDBPyConnection, expression: str) -> None:
    found = partition_filter(expression, columns(KEYS))
    with home.metastore.read() as catalog:
        partitions = catalog.iterate_partitions("default", "t", found.constraint)
        chosen = {one.values for one in partitions if found.accepts(one.values)}
    expected = duck.execute(f"SELECT n FROM t WHERE {expression}").fetchall()
    assert chosen == {ROWS[n] for (n,) in expected}
