"""What the methods of paths do to items, and items taken as numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from owlake.functions.json.path.arithmetic import absolute, rounded_to_whole
from owlake.functions.json.path.items import Item, PathError, Typed, item_type_error, number_of, text_of
from owlake.types.model import DOUBLE, is_integer


def array_index(item: Item) -> int:
    """The item as a subscript.

    Errors: PathError.
    """
    if not isinstance(item, Typed):
        if isinstance(item, bool) or not isinstance(item, int | float):
            raise item_type_error("NUMBER", item)
        if not -(2**63) <= item < 2**63:
            raise PathError(f"cannot convert value {item} to long")
        return int(item)
    number = as_number(item)
    if is_integer(number.type):
        return int(number.value)
    if isinstance(number.value, float) and not math.isfinite(number.value):
        raise PathError(f"Cannot cast {number.value} to BIGINT")
    return int(Decimal(number.value).quantize(Decimal(1), ROUND_HALF_UP, Context(prec=400)))


def unchanged(number: Typed) -> Typed:
    """What ``+`` does to a number."""
    return number


def as_number(item: Item) -> Typed:
    """The item as a number with its type.

    Errors: PathError.
    """
    number = number_of(item)
    if number is None:
        raise item_type_error("NUMBER", item)
    return number


def as_operand(item: Item) -> Typed:
    """One side of an operator: a value of SQL as it is, one of JSON as a number.

    Errors: PathError.
    """
    return item if isinstance(item, Typed) else as_number(item)


def _double(item: Item) -> Typed:
    text = text_of(item)
    try:
        if text is not None:
            return Typed(DOUBLE, _read_double(text))
        number = number_of(item)
    except ValueError as problem:
        raise PathError(str(problem)) from problem
    if number is None:
        raise item_type_error("NUMBER or TEXT", item)
    return Typed(DOUBLE, float(number.value))


def _read_double(text: str) -> float:
    """As CAST reads it: Python would also take ``inf``, ``1_0`` and other digits than ours."""
    stripped = text.strip()
    if stripped in ("NaN", "Infinity", "+Infinity", "-Infinity"):
        return float(stripped)
    if not stripped or not stripped.isascii() or stripped.strip("+-0123456789.eE"):
        raise PathError(f"Cannot cast '{text}' to DOUBLE")
    return float(stripped)


METHODS: dict[str, Callable[[Item], Typed]] = {
    "abs": lambda item: absolute(as_number(item)),
    "ceiling": lambda item: rounded_to_whole(as_number(item), up=True),
    "floor": lambda item: rounded_to_whole(as_number(item), up=False),
    "double": _double,
}
"""By their names."""


def key_values(item: Item, objects: list[int]) -> list[dict[str, Any]]:
    """What ``keyvalue()`` makes of an object; ``objects`` counts those that it has met.

    Errors: PathError.
    """
    if not isinstance(item, dict):
        raise item_type_error("OBJECT", item)
    number = objects[0]
    objects[0] += 1
    return [{"name": key, "value": value, "id": number} for key, value in item.items()]
