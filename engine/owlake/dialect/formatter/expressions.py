"""Expressions and types to text, as Trino's formatter writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import singledispatch

from owlake.dialect.nodes import expressions as tree
from owlake.dialect.nodes import types
from owlake.dialect.nodes.base import Identifier, Node, QualifiedName

_ALL = re.compile(r"all\b", re.IGNORECASE)


@singledispatch
def format_expression(node: Node) -> str:
    """An expression or a type as SQL that parses to the same tree.

    Every operator stands in parentheses, so precedence needs no thought.
    """
    message = f"no text for {type(node).__name__}"
    raise NotImplementedError(message)


def joined(nodes: Iterable[Node]) -> str:
    """``a, b, c``."""
    return ", ".join(map(format_expression, nodes))


def format_name(name: QualifiedName) -> str:
    """``a.b.c``, each part as it was written."""
    return ".".join(map(format_expression, name.parts))


def quantified(text: str, *, distinct: bool) -> str:
    """A list with its DISTINCT; with ALL where its own first word would be taken for that."""
    if distinct:
        return f"DISTINCT {text}"
    return f"ALL {text}" if _ALL.match(text) else text


def quoted(text: str) -> str:
    """The text as a string literal."""
    return "'" + text.replace("'", "''") + "'"


@format_expression.register
def _identifier(node: Identifier) -> str:
    return '"' + node.value.replace('"', '""') + '"' if node.delimited else node.value


@format_expression.register
def _null(_node: tree.NullLiteral) -> str:
    return "null"


@format_expression.register
def _boolean(node: tree.BooleanLiteral) -> str:
    return "true" if node.value else "false"


@format_expression.register
def _long(node: tree.LongLiteral) -> str:
    return str(node.value)


@format_expression.register
def _decimal(node: tree.DecimalLiteral) -> str:
    return node.text


@format_expression.register
def _double(node: tree.DoubleLiteral) -> str:
    value = float(node.text)
    if math.isinf(value):
        return node.text
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    mantissa = "".join(map(str, digits))
    power = len(digits) - 1 + int(exponent) if value else 0
    fraction = f".{mantissa[1:]}" if len(mantissa) > 1 else ""
    return f"{'-' if sign else ''}{mantissa[0]}{fraction}E{power}"


@format_expression.register
def _string(node: tree.StringLiteral) -> str:
    return quoted(node.value)


@format_expression.register
def _binary(node: tree.BinaryLiteral) -> str:
    return f"X'{node.value.hex().upper()}'"


@format_expression.register
def _generic_literal(node: tree.GenericLiteral) -> str:
    text = f"{node.type} {quoted(node.value)}"
    # Without parentheses an alias behind it, such as SECOND, could make an interval of it.
    return f"({text})" if node.type.upper() == "INTERVAL" else text


@format_expression.register
def _interval_literal(node: tree.IntervalLiteral) -> str:
    sign = "- " if node.negative else ""
    end = f" TO {node.end.upper()}" if node.end else ""
    # The second blank is Trino's.
    return f"INTERVAL {sign} {quoted(node.value)} {node.start.upper()}{end}"


@format_expression.register
def _parameter(_node: tree.Parameter) -> str:
    return "?"


def _operand(node: Node) -> str:
    """What a field, a subscript or a zone is taken of: in parentheses where it would not hold together."""
    text = format_expression(node)
    loose = isinstance(node, tree.ArithmeticUnary | tree.AtTimeZone | tree.Lambda | tree.MeasureOver)
    return f"({text})" if loose else text


@format_expression.register
def _dereference(node: tree.Dereference) -> str:
    return f"{_operand(node.base)}.{format_expression(node.field)}"


@format_expression.register
def _subscript(node: tree.Subscript) -> str:
    return f"{_operand(node.base)}[{format_expression(node.index)}]"


@format_expression.register
def _at_time_zone(node: tree.AtTimeZone) -> str:
    return f"{_operand(node.value)} AT TIME ZONE {format_expression(node.zone)}"


@format_expression.register
def _unary(node: tree.ArithmeticUnary) -> str:
    value = format_expression(node.value)
    if node.operator == "+" or isinstance(node.value, tree.ScalarSubquery):
        return node.operator + value
    # Without parentheses a minus before a number would make it another number.
    return f"-({value})"


@format_expression.register
def _arithmetic(node: tree.ArithmeticBinary) -> str:
    # A chain is one long left side; a loop keeps thousands of terms from nesting as deep here.
    parts = []
    left: Node = node
    while isinstance(left, tree.ArithmeticBinary):
        parts.append(f" {left.operator} {format_expression(left.right)})")
        left = left.left
    return "(" * len(parts) + format_expression(left) + "".join(reversed(parts))


@format_expression.register
def _comparison(node: tree.Comparison) -> str:
    return f"({format_expression(node.left)} {node.operator} {format_expression(node.right)})"


@format_expression.register
def _quantified(node: tree.QuantifiedComparison) -> str:
    return f"({format_expression(node.value)} {node.operator} {node.quantifier} ({_query_text(node.query)}))"


@format_expression.register
def _logical(node: tree.Logical) -> str:
    return "(" + f" {node.operator} ".join(map(format_expression, node.terms)) + ")"


@format_expression.register
def _not(node: tree.Not) -> str:
    return f"(NOT {format_expression(node.value)})"


@format_expression.register
def _between(node: tree.Between) -> str:
    low, high = format_expression(node.low), format_expression(node.high)
    return f"({format_expression(node.value)} BETWEEN {low} AND {high})"


@format_expression.register
def _in_list(node: tree.InList) -> str:
    return f"({format_expression(node.value)} IN ({joined(node.items)}))"


@format_expression.register
def _in_subquery(node: tree.InSubquery) -> str:
    return f"({format_expression(node.value)} IN ({_query_text(node.query)}))"


@format_expression.register
def _like(node: tree.Like) -> str:
    escape = f" ESCAPE {format_expression(node.escape)}" if node.escape else ""
    return f"({format_expression(node.value)} LIKE {format_expression(node.pattern)}{escape})"


@format_expression.register
def _is_null(node: tree.IsNull) -> str:
    return f"({format_expression(node.value)} IS {'NOT ' if node.negated else ''}NULL)"


@format_expression.register
def _exists(node: tree.Exists) -> str:
    return f"(EXISTS ({_query_text(node.query)}))"


@format_expression.register
def _scalar_subquery(node: tree.ScalarSubquery) -> str:
    return f"({_query_text(node.query)})"


def _query_text(query: Node) -> str:
    from owlake.dialect.formatter.queries import format_query  # noqa: PLC0415  (queries hold expressions)

    return format_query(query)


@format_expression.register
def _lambda(node: tree.Lambda) -> str:
    return f"({joined(node.parameters)}) -> {format_expression(node.body)}"


@format_expression.register
def _row(node: tree.Row) -> str:
    return f"ROW ({joined(node.items)})"


@format_expression.register
def _array(node: tree.Array) -> str:
    return "ARRAY[" + ",".join(map(format_expression, node.items)) + "]"


@format_expression.register
def _cast(node: tree.Cast) -> str:
    return f"{'TRY_CAST' if node.safe else 'CAST'}({format_expression(node.value)} AS {format_expression(node.type)})"


@format_expression.register
def _simple_case(node: tree.SimpleCase) -> str:
    return _case(f"CASE {format_expression(node.operand)}", node)


@format_expression.register
def _searched_case(node: tree.SearchedCase) -> str:
    return _case("CASE", node)


def _case(start: str, node: tree.SimpleCase | tree.SearchedCase) -> str:
    whens = (f" WHEN {format_expression(when.condition)} THEN {format_expression(when.result)}" for when in node.whens)
    default = f" ELSE {format_expression(node.default)}" if node.default else ""
    return f"({start}{''.join(whens)}{default} END)"


@format_expression.register
def _current_time(node: tree.CurrentTime) -> str:
    precision = "" if node.precision is None else f"({node.precision})"
    return node.function.lower() + precision


@format_expression.register
def _current_name(node: tree.CurrentName) -> str:
    return node.function


@format_expression.register
def _trim(node: tree.Trim) -> str:
    character = f"{format_expression(node.character)} " if node.character else ""
    return f"trim({node.specification} {character}FROM {format_expression(node.source)})"


@format_expression.register
def _extract(node: tree.Extract) -> str:
    return f"EXTRACT({node.field} FROM {format_expression(node.source)})"


@format_expression.register
def _grouping(node: tree.Grouping) -> str:
    return f"GROUPING ({joined(node.columns)})"


@format_expression.register
def _generic_type(node: types.GenericDataType) -> str:
    name = node.spelling or node.name
    if not node.arguments:
        return name
    arguments = ", ".join(str(item) if isinstance(item, int) else format_expression(item) for item in node.arguments)
    return f"{name}({arguments})"


@format_expression.register
def _date_time_type(node: types.DateTimeDataType) -> str:
    precision = "" if node.precision is None else f"({node.precision})"
    return f"{node.name}{precision}{' with time zone' if node.with_time_zone else ''}"


@format_expression.register
def _interval_type(node: types.IntervalDataType) -> str:
    end = f" TO {node.end.upper()}" if node.end != node.start else ""
    return f"INTERVAL {node.start.upper()}{end}"


@format_expression.register
def _row_type(node: types.RowDataType) -> str:
    return "ROW(" + ", ".join(map(_row_field, node.fields)) + ")"


def _row_field(field: types.RowFieldType) -> str:
    name = f"{format_expression(field.name)} " if field.name else ""
    return name + format_expression(field.type)
