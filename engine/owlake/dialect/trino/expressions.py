"""Expressions of the Trino side: operators and predicates, by precedence.

From loose to tight: ``OR``; ``AND``; ``NOT``; one predicate; ``||``; ``+ -``; ``* / %``; signs; ``AT TIME ZONE``.
Chains of any length are read in a loop, so only parentheses cost depth. Positions are those of Trino's tree: a
predicate stands at its keyword, ``||`` at its operator, everything else at its first token.
"""

from __future__ import annotations

from collections.abc import Callable

from owlake.dialect.cursor import Cursor
from owlake.dialect.nodes.base import Expression, Identifier, Position, QualifiedName
from owlake.dialect.nodes.expressions import (
    ArithmeticBinary,
    ArithmeticUnary,
    AtTimeZone,
    Between,
    Comparison,
    FunctionCall,
    InList,
    InSubquery,
    IsNull,
    Like,
    Logical,
    Not,
    QuantifiedComparison,
)
from owlake.dialect.trino import primaries, queries
from owlake.dialect.trino.literals import NUMBERS, interval, number, string
from owlake.dialect.trino.parentheses import opens_only_query, opens_query

_CONCATENATION = 1
_SUM = 2
_PRODUCT = 3
_PRECEDENCE = {"||": _CONCATENATION, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT}
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_SIGNS = frozenset({"+", "-"})
_QUANTIFIERS = frozenset({"ALL", "ANY", "SOME"})


def expression(cursor: Cursor) -> Expression:
    """Any expression."""
    if cursor.recording:
        cursor.rule("<expression>")
    start = cursor.index
    first = _conjunction(cursor)
    if cursor.kind != "OR":
        if cursor.recording:
            cursor.note("OR")
        return first
    terms = [first]
    while cursor.accept("OR"):
        terms.append(_conjunction(cursor))
    return Logical(cursor.tokens.position(start), "OR", tuple(terms))


def expressions(cursor: Cursor) -> tuple[Expression, ...]:
    """``a, b, c``."""
    items = [expression(cursor)]
    while cursor.accept(","):
        items.append(expression(cursor))
    return tuple(items)


def _conjunction(cursor: Cursor) -> Expression:
    start = cursor.index
    first = _negation(cursor) if cursor.kind == "NOT" else _predicated(cursor)
    if cursor.kind != "AND":
        if cursor.recording:
            cursor.note("AND")
        return first
    terms = [first]
    while cursor.accept("AND"):
        terms.append(_negation(cursor) if cursor.kind == "NOT" else _predicated(cursor))
    return Logical(cursor.tokens.position(start), "AND", tuple(terms))


def _negation(cursor: Cursor) -> Expression:
    positions = []
    while cursor.kind == "NOT":
        positions.append(cursor.position)
        cursor.advance()
    if cursor.recording:
        cursor.rule("<expression>")
    result = _predicated(cursor)
    for position in reversed(positions):
        result = Not(position, result)
    return result


def _predicated(cursor: Cursor) -> Expression:
    start = cursor.index
    left = value_expression(cursor)
    if cursor.recording:
        cursor.note("<predicate>")
    kind = cursor.kind
    if kind in _COMPARISONS:
        return _comparison(cursor, start, left)
    if kind == "IS":
        return _is(cursor, start, left)
    if kind not in ("NOT", "IN", "BETWEEN", "LIKE"):
        return left
    position = cursor.position
    negated = cursor.accept("NOT")
    predicate = _PREDICATES[cursor.expect_one_of("BETWEEN", "IN", "LIKE")](cursor, position, left)
    return Not(position, predicate) if negated else predicate


def _comparison(cursor: Cursor, start: int, left: Expression) -> Expression:
    position = cursor.position
    operator = cursor.kind
    cursor.advance()
    if cursor.kind in _QUANTIFIERS and cursor.peek() == "(" and opens_query(cursor, cursor.index + 1):
        quantifier = cursor.kind
        cursor.advance()
        return QuantifiedComparison(position, operator, quantifier, left, queries.parenthesized_query(cursor))
    cursor.note(*_QUANTIFIERS)
    right = value_expression(cursor)
    return Comparison(cursor.tokens.position(start), operator, left, right, position)


