"""Which expressions can fail for some values."""

from __future__ import annotations

from collections.abc import Iterable

from owlake.ir import expressions as ir
from owlake.planning.comparisons import is_nested
from owlake.types.coercion import can_coerce
from owlake.types.model import (
    BOOLEAN,
    DOUBLE,
    JSON,
    REAL,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Type,
    Varchar,
    is_numeric,
    is_text,
)

_TEMPORAL = frozenset(("date", "time", "time with time zone", "timestamp", "timestamp with time zone"))


def can_raise(expression: ir.Expression) -> bool:
    """Whether evaluating the expression may fail; what stands under TRY cannot."""
    if isinstance(expression, ir.Try):
        return False
    return raises_itself(expression) or any(can_raise(child) for child in ir.children(expression))


def fields_under_try(expressions: Iterable[ir.Expression]) -> set[ir.Field]:
    """The fields that stand under TRY: it catches failures of its own value, not those of the relation below."""
    tries = [part for one in expressions for part in ir.walk(one) if isinstance(part, ir.Try)]
    return {part.field for one in tries for part in ir.walk(one) if isinstance(part, ir.Reference)}


def raises_itself(expression: ir.Expression) -> bool:
    """Whether this node may fail, its parts aside."""
    match expression:
        case ir.Call():
            # A lambda's body fails where its call does: for the row, not for the element.
            return (
                expression.function.raises
                or (expression.function.raises_inside and _has_nested_elements(expression.arguments[0].type))
                or any(
                    isinstance(argument, ir.Lambda) and can_raise(argument.body) for argument in expression.arguments
                )
            )
        case ir.Comparison():
            # There is no order where a NULL inside is come to.
            return expression.operator in _ORDER and is_nested(expression.left.type)
        case ir.Between():
            return is_nested(expression.value.type)
        case ir.Cast():
            return not expression.safe and cast_can_raise(expression.value.type, expression.type)
        case _:
            return False


def raises_only_what_try_catches(expression: ir.Expression) -> bool:
    """Whether the expression never fails under TRY; that two collections have no order is an error there too."""
    for part in ir.walk(expression):
        if isinstance(part, ir.Comparison | ir.Between) and raises_itself(part):
            return False
        if isinstance(part, ir.Call) and part.function.raises_inside:
            return False
    return True


_ORDER = frozenset(("<", "<=", ">", ">="))


def _has_nested_elements(type_: Type) -> bool:
    return isinstance(type_, Array) and is_nested(type_.element)


def cast_can_raise(source: Type, target: Type) -> bool:
    """Whether some value of ``source`` has no form in ``target``."""
    match source, target:
        case _ if source == JSON:
            return True
        case _ if target == JSON:
            return False
        case _, Varchar() | Char():
            return target.length is not None and not is_text(source)
        case Array(), Array():
            return cast_can_raise(source.element, target.element)
        case Map(), Map():
            return cast_can_raise(source.key, target.key) or cast_can_raise(source.value, target.value)
        case Row(), Row():
            return any(
                cast_can_raise(one.type, other.type) for one, other in zip(source.fields, target.fields, strict=True)
            )
        case _, _ if target in (DOUBLE, REAL) and is_numeric(source):
            return False
        case Decimal(), Decimal():
            return target.precision - target.scale < source.precision - source.scale
        case _ if source.base in _TEMPORAL and target.base in _TEMPORAL:
            return False
        case _ if BOOLEAN in (source, target):
            return not (is_numeric(source) or is_numeric(target))
        case _:
            return not can_coerce(source, target)


def hidden_failures(expression: ir.Expression) -> list[ir.Expression]:
    """The parts that can fail and whose NULL would not make the whole NULL: under COALESCE, CASE, IS NULL and so on."""
    return _hidden(expression, passes=True)


def _hidden(expression: ir.Expression, *, passes: bool) -> list[ir.Expression]:
    if isinstance(expression, ir.Try):
        return []
    found = [expression] if raises_itself(expression) and not passes else []
    for child in ir.children(expression):
        if not isinstance(child, ir.Lambda):
            found.extend(_hidden(child, passes=passes and passes_null(expression)))
    return found


def passes_null(expression: ir.Expression) -> bool:
    """Whether a NULL in any part makes the expression NULL."""
    match expression:
        case ir.Call():
            return not expression.function.null_call
        case ir.Comparison():
            return expression.operator != "IS DISTINCT FROM"
        case _:
            return isinstance(expression, ir.Cast | ir.Not | ir.Between | ir.FieldAccess)
