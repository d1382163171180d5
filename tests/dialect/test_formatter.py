"""Trees back to SQL: in Trino's layout, and always to the same tree."""

import pytest

from owlake.dialect.formatter import format_create_table_as, format_expression, format_query
from owlake.dialect.nodes.base import Node
from owlake.dialect.nodes.expressions import DoubleLiteral
from owlake.dialect.nodes.statements import CreateTableAs
from owlake.dialect.parser import parse, parse_expression, parse_query, parse_type
from tests.dialect.corpus import QUERIES

# Trino's formatter writes lines of this shape; two blanks in a row are its own.
LAYOUTS = [
    ("select 1 as n", "SELECT 1 n\n\n"),
    (
        "SELECT a, b AS c, t.* FROM s.t WHERE a = 1 GROUP BY a, b HAVING c ORDER BY a DESC LIMIT 3",
        "SELECT\n  a\n, b c\n, t.*\nFROM\n  s.t\nWHERE (a = 1)\nGROUP BY a, b\nHAVING c\nORDER BY a DESC\nLIMIT 3\n",
    ),
    (
        "SELECT * FROM (SELECT 1) x",
        "SELECT *\nFROM\n  (\n   SELECT 1\n\n)  x\n",
    ),
    (
        "SELECT * FROM a JOIN b ON c = d, e",
        "SELECT *\nFROM\n  (a\nINNER JOIN b ON (c = d))\n, e\n",
    ),
    (
        "WITH x (y) AS (SELECT 1) TABLE x",
        "WITH\n  x (y) AS (\n   SELECT 1\n\n) \nTABLE x\n",
    ),
    ("SELECT 1 UNION ALL SELECT 2", "SELECT 1\n\nUNION ALL SELECT 2\n\n"),
    ("VALUES 1, (2, 3)", " VALUES \n  1\n, ROW (2, 3)\n"),
]

EXPRESSIONS = [
    ("a+b*c", "(a + (b * c))"),
    ("a and b or not c", "((a AND b) OR (NOT c))"),
    ("a not in (1,2)", "(NOT (a IN (1, 2)))"),
    ("a between 1 and 2", "(a BETWEEN 1 AND 2)"),
    ("-a", "-(a)"),
    ("-1", "-1"),
    ("1e0", "1E0"),
    ("-150e-2", "-1.5E0"),
    ("123456789012e3", "1.23456789012E14"),
    ("0e5", "0E0"),
    ("1.50", "1.50"),
    ("'it''s'", "'it''s'"),
    ("X'ab'", "X'AB'"),
    ("date '2020-01-01'", "date '2020-01-01'"),
    ("interval '1' day", "INTERVAL  '1' DAY"),
    ("interval -'1-2' year to month", "INTERVAL -  '1-2' YEAR TO MONTH"),
    ('"a""b".c', '"a""b".c'),
    ("count(*)", "count(*)"),
    (
        "Sum(DISTINCT a) filter (where b) over (partition by c order by d)",
        "Sum(DISTINCT a) FILTER (WHERE b) OVER (PARTITION BY c ORDER BY d ASC)",
    ),
    ("case when a then b else c end", "(CASE WHEN a THEN b ELSE c END)"),
    ("cast(a as bigint)", "CAST(a AS bigint)"),
    ("try_cast(a as VARCHAR(3))", "TRY_CAST(a AS VARCHAR(3))"),
    ("a || b || c", "concat(concat(a, b), c)"),
    ("x -> x + 1", "(x) -> (x + 1)"),
    ("array[1,2]", "ARRAY[1,2]"),
    ("(1, 2)", "ROW (1, 2)"),
    ("current_date", "current_date"),
    ("null = true", "(null = true)"),
    ("trim(leading 'x' from a)", "trim(LEADING 'x' FROM a)"),
    ("extract(year from a)", "EXTRACT(YEAR FROM a)"),
]

TYPES = ["bigint", "DECIMAL(10, 2)", "timestamp(3) with time zone", "ROW(x bigint, VARCHAR)", "INTERVAL YEAR TO MONTH"]


def shape(value: object) -> object:
    """A tree without positions; doubles by their value, as their digits are written anew."""
    if isinstance(value, DoubleLiteral):
        return float(value.text)
    if isinstance(value, Node):
        names = [name for name in value.compared if name not in ("position", "operator_position")]
        return (type(value).__name__, *(shape(getattr(value, name)) for name in names))
    return tuple(map(shape, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize(("text", "layout"), LAYOUTS)
def test_a_query_is_laid_out_as_trino_does(text: str, layout: str) -> None:
    assert format_query(parse_query(text)) == layout


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_an_expression_is_written_as_trino_does(text: str, expected: str) -> None:
    assert format_expression(parse_expression(text)) == expected


@pytest.mark.parametrize("text", TYPES)
def test_a_type_is_written_as_the_person_spelled_it(text: str) -> None:
    assert format_expression(parse_type(text)) == text


@pytest.mark.parametrize("text", QUERIES)
def test_a_query_printed_and_read_again_is_the_same_tree(text: str) -> None:
    query = parse_query(text)
    assert shape(parse_query(format_query(query))) == shape(query)


# Where Athena reports errors of CREATE TABLE AS: in the statement as its formatter prints it, with one property more.
CREATED = [
    ("CREATE TABLE x AS SELECT * FROM nosrc", "nosrc", (6, 3)),
    ("CREATE TABLE IF NOT EXISTS  d.x\nAS SELECT *\n\nFROM nosrc", "nosrc", (6, 3)),
    ("CREATE TABLE x AS SELECT nocol FROM t", "nocol", (4, 13)),
    ("CREATE TABLE x AS SELECT a, b, nocol FROM t", "nocol", (7, 3)),
    ("CREATE TABLE x WITH (format = 'ORC') AS SELECT * FROM nosrc", "nosrc", (7, 3)),
    ("CREATE TABLE x AS (SELECT * FROM nosrc)", "nosrc", (7, 6)),
    ("CREATE TABLE x AS WITH w AS (SELECT * FROM nosrc) SELECT * FROM w", "nosrc", (8, 6)),
    ("CREATE TABLE x AS SELECT 1 + 'a' b", "+", (4, 16)),
    ("CREATE TABLE x AS SELECT * FROM t WHERE nocol", "nocol", (7, 7)),
]


@pytest.mark.parametrize(("text", "part", "place"), CREATED)
def test_create_table_as_is_laid_out_where_athena_reports_its_errors(
    text: str, part: str, place: tuple[int, int]
) -> None:
    statement = parse(text)
    assert isinstance(statement, CreateTableAs)
    lines = format_create_table_as(statement, [("added", "'property'")]).split("\n")
    line, column = place
    assert lines[line - 1][column - 1 :].startswith(part)
    parse("\n".join(lines))
