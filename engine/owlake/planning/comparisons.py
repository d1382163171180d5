"""Comparison of two values of one type, with Trino's meaning of equality and order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir.relations import Project
from owlake.ir.rewriting import rewrite
from owlake.ir.walking import relations_in
from owlake.planning import text
from owlake.planning.char_order import in_order
from owlake.planning.years import year_range
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    REAL,
    Array,
    Decimal,
    Map,
    Row,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    is_integer,
)

if TYPE_CHECKING:
    from owlake.planning.expressions import ExpressionPrinter


def comparison_sql(printer: ExpressionPrinter, operator: str, left: ir.Expression, right: ir.Expression) -> str:
    """``left operator right``."""
    if operator in _ORDERING:
        left, right = in_order(left), in_order(right)
    if is_nested(left.type):
        return _nested(printer, operator, left, right)
    in_years = year_range(printer, operator, left, right)
    if in_years is not None:
        return in_years
    # DataFusion knows without computing them that two equal values are equal.
    sql = printer.evaluated if left == right else printer.sql
    one, other = _comparable(left, sql(left)), _comparable(right, sql(right))
    if operator == "IS DISTINCT FROM":
        return _distinct((left, one), (right, other))
    plain = f"({one} {operator} {other})"
    if left.type in (DOUBLE, REAL):
        return _with_nan(plain, operator, (left, one), (right, other))
    return plain


_ORDERING = frozenset(("<", "<=", ">", ">="))


def is_nested(type_: Type) -> bool:
    """Whether values have values inside, NULL ones among them."""
    return isinstance(type_, Array | Map | Row)


def _nested(printer: ExpressionPrinter, operator: str, left: ir.Expression, right: ir.Expression) -> str:
    if isinstance(left, ir.MakeRow) and isinstance(right, ir.MakeRow) and operator in _JOINED:
        parts = zip(left.items, right.items, strict=True)
        return f"({_JOINED[operator].join(comparison_sql(printer, operator, one, other) for one, other in parts)})"
    from owlake.functions.comparison import KERNELS  # noqa: PLC0415  (numpy, on use)

    return printer.kernel(KERNELS[operator], (left, right), BOOLEAN)


_JOINED = {"=": " AND ", "<>": " OR ", "IS DISTINCT FROM": " OR "}
"""How the answer for two rows is made of those for their fields."""


def joining(printer: ExpressionPrinter, condition: ir.Expression) -> ir.Expression:
    """A condition that only true counts of, its equalities between two sides in forms that DataFusion can join by."""
    if isinstance(condition, ir.Logical) and condition.operator == "AND":
        return replace(condition, terms=tuple(joining(printer, term) for term in condition.terms))
    if not isinstance(condition, ir.Comparison) or condition.operator != "=" or not _tells_sides_apart(condition):
        return condition
    left, right = (_key(printer, side) for side in (condition.left, condition.right))
    rows = isinstance(left, ir.MakeRow) and isinstance(right, ir.MakeRow)
    if not is_nested(left.type) or rows:
        return replace(condition, left=left, right=right)
    sides = (joinable(left), joinable(right))
    return ir.Call(BOOLEAN, REGISTRY.resolve("$same", [side.type for side in sides]).function, sides)


def _tells_sides_apart(condition: ir.Comparison) -> bool:
    left, right = (
        {part.field for part in ir.walk(side) if isinstance(part, ir.Reference)}
        for side in (condition.left, condition.right)
    )
    return bool(left and right) and not left & right


def _key(printer: ExpressionPrinter, side: ir.Expression) -> ir.Expression:
    """A side of the equality; of what it is made of fields of rows, DataFusion would lose the name."""
    whole = side
    while isinstance(whole, ir.FieldAccess):
        whole = whole.value
    return side if printer.is_stored(whole) else rewrite(side, _by_kernel)


def _by_kernel(part: ir.Expression) -> ir.Expression:
    if not isinstance(part, ir.FieldAccess):
        return part
    arguments = (part.value, ir.Constant(BIGINT, part.index))
    return ir.Call(part.type, REGISTRY.resolve("$field", [one.type for one in arguments]).function, arguments)


def joinable(value: ir.Expression) -> ir.Expression:
    """The value in a form that DataFusion finds the same where it is equal, and NULL where it is equal to nothing."""
    if not (is_nested(value.type) or has_hidden_differences(value.type)):
        return value
    return ir.Call(value.type, REGISTRY.resolve("$joinable", (value.type,)).function, (value,))


def has_hidden_differences(type_: Type) -> bool:
    """Whether Arrow tells values of the type apart that are not distinct: in zones, in the order of a map's entries."""
    match type_:
        case Map() | TimeWithTimeZone():
            return True
        case TimestampWithTimeZone():
            return type_.zone is None
        case Array():
            return _differs_inside(type_.element)
        case Row():
            return any(_differs_inside(field.type) for field in type_.fields)
        case _:
            return False


def _differs_inside(type_: Type) -> bool:
    # Zeros of either sign are one to DataFusion only where they are not inside of something.
    return type_ in (DOUBLE, REAL) or has_hidden_differences(type_)


def comparable(printer: ExpressionPrinter, value: ir.Expression) -> str:
    """The value in a form whose native order and equality are the type's: an instant, a time of UTC's day."""
    return _comparable(value, printer.sql(value))


