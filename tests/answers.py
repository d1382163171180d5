"""Comparing the answers of two engines, whose decimals and doubles are not rounded alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

Row = Sequence[Any]

_RELATIVE = 1e-9
"""Sums of doubles differ by the order in which they were added."""


def same_value(left: Any, right: Any) -> bool:
    """Whether two values are the same, but for the last digit of an average.

    Trino's average of decimals is a decimal of their scale, other engines' a double.
    """
    if isinstance(left, bool | str | bytes) or isinstance(right, bool | str | bytes) or None in (left, right):
        return bool(left == right)
    if isinstance(left, int | float | Decimal) and isinstance(right, int | float | Decimal):
        return _close(left, right)
    return bool(left == right)


def _close(left: float | Decimal, right: float | Decimal) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    if not math.isfinite(left) or not math.isfinite(right):
        return str(float(left)) == str(float(right))
    exact = isinstance(left, int | Decimal) and isinstance(right, int | Decimal)
    if exact and _scale(left) == _scale(right):
        return left == right
    scales = [_scale(value) for value in (left, right) if isinstance(value, Decimal)]
    last_digit = 10.0 ** -min(scales) if scales else 0.0
    return math.isclose(float(left), float(right), rel_tol=_RELATIVE, abs_tol=0.5000001 * last_digit)


def _scale(value: float | Decimal) -> int:
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return -exponent if isinstance(exponent, int) else 0


def difference(left: Sequence[Row], right: Sequence[Row]) -> str | None:
    """The first difference between two answers, row by row in order; None where they are the same."""
    if len(left) != len(right):
        return f"{len(left)} rows against {len(right)}"
    for number, (one, other) in enumerate(zip(left, right, strict=True), start=1):
        if len(one) != len(other):
            return f"{len(one)} columns against {len(other)}"
        for column, (value, counterpart) in enumerate(zip(one, other, strict=True), start=1):
            if not same_value(value, counterpart):
                return f"row {number}, column {column}: {value!r} against {counterpart!r}"
    return None


def in_one_order(rows: Sequence[Row]) -> list[Row]:
    """The rows in an order that depends on their values alone, numbers coarsely so that two roundings fall together."""
    return sorted(rows, key=lambda row: tuple(_key(value) for value in row))


def _key(value: Any) -> tuple[int, Any]:
    if value is None:
        return (2, "")
    if isinstance(value, int | float | Decimal):
        return (0, float(f"{float(value):.5g}"))
    return (1, str(value))