def _is(cursor: Cursor, start: int, left: Expression) -> Expression:
    position = cursor.position
    cursor.expect("IS")
    negated = cursor.accept("NOT")
    if cursor.accept("NULL"):
        return IsNull(position, left, negated)
    cursor.expect("DISTINCT", "FROM")
    right = value_expression(cursor)
    distinct = Comparison(cursor.tokens.position(start), "IS DISTINCT FROM", left, right, position)
    return Not(position, distinct) if negated else distinct


def _between(cursor: Cursor, position: Position, left: Expression) -> Expression:
    low = value_expression(cursor)
    cursor.expect("AND")
    return Between(position, left, low, value_expression(cursor))


def _in(cursor: Cursor, position: Position, left: Expression) -> Expression:
    if cursor.kind == "(" and opens_only_query(cursor, cursor.index):
        return InSubquery(position, left, queries.parenthesized_query(cursor))
    cursor.expect("(")
    cursor.note("<query>")
    items = expressions(cursor)
    cursor.expect(")")
    return InList(position, left, items)


def _like(cursor: Cursor, position: Position, left: Expression) -> Expression:
    pattern = value_expression(cursor)
    escape = value_expression(cursor) if cursor.accept("ESCAPE") else None
    return Like(position, left, pattern, escape)


_PREDICATES: dict[str, Callable[[Cursor, Position, Expression], Expression]] = {
    "BETWEEN": _between,
    "IN": _in,
    "LIKE": _like,
}


def value_expression(cursor: Cursor, loosest: int = _CONCATENATION) -> Expression:
    """An expression without logic and predicates; operators looser than ``loosest`` end it."""
    if cursor.recording:
        cursor.rule("<expression>")
    start = cursor.index
    left = _signed(cursor)
    while True:
        operator = cursor.kind
        precedence = _PRECEDENCE.get(operator)
        if precedence is None or precedence < loosest:
            if cursor.recording:
                cursor.note(*_PRECEDENCE)
            return left
        if precedence == _CONCATENATION:
            left = _concatenation(cursor, left)
            continue
        index = cursor.advance()
        right = value_expression(cursor, precedence + 1)
        tokens = cursor.tokens
        left = ArithmeticBinary(tokens.position(start), operator, left, right, tokens.position(index))


def _concatenation(cursor: Cursor, first: Expression) -> FunctionCall:
    position = cursor.position
    operands = [first]
    while cursor.accept("||"):
        operands.append(value_expression(cursor, _SUM))
    name = QualifiedName(position, (Identifier(position, "concat"),))
    return FunctionCall(position, name, tuple(operands), chain=len(operands) > 2)


def _signed(cursor: Cursor) -> Expression:
    kind = cursor.kind
    if kind not in _SIGNS:
        operand = primaries.primary(cursor)
    elif kind == "-" and cursor.peek() in NUMBERS:
        start = cursor.index
        operand = primaries.suffixed(cursor, start, number(cursor))
    else:
        position = cursor.position
        cursor.advance()
        if cursor.recording:
            cursor.rule("<expression>")
        return ArithmeticUnary(position, kind, _signed(cursor))
    while cursor.kind == "AT" and cursor.peek() == "TIME":
        operand = _at_time_zone(cursor, operand)
    if cursor.recording:
        cursor.note("AT")
    return operand


def _at_time_zone(cursor: Cursor, operand: Expression) -> AtTimeZone:
    position = cursor.position
    cursor.expect("AT", "TIME", "ZONE")
    if cursor.kind == "INTERVAL":
        return AtTimeZone(position, operand, interval(cursor))
    cursor.note("INTERVAL")
    return AtTimeZone(position, operand, string(cursor))
