"""Relations of FROM: tables, joins, subqueries, UNNEST, samples, and table functions."""

from __future__ import annotations

from collections.abc import Callable

from owlake.dialect.cursor import Cursor
from owlake.dialect.nodes.base import Expression, Identifier, Position
from owlake.dialect.nodes.relations import (
    AliasedRelation,
    Join,
    Lateral,
    QueryPeriod,
    Relation,
    SampledRelation,
    Table,
    TableSubquery,
    Unnest,
)
from owlake.dialect.trino import expressions, json_table, patterns, queries, table_functions
from owlake.dialect.trino.names import identifiers, optional_identifiers, qualified_name
from owlake.dialect.trino.parentheses import opens_query

_JOIN_KINDS = ("LEFT", "RIGHT", "FULL")


def relation(cursor: Cursor) -> Relation:
    """A relation with its joins, left to right."""
    position = cursor.position
    left = _sampled(cursor)
    while True:
        kind = cursor.kind
        if kind == "CROSS":
            cursor.expect("CROSS", "JOIN")
            left = Join(position, "CROSS", left, _sampled(cursor))
        elif kind == "NATURAL":
            cursor.advance()
            join_kind = _join_kind(cursor)
            left = Join(position, join_kind, left, _sampled(cursor), natural=True)
        elif kind in ("JOIN", "INNER", *_JOIN_KINDS):
            join_kind = _join_kind(cursor)
            right = relation(cursor)
            on, using = _criteria(cursor)
            left = Join(position, join_kind, left, right, on=on, using=using)
        else:
            cursor.note("CROSS", "NATURAL", "JOIN", "INNER", *_JOIN_KINDS)
            return left


def _join_kind(cursor: Cursor) -> str:
    kind = "INNER"
    if cursor.kind in _JOIN_KINDS:
        kind = cursor.kind
        cursor.advance()
        cursor.accept("OUTER")
    elif not cursor.accept("INNER"):
        cursor.note(*_JOIN_KINDS)
    cursor.expect("JOIN")
    return kind


def _criteria(cursor: Cursor) -> tuple[Expression | None, tuple[Identifier, ...]]:
    if cursor.accept("ON"):
        return expressions.expression(cursor), ()
    cursor.expect("USING")
    return None, identifiers(cursor)


def _sampled(cursor: Cursor) -> Relation:
    position = cursor.position
    result = _recognized(cursor)
    if not cursor.accept("TABLESAMPLE"):
        return result
    method = cursor.expect_one_of("BERNOULLI", "SYSTEM")
    cursor.expect("(")
    percentage = expressions.expression(cursor)
    cursor.expect(")")
    return SampledRelation(position, result, method, percentage)


def _recognized(cursor: Cursor) -> Relation:
    position = cursor.position
    result = aliased(cursor, position, _primary(cursor))
    if cursor.kind != "MATCH_RECOGNIZE":
        cursor.note("MATCH_RECOGNIZE")
        return result
    return aliased(cursor, position, patterns.match_recognize(cursor, position, result))


def aliased(cursor: Cursor, position: Position, unaliased: Relation) -> Relation:
    """The relation, which begins at ``position``, with the alias that may follow it."""
    alias = queries.alias(cursor)
    if alias is None:
        return unaliased
    return AliasedRelation(position, unaliased, alias, optional_identifiers(cursor))


def _primary(cursor: Cursor) -> Relation:
    read = _PRIMARIES.get(cursor.kind)
    if read is not None and (cursor.kind != "LATERAL" or cursor.peek() == "("):
        return read(cursor)
    cursor.note("(", "LATERAL", "TABLE", "UNNEST")
    position = cursor.position
    name = qualified_name(cursor)
    if cursor.kind == "FOR":
        return Table(position, name, _period(cursor))
    cursor.note("FOR")
    return Table(position, name)


def _period(cursor: Cursor) -> QueryPeriod:
    position = cursor.position
    cursor.expect("FOR")
    kind = cursor.expect_one_of("TIMESTAMP", "VERSION")
    cursor.expect("AS", "OF")
    return QueryPeriod(position, kind, expressions.value_expression(cursor))


def _parenthesized(cursor: Cursor) -> Relation:
    position = cursor.position
    if opens_query(cursor, cursor.index):
        return TableSubquery(position, queries.parenthesized_query(cursor))
    cursor.expect("(")
    cursor.note("<query>")
    result = relation(cursor)
    cursor.expect(")")
    return result


def _unnest(cursor: Cursor) -> Unnest:
    position = cursor.position
    cursor.expect("UNNEST", "(")
    items = expressions.expressions(cursor)
    cursor.expect(")")
    with_ordinality = cursor.accept("WITH")
    if with_ordinality:
        cursor.expect("ORDINALITY")
    return Unnest(position, items, with_ordinality)


def _lateral(cursor: Cursor) -> Lateral:
    position = cursor.position
    cursor.expect("LATERAL")
    return Lateral(position, queries.parenthesized_query(cursor))


_PRIMARIES: dict[str, Callable[[Cursor], Relation]] = {
    "(": _parenthesized,
    "UNNEST": _unnest,
    "LATERAL": _lateral,
    "TABLE": table_functions.table_function,
    "JSON_TABLE": json_table.json_table,
}
