"""Arithmetic and comparison of the values in paths, by SQL's rules of types."""

from __future__ import annotations

import decimal
import math
from typing import Any

import numpy as np

from owlake.functions.json.path.items import PathError, Typed
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    INTEGER_BITS,
    REAL,
    SMALLINT,
    TINYINT,
    Char,
    Decimal,
    Type,
    Varchar,
    is_integer,
    is_numeric,
)

_EXACT = decimal.Context(prec=120)
_WIDTHS = (TINYINT, SMALLINT, INTEGER, BIGINT)
_DIGITS = {TINYINT: 3, SMALLINT: 5, INTEGER: 10, BIGINT: 19}


def result_type(operator: str, left: Type, right: Type) -> Type | None:
    """The type of ``left operator right``; None where there is no such operator."""
    if not (is_numeric(left) and is_numeric(right)):
        return None
    if DOUBLE in (left, right):
        return DOUBLE
    if REAL in (left, right):
        return REAL
    if is_integer(left) and is_integer(right):
        return max(left, right, key=_WIDTHS.index)
    return _decimal_type(operator, _as_decimal(left), _as_decimal(right))


def _as_decimal(type_: Type) -> Decimal:
    return type_ if isinstance(type_, Decimal) else Decimal(_DIGITS[type_], 0)  # type: ignore[index]


def _decimal_type(operator: str, left: Decimal, right: Decimal) -> Decimal | None:
    scale = max(left.scale, right.scale)
    match operator:
        case "+" | "-":
            precision = max(left.precision - left.scale, right.precision - right.scale) + scale + 1
        case "*":
            precision, scale = left.precision + right.precision, left.scale + right.scale
        case "/":
            precision = left.precision + right.scale + max(right.scale - left.scale, 0)
        case _:
            precision = min(left.precision - left.scale, right.precision - right.scale) + scale
    return Decimal(min(precision, Decimal.MAX_PRECISION), scale) if scale <= Decimal.MAX_PRECISION else None


def calculate(operator: str, left: Typed, right: Typed) -> Typed:
    """``left operator right``.

    Errors: PathError for types without the operator, division by zero, and results that do not fit.
    """
    type_ = result_type(operator, left.type, right.type)
    if type_ is None:
        raise PathError(f"invalid operand types to {_NAMES[operator]} operator ({left.type}, {right.type})")
    if type_ in (DOUBLE, REAL):
        value = _floating(operator, float(left.value), float(right.value))
        return Typed(type_, value if type_ == DOUBLE else float(np.float32(value)))
    if isinstance(type_, Decimal):
        return Typed(type_, _decimal(operator, decimal.Decimal(left.value), decimal.Decimal(right.value), type_))
    return _checked(type_, _whole(operator, left.value, right.value))


_NAMES = {"+": "ADD", "-": "SUBTRACT", "*": "MULTIPLY", "/": "DIVIDE", "%": "MODULUS"}


def _floating(operator: str, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            with np.errstate(all="ignore"):
                return float(np.float64(left) / np.float64(right))
        case _:
            return math.fmod(left, right) if right and math.isfinite(left) else math.nan


def _whole(operator: str, left: int, right: int) -> int:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            if right == 0:
                raise PathError("Division by zero")
            quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            return quotient if operator == "/" else left - right * quotient


def _decimal(operator: str, left: decimal.Decimal, right: decimal.Decimal, type_: Decimal) -> decimal.Decimal:
    if operator in "/%" and right == 0:
        raise PathError("Division by zero")
    match operator:
        case "+":
            value = _EXACT.add(left, right)
        case "-":
            value = _EXACT.subtract(left, right)
        case "*":
            value = _EXACT.multiply(left, right)
        case "/":
            value = _EXACT.divide(left, right)
        case _:
            value = _EXACT.remainder(left, right)
    rounded = value.quantize(decimal.Decimal(1).scaleb(-type_.scale), decimal.ROUND_HALF_UP, _EXACT)
    if len(rounded.as_tuple().digits) > Decimal.MAX_PRECISION:
        raise PathError("Decimal overflow")
    return rounded


def _checked(type_: Type, value: int) -> Typed:
    limit = 2 ** (INTEGER_BITS[type_] - 1)
    if not -limit <= value < limit:
        raise PathError(f"{type_} out of range: {value}")
    return Typed(type_, value)


def negated(number: Typed) -> Typed:
    """``-number``."""
    return _checked(number.type, -number.value) if is_integer(number.type) else Typed(number.type, -number.value)


def absolute(number: Typed) -> Typed:
    """The number without its sign."""
    return negated(number) if number.value < 0 else number


def rounded_to_whole(number: Typed, *, up: bool) -> Typed:
    """The next whole number up or down."""
    match number.type:
        case Decimal() as type_:
            mode = decimal.ROUND_CEILING if up else decimal.ROUND_FLOOR
            whole = number.value.to_integral_value(mode)
            return Typed(Decimal(type_.precision - type_.scale + min(type_.scale, 1), 0), whole)
        case _ if number.type in (DOUBLE, REAL) and math.isfinite(number.value):
            return Typed(number.type, float(np.ceil(number.value) if up else np.floor(number.value)))
        case _:
            return number


def compare(operator: str, left: Typed, right: Typed) -> bool | None:
    """Whether ``left operator right``; None where the two do not compare."""
    pair = _comparable(left, right)
    return None if pair is None else bool(_COMPARE[operator](*pair))


def _comparable(left: Typed, right: Typed) -> tuple[Any, Any] | None:
    if is_numeric(left.type) and is_numeric(right.type):
        if {left.type, right.type} & {DOUBLE, REAL}:
            return float(left.value), float(right.value)
        return left.value, right.value
    match left.type, right.type:
        case Varchar(), Varchar():
            return left.value, right.value
        case ((Varchar() | Char()), (Varchar() | Char())):
            return left.value.rstrip(" "), right.value.rstrip(" ")
        case _ if left.type == right.type == BOOLEAN:
            return left.value, right.value
        case _ if left.type.base == right.type.base and hasattr(left.value, "value"):
            return left.value.value, right.value.value
        case _:
            return None


_COMPARE = {
    "==": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
