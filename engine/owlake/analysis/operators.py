"""Arithmetic, comparison, logic and the predicates built of them."""

from __future__ import annotations

from owlake.analysis.coercions import coerce
from owlake.analysis.expressions import ExpressionAnalyzer, analyses
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Position
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.types.coercion import common_super_type
from owlake.types.comparison import is_comparable, is_orderable
from owlake.types.model import (
    BOOLEAN,
    DOUBLE,
    UNKNOWN,
    Char,
    Decimal,
    Type,
    Varchar,
    is_integer,
)

_FUNCTIONS = {"+": "$add", "-": "$subtract", "*": "$multiply", "/": "$divide", "%": "$modulus"}
_LOWEST = {"tinyint": -(2**7), "smallint": -(2**15), "integer": -(2**31), "bigint": -(2**63)}


@analyses(nodes.ArithmeticBinary)
def _binary(analyzer: ExpressionAnalyzer, node: nodes.ArithmeticBinary) -> ir.Expression:
    # Long chains lean to the left: walk down them instead of recursing, so that depth does not count.
    chain = []
    left: Node = node
    while isinstance(left, nodes.ArithmeticBinary):
        chain.append(left)
        left = left.left
    value = analyzer.analyze(left)
    for link in reversed(chain):
        position = Position(*link.operator_position)
        value = arithmetic(analyzer, link.operator, value, analyzer.analyze(link.right), position)
    return value


def arithmetic(
    analyzer: ExpressionAnalyzer, operator: str, left: ir.Expression, right: ir.Expression, position: Position
) -> ir.Expression:
    """``left operator right`` by the operator's overloads.

    Errors: TYPE_MISMATCH ``Cannot apply operator: varchar(1) + integer``.
    """
    if isinstance(left, ir.Constant) and isinstance(right, ir.Constant):
        folded = _folded(operator, left, right)
        if folded is not None:
            return folded
    name = _FUNCTIONS[operator]
    try:
        resolved = analyzer.context.registry.resolve(name, (left.type, right.type))
    except Exception as problem:
        text = f"Cannot apply operator: {left.type} {operator} {right.type}"
        raise error("TYPE_MISMATCH", text, position) from problem
    arguments = (coerce(left, resolved.arguments[0]), coerce(right, resolved.arguments[1]))
    return ir.Call(resolved.result(arguments), resolved.function, arguments)


def _folded(operator: str, left: ir.Constant, right: ir.Constant) -> ir.Constant | None:
    """The result for two whole numbers of one type that stays in it; a longer chain of constants is one."""
    if left.type != right.type or not is_integer(left.type) or left.value is None or right.value is None:
        return None
    match operator:
        case "+":
            value = left.value + right.value
        case "-":
            value = left.value - right.value
        case "*":
            value = left.value * right.value
        case _:
            return None
    lowest = _LOWEST[left.type.base]
    return ir.Constant(left.type, value) if lowest <= value < -lowest else None


@analyses(nodes.ArithmeticUnary)
def _unary(analyzer: ExpressionAnalyzer, node: nodes.ArithmeticUnary) -> ir.Expression:
    value = analyzer.analyze(node.value)
    if node.operator == "-" and isinstance(value, ir.Constant) and value.value is not None:
        folded = _negated_constant(value)
        if folded is not None:
            return folded
    try:
        resolved = analyzer.context.registry.resolve("$negate", (value.type,))
    except Exception as problem:
        text = f"Cannot negate {value.type}"
        raise error("TYPE_MISMATCH", text, node.position) from problem
    if node.operator == "+":
        return value
    argument = coerce(value, resolved.arguments[0])
    return ir.Call(resolved.result((argument,)), resolved.function, (argument,))


def _negated_constant(value: ir.Constant) -> ir.Constant | None:
    if is_integer(value.type) and value.value != _LOWEST[value.type.base]:
        return ir.Constant(value.type, -value.value)
    if value.type == DOUBLE:
        return ir.Constant(value.type, -value.value)
    if isinstance(value.type, Decimal):
        # Python's own minus rounds to 28 digits.
        return ir.Constant(value.type, value.value.copy_negate() if value.value else value.value)
    return None


# Comparison ---------------------------------------------------------------------------------------------


@analyses(nodes.Comparison)
def _comparison(analyzer: ExpressionAnalyzer, node: nodes.Comparison) -> ir.Expression:
    left, right = analyzer.analyze(node.left), analyzer.analyze(node.right)
    return compare(node.operator, left, right, Position(*node.operator_position))


_DECIDING = {"<>": "=", ">": "<", ">=": "<="}
"""The operator that a type must have for another one, as errors name it."""


