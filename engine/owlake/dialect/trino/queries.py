"""Queries of the Trino side, from WITH to LIMIT."""

from __future__ import annotations

from collections.abc import Callable

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.base import Expression, Identifier, Position
from owlake.dialect.nodes.expressions import Parameter
from owlake.dialect.nodes.relations import (
    AllColumns,
    GroupBy,
    GroupingElement,
    Join,
    Limit,
    Query,
    QueryBody,
    QuerySpecification,
    Relation,
    SelectItem,
    SetOperation,
    SingleColumn,
    Table,
    Values,
    WindowDefinition,
    With,
    WithQuery,
)
from owlake.dialect.trino import expressions, primaries, relations, windows
from owlake.dialect.trino.calls import set_quantifier
from owlake.dialect.trino.literals import whole_number
from owlake.dialect.trino.names import identifier, identifiers, optional_identifiers, qualified_name
from owlake.dialect.trino.parentheses import QUERY_STARTS, begins_clause

# Behind a parenthesis in GROUP BY these make it part of an expression; otherwise it holds a grouping set.
_CONTINUATIONS = frozenset(
    {"+", "-", "*", "/", "%", "||", ".", "[", "->", "=", "<>", "<", "<=", ">", ">="}
    | {"AND", "OR", "NOT", "IS", "IN", "LIKE", "BETWEEN", "AT"}
)


def query(cursor: Cursor) -> Query:
    """A query with all its parts."""
    cursor.rule("<query>")
    position = cursor.position
    return _query_without_with(cursor, position, _with(cursor) if cursor.kind == "WITH" else None)


def parenthesized_query(cursor: Cursor) -> Query:
    """``(query)``."""
    cursor.expect("(")
    result = query(cursor)
    cursor.expect(")")
    return result


def _with(cursor: Cursor) -> With:
    position = cursor.position
    cursor.expect("WITH")
    recursive = cursor.accept("RECURSIVE")
    queries = [_with_query(cursor)]
    while cursor.accept(","):
        queries.append(_with_query(cursor))
    return With(position, recursive, tuple(queries))


def _with_query(cursor: Cursor) -> WithQuery:
    position = cursor.position
    name = identifier(cursor)
    columns = optional_identifiers(cursor)
    cursor.expect("AS")
    return WithQuery(position, name, parenthesized_query(cursor), columns)


def _query_without_with(cursor: Cursor, position: Position, with_: With | None) -> Query:
    body = _term(cursor)
    order_by = windows.order_by(cursor)
    offset = None
    if cursor.accept("OFFSET"):
        offset = _row_count(cursor)
        if not cursor.accept("ROW"):
            cursor.accept("ROWS")
    return Query(position, with_, body, order_by, offset, _limit(cursor))


def _row_count(cursor: Cursor) -> int | Parameter:
    if cursor.kind == "?":
        return primaries.parameter(cursor)
    cursor.note("?")
    return whole_number(cursor)


def _limit(cursor: Cursor) -> Limit | None:
    position = cursor.position
    if cursor.accept("LIMIT"):
        return Limit(position, None if cursor.accept("ALL") else _row_count(cursor))
    if not cursor.accept("FETCH"):
        return None
    cursor.expect_one_of("FIRST", "NEXT")
    count: int | Parameter = 1
    if cursor.kind not in ("ROW", "ROWS"):
        cursor.note("ROW", "ROWS")
        count = _row_count(cursor)
    cursor.expect_one_of("ROW", "ROWS")
    with_ties = cursor.expect_one_of("ONLY", "WITH") == "WITH"
    if with_ties:
        cursor.expect("TIES")
    return Limit(position, count, with_ties, fetch=True)


def _term(cursor: Cursor) -> QueryBody:
    """UNION and EXCEPT, left to right; INTERSECT binds tighter."""
    left = _intersection(cursor)
    while cursor.kind in ("UNION", "EXCEPT"):
        left = _set_operation(cursor, left, _intersection)
    cursor.note("UNION", "EXCEPT")
    return left


def _intersection(cursor: Cursor) -> QueryBody:
    left = _primary(cursor)
    while cursor.kind == "INTERSECT":
        left = _set_operation(cursor, left, _primary)
    cursor.note("INTERSECT")
    return left


def _set_operation(cursor: Cursor, left: QueryBody, operand: Callable[[Cursor], QueryBody]) -> SetOperation:
    """A chain of one operator with one quantifier, as far as it goes."""
    position = cursor.position
    operator = cursor.kind
    operands = [left]
    distinct = True
    while cursor.kind == operator:
        quantifier = cursor.peek()
        if len(operands) > 1 and (quantifier != "ALL") != distinct:
            break
        distinct = quantifier != "ALL"
        cursor.advance()
        if not cursor.accept("ALL"):
            cursor.accept("DISTINCT")
        operands.append(operand(cursor))
    return SetOperation(position, operator, distinct, tuple(operands))


