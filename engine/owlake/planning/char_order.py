"""The order of chars: as if they were filled up to their length, which Arrow does not hold.

So characters that come before the blank come before the padding too, and chars inside of rows and arrays are put in
order, as any are, in the form of texts that have it.
"""

from __future__ import annotations

from dataclasses import replace

from owlake.ir import expressions as ir
from owlake.types.model import Array, Char, Map, Row, Type, Varchar

_BY_ORDER: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("array_sort", "array_max", "array_min", "max", "min"), (0,)),
    **dict.fromkeys(("max_by", "min_by"), (1,)),
}
_BY_ORDER_OF_ALL = frozenset(("greatest", "least"))


def in_order(value: ir.Expression) -> ir.Expression:
    """The value in a form that Arrow puts in the type's order."""
    return ir.Cast(_filled(value.type), value) if _has_char(value.type) else value


def by_order(call: ir.Call | ir.Aggregation | ir.WindowCall) -> ir.Expression | None:
    """A call that puts chars in order, over texts with the padding; None for all others."""
    name = call.function.name
    places = range(len(call.arguments)) if name in _BY_ORDER_OF_ALL else _BY_ORDER.get(name, ())
    if not any(_has_char(call.arguments[place].type) for place in places) or _has_comparator(call):
        return None
    arguments = tuple(
        in_order(argument) if place in places else argument for place, argument in enumerate(call.arguments)
    )
    if name in ("max_by", "min_by"):
        return replace(call, arguments=arguments)
    return ir.Cast(call.type, replace(call, type=_filled(call.type), arguments=arguments))


def _has_comparator(call: ir.Call | ir.Aggregation | ir.WindowCall) -> bool:
    return any(isinstance(argument, ir.Lambda) for argument in call.arguments)


def _has_char(type_: Type) -> bool:
    match type_:
        case Char():
            return True
        case Array():
            return _has_char(type_.element)
        case Map():
            return _has_char(type_.key) or _has_char(type_.value)
        case Row():
            return any(_has_char(field.type) for field in type_.fields)
        case _:
            return False


def _filled(type_: Type) -> Type:
    match type_:
        case Char():
            return Varchar(type_.length)
        case Array():
            return Array(_filled(type_.element))
        case Map():
            return Map(_filled(type_.key), _filled(type_.value))
        case Row():
            return Row(tuple(replace(field, type=_filled(field.type)) for field in type_.fields))
        case _:
            return type_
