"""Plain conditions as Python functions: comparisons and logic over single values, where they mean the same in both.

A condition that looks back on how rows before were matched is asked row by row; for most, handing each row to the
engine would cost a hundred times what the comparison does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal as Number
from typing import Any

import pyarrow as pa

from owlake.ir import expressions as ir
from owlake.types.model import BOOLEAN, DATE, DOUBLE, Decimal, Timestamp, Type, Varchar, is_integer

Quick = Callable[[Sequence[Any]], Any]
"""The condition's value for values of its parameters; None is NULL."""

_COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def quick(condition: ir.Expression, parameters: Sequence[ir.Field]) -> Quick | None:
    """The condition as a Python function, or None where only the engine knows what it means."""
    try:
        return _compiled(condition, {field: index for index, field in enumerate(parameters)})
    except _NotPlainError:
        return None


def values_of(column: pa.Array) -> list[Any]:
    """A column's values as such functions compare them."""
    if pa.types.is_temporal(column.type) and not pa.types.is_duration(column.type):
        column = column.cast(pa.int32() if column.type.bit_width == 32 else pa.int64())
    found: list[Any] = column.to_pylist()
    return found


class _NotPlainError(Exception):
    pass


def _compiled(part: ir.Expression, places: dict[ir.Field, int]) -> Quick:
    match part:
        case ir.Constant():
            value = _plain(part.type) and part.value
            return lambda _: value
        case ir.Reference() if part.field in places and _plain(part.type):
            place = places[part.field]
            return lambda values: values[place]
        case ir.Cast() if not part.safe and _keeps(part.value.type, part.type):
            return _converted(_compiled(part.value, places), part.value.type, part.type)
        case ir.Comparison() if part.operator in _COMPARISONS:
            left, right = (_compiled(one, places) for one in (part.left, part.right))
            return _comparison(_COMPARISONS[part.operator], left, right)
        case ir.Between():
            value, low, high = (_compiled(one, places) for one in (part.value, part.low, part.high))
            return _all([_comparison(operator.ge, value, low), _comparison(operator.le, value, high)])
        case ir.IsNull():
            value = _compiled(part.value, places)
            return lambda values: value(values) is None
        case ir.Not():
            inner = _compiled(part.value, places)
            return lambda values: None if (found := inner(values)) is None else not found
        case ir.Logical():
            terms = [_compiled(one, places) for one in part.terms]
            return _all(terms) if part.operator == "AND" else _any(terms)
        case _:
            raise _NotPlainError


def _plain(type_: Type) -> bool:
    known = is_integer(type_) or type_ in (DOUBLE, DATE, BOOLEAN) or isinstance(type_, Decimal | Varchar | Timestamp)
    if not known:
        raise _NotPlainError
    return True


def _keeps(source: Type, target: Type) -> bool:
    """Whether a conversion keeps the value as it is, for comparing it."""
    match source, target:
        case Varchar(), Varchar():
            return target.length is None or (source.length is not None and source.length <= target.length)
        case Decimal(), Decimal():
            room = target.precision - target.scale >= source.precision - source.scale
            return room and target.scale >= source.scale
        case _, Decimal():
            return is_integer(source) and target.precision - target.scale >= 19
        case _:
            order = ("tinyint", "smallint", "integer", "bigint")
            if source.base in order and target.base in order:
                return order.index(source.base) <= order.index(target.base)
            return target == DOUBLE and (is_integer(source) or isinstance(source, Decimal))


def _converted(value: Quick, source: Type, target: Type) -> Quick:
    if target == DOUBLE:
        return lambda values: None if (found := value(values)) is None else float(found)
    if isinstance(target, Decimal) and not isinstance(source, Decimal):
        return lambda values: None if (found := value(values)) is None else Number(found)
    return value


def _comparison(compare: Callable[[Any, Any], Any], left: Quick, right: Quick) -> Quick:
    def compared(values: Sequence[Any]) -> Any:
        one, other = left(values), right(values)
        return None if one is None or other is None else compare(one, other)

    return compared


def _all(terms: Sequence[Quick]) -> Quick:
    def every(values: Sequence[Any]) -> Any:
        unknown = False
        for term in terms:
            found = term(values)
            if found is None:
                unknown = True
            elif not found:
                return False
        return None if unknown else True

    return every


def _any(terms: Sequence[Quick]) -> Quick:
    def some(values: Sequence[Any]) -> Any:
        unknown = False
        for term in terms:
            found = term(values)
            if found is None:
                unknown = True
            elif found:
                return True
        return None if unknown else False

    return some