def _comparable(value: ir.Expression, sql: str) -> str:
    match value.type:
        case TimestampWithTimeZone(zone=None):
            return f"get_field({sql}, 'instant')"
        case TimestampWithTimeZone():
            return f"arrow_cast({sql}, 'Timestamp(µs, \"UTC\")')" if value.type.zone != "UTC" else sql
        case TimeWithTimeZone():
            utc = f"arrow_cast(get_field({sql}, 'time'), 'Int64') - get_field({sql}, 'offset') * 60000000"
            return f"(({utc} + 86400000000) % 86400000000)"
        case _:
            return sql


def _with_nan(plain: str, operator: str, left: tuple[ir.Expression, str], right: tuple[ir.Expression, str]) -> str:
    """NaN is unequal to everything and in no order; Arrow puts it first or last, by its sign."""
    doubtful = list(_doubtful(operator, left, right))
    if not doubtful:
        return plain
    if operator == "<>":
        return f"({plain} OR {' OR '.join(doubtful)})"
    if any(has_subquery(value) for value, _ in (left, right)):
        return f"({_not_nan(*left)} {operator} {_not_nan(*right)})"
    return f"({plain} AND {' AND '.join(f'NOT {one}' for one in doubtful)})"


def _doubtful(operator: str, left: tuple[ir.Expression, str], right: tuple[ir.Expression, str]) -> Iterator[str]:
    """Conditions, not true beside NULL, under which the comparison in SQL is not Trino's.

    Beside a constant that is so for every NaN: least and greatest values of files leave it out, and by them DataFusion
    drops files and row groups, also for the opposite of a comparison.
    """
    for (value, sql), (other, other_sql), is_left in ((left, right, True), (right, left, False)):
        beside_constant = _is_fixed(other) and not _is_fixed(value)
        is_wrong = operator not in ("=", "<>") or (is_left and may_be_nan(other))
        if may_be_nan(value) and (is_wrong or beside_constant):
            yield f"isnan({sql})" if _is_value(other) else f"(isnan({sql}) AND {other_sql} IS NOT NULL)"


def _is_value(value: ir.Expression) -> bool:
    """Whether it is surely not NULL, as far as its shape tells."""
    return isinstance(value, ir.Constant) and value.value is not None


def _is_fixed(value: ir.Expression) -> bool:
    """Whether it is the same for all rows, so that DataFusion may know it while it plans."""
    return not any(isinstance(part, ir.Reference) for part in ir.walk(value)) and not has_subquery(value)


def _distinct(left: tuple[ir.Expression, str], right: tuple[ir.Expression, str]) -> str:
    """``IS DISTINCT FROM``: every NaN is one, and no file is dropped that has one."""
    return f"({_of_one_nan(*left)} IS DISTINCT FROM {_of_one_nan(*right)})"


def _of_one_nan(value: ir.Expression, sql: str) -> str:
    """The value with NaN of either sign as one, in a form that files' least and greatest values say nothing of."""
    is_doubtful = value.type in (DOUBLE, REAL) and may_be_nan(value)
    return f"nanvl({sql}, {text.constant(DOUBLE, math.nan)})" if is_doubtful else sql


def ordering(printer: ExpressionPrinter, value: ir.Expression) -> str:
    """The value in a form by which rows are sorted: NaN comes after all numbers."""
    key = in_order(value)
    return _of_one_nan(key, comparable(printer, key))


def in_list_sql(printer: ExpressionPrinter, value: ir.Expression, items: Sequence[ir.Constant]) -> str:
    """``value IN (items)``; there is no NaN among the items, and no NULL beside what may be one."""
    sql = printer.sql(value)
    listed = f"({sql} IN ({', '.join(printer.all(items))}))"
    return f"({listed} AND NOT isnan({sql}))" if value.type in (DOUBLE, REAL) and may_be_nan(value) else listed


def _not_nan(value: ir.Expression, sql: str) -> str:
    """The value with NaN as what loses every comparison. A subquery must not be written twice to ask it."""
    return f"nanvl({sql}, CAST('-Infinity' AS DOUBLE))" if may_be_nan(value) else sql


def has_subquery(value: ir.Expression) -> bool:
    """Whether a query stands inside the expression."""
    return any(True for part in ir.walk(value) for _ in relations_in(part))


_UNBOUNDED = math.inf
_ARITHMETIC = frozenset({"$add", "$subtract", "$multiply"})


def may_be_nan(value: ir.Expression) -> bool:
    """Whether a floating-point value can be NaN, as far as its shape tells."""
    return is_nan(value) if isinstance(value, ir.Constant) else _magnitude(value) == _UNBOUNDED


def is_nan(value: ir.Constant) -> bool:
    """Whether the constant is NaN."""
    return isinstance(value.value, float) and math.isnan(value.value)


def _magnitude(value: ir.Expression) -> float:
    """A bound of the absolute value; infinite where nothing is known. What is bounded is no NaN."""
    match value:
        case ir.Constant(value=number) if isinstance(number, float):
            return _UNBOUNDED if math.isnan(number) else abs(number)
        case ir.Cast(value=inner) if isinstance(inner.type, Decimal):
            return 10.0 ** (inner.type.precision - inner.type.scale)
        case ir.Cast(value=inner) if is_integer(inner.type):
            return 2.0**63
        case ir.Call() if value.function.name in _ARITHMETIC:
            left, right = (_magnitude(argument) for argument in value.arguments)
            return _limited(left * right if value.function.name == "$multiply" else left + right)
        case ir.ScalarSubquery(relation=Project() as relation):
            found = [assigned for field, assigned in relation.assignments if field is value.field]
            return _magnitude(found[0]) if found else _UNBOUNDED
        case _:
            return _UNBOUNDED


def _limited(magnitude: float) -> float:
    """Beyond this a further step could overflow, and infinities make NaNs."""
    return magnitude if magnitude < 1e100 else _UNBOUNDED