def compare(operator: str, left: ir.Expression, right: ir.Expression, position: Position) -> ir.Expression:
    """``left operator right`` over their common type.

    Errors: TYPE_MISMATCH ``Cannot apply operator: varchar(1) = integer``.
    """
    common = common_super_type(left.type, right.type)
    if common is None or not _has_operator(operator, common):
        text = f"Cannot apply operator: {left.type} {_DECIDING.get(operator, operator)} {right.type}"
        if operator == "IS DISTINCT FROM":
            text = f"Cannot check if {left.type} is distinct from {right.type}"
        raise error("TYPE_MISMATCH", text, position)
    return ir.Comparison(BOOLEAN, operator, coerce(left, common), coerce(right, common))


def _has_operator(operator: str, type_: Type) -> bool:
    return is_comparable(type_) if operator in ("=", "<>", "IS DISTINCT FROM") else is_orderable(type_)


@analyses(nodes.Between)
def _between(analyzer: ExpressionAnalyzer, node: nodes.Between) -> ir.Expression:
    parts = analyzer.analyze_all((node.value, node.low, node.high))
    common = parts[0].type
    for part in parts[1:]:
        found = common_super_type(common, part.type)
        if found is None or not is_orderable(found):
            text = f"Cannot check if {parts[0].type} is BETWEEN {parts[1].type} and {parts[2].type}"
            raise error("TYPE_MISMATCH", text, node.position)
        common = found
    value, low, high = (coerce(part, common) for part in parts)
    return ir.Between(BOOLEAN, value, low, high)


@analyses(nodes.InList)
def _in_list(analyzer: ExpressionAnalyzer, node: nodes.InList) -> ir.Expression:
    value = analyzer.analyze(node.value)
    items = analyzer.analyze_all(node.items)
    common: Type = value.type
    for item, written in zip(items, node.items, strict=True):
        found = common_super_type(common, item.type)
        if found is None:
            text = (
                "IN value and list items must be the same type or coercible to a common type. "
                f"Cannot find common type between {value.type} and {item.type}"
            )
            raise error("TYPE_MISMATCH", text, written.position)
        common = found
    if not is_comparable(common):
        raise error(
            "TYPE_MISMATCH", f"Type {common} is not comparable and therefore cannot be used in IN", node.position
        )
    return ir.InList(BOOLEAN, coerce(value, common), tuple(coerce(item, common) for item in items))


@analyses(nodes.IsNull)
def _is_null(analyzer: ExpressionAnalyzer, node: nodes.IsNull) -> ir.Expression:
    found = ir.IsNull(BOOLEAN, analyzer.analyze(node.value))
    return ir.Not(BOOLEAN, found) if node.negated else found


@analyses(nodes.Like)
def _like(analyzer: ExpressionAnalyzer, node: nodes.Like) -> ir.Expression:
    value = analyzer.analyze(node.value)
    if not isinstance(value.type, Varchar | Char) and value.type != UNKNOWN:
        text = f"Left side of LIKE expression must evaluate to a varchar (actual: {value.type})"
        raise error("TYPE_MISMATCH", text, node.value.position)
    written = (node.pattern,) if node.escape is None else (node.pattern, node.escape)
    for part, what in zip(written, ("Pattern for", "Escape for"), strict=False):
        type_ = analyzer.analyze(part).type
        if not isinstance(type_, Varchar) and type_ != UNKNOWN:
            text = f"{what} LIKE expression must evaluate to a varchar (actual: {type_})"
            raise error("TYPE_MISMATCH", text, part.position)
    arguments = (value, *analyzer.analyze_all(written))
    resolved = analyzer.context.registry.resolve("$like", [argument.type for argument in arguments])
    coerced = tuple(coerce(value, type_) for value, type_ in zip(arguments, resolved.arguments, strict=True))
    return ir.Call(BOOLEAN, resolved.function, coerced)


# Logic --------------------------------------------------------------------------------------------------


@analyses(nodes.Logical)
def _logical(analyzer: ExpressionAnalyzer, node: nodes.Logical) -> ir.Expression:
    terms = tuple(_boolean(analyzer, term, "Logical expression term") for term in node.terms)
    return logical(node.operator, terms)


@analyses(nodes.Not)
def _not(analyzer: ExpressionAnalyzer, node: nodes.Not) -> ir.Expression:
    return ir.Not(BOOLEAN, _boolean(analyzer, node.value, "Value of logical NOT expression"))


def _boolean(analyzer: ExpressionAnalyzer, node: Node, what: str) -> ir.Expression:
    return analyzer.expect(node, BOOLEAN, what)


def logical(operator: str, terms: tuple[ir.Expression, ...]) -> ir.Expression:
    """AND or OR, nested ones of the same kind made flat."""
    flat: list[ir.Expression] = []
    for term in terms:
        if isinstance(term, ir.Logical) and term.operator == operator:
            flat.extend(term.terms)
        else:
            flat.append(term)
    return flat[0] if len(flat) == 1 else ir.Logical(BOOLEAN, operator, tuple(flat))
