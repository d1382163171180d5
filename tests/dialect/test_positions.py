"""Where nodes stand: errors of analysis point there, and Trino's tests tell where."""

import pytest

from owlake.dialect.nodes import expressions, relations
from owlake.dialect.nodes.base import Node, Position
from owlake.dialect.parser import parse, parse_query
from owlake.dialect.traversal import walk

# (SQL, class of the node, its place). Operators and predicates stand at themselves, the rest at its first token.
PLACES = [
    ("SELECT a.b", expressions.Dereference, (1, 8)),
    ("SELECT f(x)", expressions.FunctionCall, (1, 8)),
    ("SELECT a[1]", expressions.Subscript, (1, 8)),
    ("SELECT a || b", expressions.FunctionCall, (1, 10)),
    ("SELECT a IS NULL", expressions.IsNull, (1, 10)),
    ("SELECT a BETWEEN 1 AND 2", expressions.Between, (1, 10)),
    ("SELECT a NOT BETWEEN 1 AND 2", expressions.Between, (1, 10)),
    ("SELECT a NOT IN (1)", expressions.Not, (1, 10)),
    ("SELECT a IN (1)", expressions.InList, (1, 10)),
    ("SELECT a LIKE 'x'", expressions.Like, (1, 10)),
    ("SELECT NOT a", expressions.Not, (1, 8)),
    ("SELECT a = b OR c", expressions.Logical, (1, 8)),
    ("SELECT a > ALL (SELECT 1)", expressions.QuantifiedComparison, (1, 10)),
    ("SELECT a AT TIME ZONE 'x'", expressions.AtTimeZone, (1, 10)),
    ("SELECT CAST(a AS date)", expressions.Cast, (1, 8)),
    ("SELECT CASE a WHEN 1 THEN 2 END", expressions.SimpleCase, (1, 8)),
    ("SELECT CASE a WHEN 1 THEN 2 END", expressions.WhenClause, (1, 15)),
    ("SELECT (SELECT 1)", expressions.ScalarSubquery, (1, 8)),
    ("SELECT EXISTS (SELECT 1)", expressions.Exists, (1, 8)),
    ("SELECT (a, b)", expressions.Row, (1, 8)),
    ("SELECT x -> y", expressions.Lambda, (1, 8)),
    ("SELECT -1", expressions.LongLiteral, (1, 8)),
    ("SELECT f() OVER (ORDER BY a)", expressions.WindowSpecification, (1, 18)),
    ("SELECT f() OVER (ORDER BY a)", relations.SortItem, (1, 27)),
    ("SELECT a b", relations.SingleColumn, (1, 8)),
    ("SELECT t.*", relations.AllColumns, (1, 8)),
    ("SELECT 1 FROM t x", relations.AliasedRelation, (1, 15)),
    ("SELECT 1 FROM (t) x", relations.AliasedRelation, (1, 15)),
    ("SELECT 1 FROM (SELECT 2) x", relations.TableSubquery, (1, 15)),
    ("SELECT 1 FROM t JOIN u ON a", relations.Join, (1, 15)),
    ("SELECT 1 FROM t\nUNION SELECT 2", relations.SetOperation, (2, 1)),
    ("SELECT 1 FROM UNNEST(a)", relations.Unnest, (1, 15)),
    ("SELECT 1 FROM TABLE(f(1))", relations.TableFunctionInvocation, (1, 21)),
    ("WITH a AS (SELECT 1) TABLE a", relations.WithQuery, (1, 6)),
]

OPERATORS = [
    ("SELECT 1 + 'a'", expressions.ArithmeticBinary, (1, 10)),
    ("SELECT a\n  * b", expressions.ArithmeticBinary, (2, 3)),
    ("SELECT a = b", expressions.Comparison, (1, 10)),
    ("SELECT a IS DISTINCT FROM b", expressions.Comparison, (1, 10)),
]


def find(text: str, kind: type[Node]) -> Node:
    return next(node for node in walk(parse_query(text)) if isinstance(node, kind))


@pytest.mark.parametrize(("text", "kind", "place"), PLACES)
def test_a_node_stands_where_trinos_does(text: str, kind: type[Node], place: tuple[int, int]) -> None:
    assert find(text, kind).position == place


@pytest.mark.parametrize(("text", "kind", "place"), OPERATORS)
def test_an_operator_knows_its_own_place(text: str, kind: type[Node], place: tuple[int, int]) -> None:
    operator = find(text, kind)
    assert operator.operator_position == place
    assert operator.position == Position(1, 8)


def test_blanks_before_a_statement_do_not_count_but_comments_do() -> None:
    statement = parse("\n\n  /* c */ SELECT 1")
    assert statement.position == (1, 9)