def _primary(cursor: Cursor) -> QueryBody:
    position = cursor.position
    kind = cursor.kind
    if kind == "SELECT":
        return _specification(cursor)
    if kind == "VALUES":
        cursor.advance()
        return Values(position, expressions.expressions(cursor))
    if kind == "TABLE":
        cursor.advance()
        return Table(position, qualified_name(cursor))
    if kind != "(":
        cursor.fail("(", "SELECT", "TABLE", "VALUES")
    cursor.advance()
    nested = _query_without_with(cursor, cursor.position, None)
    cursor.expect(")")
    return nested


def _specification(cursor: Cursor) -> QuerySpecification:
    position = cursor.position
    cursor.expect("SELECT")
    distinct = set_quantifier(cursor) == "DISTINCT"
    select = _select_items(cursor)
    from_ = _from(cursor, position) if cursor.accept("FROM") else None
    where = expressions.expression(cursor) if cursor.accept("WHERE") else None
    group_by = _group_by(cursor) if cursor.accept("GROUP") else None
    having = expressions.expression(cursor) if cursor.accept("HAVING") else None
    return QuerySpecification(position, distinct, select, from_, where, group_by, having, _windows(cursor))


def _select_items(cursor: Cursor) -> tuple[SelectItem, ...]:
    outer_star = cursor.star
    items = [_select_item(cursor)]
    while cursor.accept(","):
        items.append(_select_item(cursor))
    cursor.star = outer_star
    return tuple(items)


def _select_item(cursor: Cursor) -> SelectItem:
    position = cursor.position
    if cursor.accept("*"):
        return AllColumns(position, None)
    cursor.star = cursor.index
    value = expressions.expression(cursor)
    if cursor.kind == ".":
        cursor.expect(".", "*")
        return AllColumns(position, value, identifiers(cursor) if cursor.accept("AS") else ())
    return SingleColumn(position, value, alias(cursor))


def alias(cursor: Cursor) -> Identifier | None:
    """``[AS] name``, or nothing."""
    if cursor.accept("AS"):
        return identifier(cursor)
    if cursor.kind in NAMES and not begins_clause(cursor, cursor.index):
        return identifier(cursor)
    if cursor.recording:
        cursor.note("<identifier>")
    return None


def _from(cursor: Cursor, position: Position) -> Relation:
    # Trino puts the joins that commas make at the word SELECT.
    result = relations.relation(cursor)
    while cursor.accept(","):
        result = Join(position, "IMPLICIT", result, relations.relation(cursor))
    return result


def _group_by(cursor: Cursor) -> GroupBy:
    cursor.expect("BY")
    position = cursor.position
    distinct = set_quantifier(cursor) == "DISTINCT"
    elements = [_grouping_element(cursor)]
    while cursor.accept(","):
        elements.append(_grouping_element(cursor))
    return GroupBy(position, distinct, tuple(elements))


def _grouping_element(cursor: Cursor) -> GroupingElement:
    position = cursor.position
    kind = cursor.kind
    if kind == "GROUPING" and cursor.peek() == "SETS":
        cursor.expect("GROUPING", "SETS", "(")
        return GroupingElement(position, "SETS", _grouping_sets(cursor))
    if kind in ("ROLLUP", "CUBE"):
        cursor.advance()
        cursor.expect("(")
        if cursor.accept(")"):
            return GroupingElement(position, kind, ())
        return GroupingElement(position, kind, _grouping_sets(cursor))
    cursor.note("(", "CUBE", "GROUPING", "ROLLUP")
    return GroupingElement(position, "SIMPLE", (_grouping_set(cursor),))


def _grouping_sets(cursor: Cursor) -> tuple[tuple[Expression, ...], ...]:
    sets = [_grouping_set(cursor)]
    while cursor.accept(","):
        sets.append(_grouping_set(cursor))
    cursor.expect(")")
    return tuple(sets)


def _grouping_set(cursor: Cursor) -> tuple[Expression, ...]:
    cursor.note("(")
    if cursor.kind != "(" or _parenthesis_begins_expression(cursor):
        return (expressions.expression(cursor),)
    cursor.advance()
    if cursor.accept(")"):
        return ()
    items = expressions.expressions(cursor)
    cursor.expect(")")
    return items


def _parenthesis_begins_expression(cursor: Cursor) -> bool:
    if cursor.peek() in QUERY_STARTS:
        return True
    return cursor.kinds[cursor.closing(cursor.index) + 1] in _CONTINUATIONS


def _windows(cursor: Cursor) -> tuple[WindowDefinition, ...]:
    if not cursor.accept("WINDOW"):
        return ()
    definitions = [_window_definition(cursor)]
    while cursor.accept(","):
        definitions.append(_window_definition(cursor))
    return tuple(definitions)


def _window_definition(cursor: Cursor) -> WindowDefinition:
    position = cursor.position
    name = identifier(cursor)
    cursor.expect("AS")
    return WindowDefinition(position, name, windows.parenthesized_specification(cursor))
