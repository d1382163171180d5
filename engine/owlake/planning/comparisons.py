"""Comparison of two values of one type, with Trino's meaning of equality and order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from owlake.ir import expressions as ir
from owlake.ir.relations import Project
from owlake.ir.walking import relations_in
from owlake.types.model import DOUBLE, REAL, Decimal, TimestampWithTimeZone, TimeWithTimeZone, is_integer

if TYPE_CHECKING:
    from owlake.planning.expressions import ExpressionPrinter


def comparison_sql(printer: ExpressionPrinter, operator: str, left: ir.Expression, right: ir.Expression) -> str:
    """``left operator right``."""
    one, other = comparable(printer, left), comparable(printer, right)
    if operator == "IS DISTINCT FROM":
        return f"({one} IS DISTINCT FROM {other})"
    plain = f"({one} {operator} {other})"
    if left.type in (DOUBLE, REAL):
        return _with_nan(plain, operator, (left, one), (right, other))
    return plain


def comparable(printer: ExpressionPrinter, value: ir.Expression) -> str:
    """The value in a form whose native order and equality are the type's: an instant for a zoned timestamp."""
    sql = printer.sql(value)
    match value.type:
        case TimestampWithTimeZone(zone=None):
            return f"get_field({sql}, 'instant')"
        case TimestampWithTimeZone():
            return f"arrow_cast({sql}, 'Timestamp(µs, \"UTC\")')" if value.type.zone != "UTC" else sql
        case TimeWithTimeZone():
            return f"(arrow_cast(get_field({sql}, 'time'), 'Int64') - get_field({sql}, 'offset') * 60000000)"
        case _:
            return sql


def _with_nan(plain: str, operator: str, left: tuple[ir.Expression, str], right: tuple[ir.Expression, str]) -> str:
    """NaN is unequal to everything and in no order; Arrow puts it last and makes it equal to itself."""
    sides = {"<>": (left, right), "=": (left, right), "<": (right,), "<=": (right,), ">": (left,), ">=": (left,)}
    doubtful = [sql for value, sql in sides[operator] if may_be_nan(value)]
    if operator == "<>":
        return f"({plain} OR {' OR '.join(f'isnan({sql})' for sql in doubtful)})" if doubtful else plain
    if operator == "=":
        # Equal to what is no NaN is no NaN.
        doubtful = doubtful[:1] if len(doubtful) == len(sides["="]) else []
    if not doubtful:
        return plain
    if any(has_subquery(value) for value, _ in (left, right)):
        return f"({_not_nan(*left)} {operator} {_not_nan(*right)})"
    return f"({plain} AND {' AND '.join(f'NOT isnan({sql})' for sql in doubtful)})"


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
    if isinstance(value, ir.Constant):
        return isinstance(value.value, float) and math.isnan(value.value)
    return _magnitude(value) == _UNBOUNDED


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
