"""Rounding, over every type of numbers.

Decimals keep their digits: what a call gives is as wide as its result can be. Floating-point numbers are rounded as
Trino does it: times a power of ten, to the nearest whole number, divided by it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import (
    Booleans,
    Integers,
    by_distinct,
    expanded,
    from_integers,
    integers,
    length_of,
    presence,
)
from owlake.functions.math.family import FAMILY, INTEGERS
from owlake.functions.registry import CallSite
from owlake.ir.expressions import Constant, Expression
from owlake.types.model import Decimal, Type

# Whole numbers ------------------------------------------------------------------------------------------


@FAMILY.sql(*(f"{name}({one}) -> {one}" for name in ("ceil", "ceiling", "floor", "round") for one in INTEGERS))
def _whole(site: CallSite) -> str:
    """A whole number is round already."""
    return site.sql(0)


@FAMILY.sql(*(f"round({one}, integer) -> {one}" for one in INTEGERS), raises=True)
def _round_whole(site: CallSite) -> str:
    """Rounds to a number of decimal places; a negative one makes zeros of that many digits."""
    places = site.arguments[1]
    if isinstance(places, Constant) and places.value >= 0:
        return site.sql(0)
    return site.kernel(_round_integers, site.arguments, site.type)


_NAMES = {8: "tinyint", 16: "smallint", 32: "integer", 64: "bigint"}
_MOST_ZEROS = 18
_BIGINT_MAX = 2**63 - 1


def _round_integers(numbers: Any, places: Any) -> pa.Array:
    length = length_of((numbers, places))
    columns = [expanded(numbers, length), expanded(places, length)]
    present = presence(*columns)
    values, zeros = integers(columns[0]), -integers(columns[1])
    zeros = np.maximum(zeros if present is None else np.where(present, zeros, 0), 0)
    _check_overflow(values, zeros > _MOST_ZEROS)
    factors = 10**zeros
    whole, rest = np.divmod(values, factors)
    whole += np.where(values < 0, rest > factors - rest, rest >= factors - rest)
    _check_overflow(values, (factors > 1) & (np.abs(whole) > _BIGINT_MAX // factors))
    rounded = whole * factors
    _check_fits(rounded, columns[0].type.bit_width)
    return from_integers(rounded, present, columns[0].type)


def _check_overflow(values: Integers, over: Booleans) -> None:
    if over.any():
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", f"numerical overflow: {values[np.argmax(over)]}")


def _check_fits(rounded: Integers, bits: int) -> None:
    limit = 1 << (bits - 1)
    outside = (rounded > limit - 1) | (rounded < -limit)
    if outside.any():
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", f"Out of range for {_NAMES[bits]}: {rounded[np.argmax(outside)]}")


# Floating-point numbers ---------------------------------------------------------------------------------

for _type in ("real", "double"):
    for _name in ("ceil", "ceiling"):
        FAMILY.native(f"{_name}({_type}) -> {_type}", "ceil({0})", "Rounds up to a whole number")
    FAMILY.native(f"floor({_type}) -> {_type}", "floor({0})", "Rounds down to a whole number")
    FAMILY.native(f"truncate({_type}) -> {_type}", "trunc({0})", "Drops the digits after the decimal point")


@FAMILY.sql("round(real) -> real", "round(double) -> double")
def _round_floating(site: CallSite) -> str:
    """Rounds to the nearest whole number, half away from zero."""
    # The sum makes a positive zero of a negative one, as Trino does.
    return f"round({site.sql(0)} + {site.render(Constant(site.type, 0.0))})"


@FAMILY.kernel("round(double, integer) -> double", "round(real, integer) -> real")
def round_floating(numbers: Any, places: Any) -> pa.Array:
    """Rounds to a number of decimal places, half away from zero."""
    length = length_of((numbers, places))
    column = expanded(numbers, length)
    values = np.asarray(column.fill_null(0) if column.null_count else column, np.float64)
    if isinstance(places, pa.Scalar):
        rounded = _rounded(values, np.float64(_power(places.as_py())))
        missing = None if column.null_count == 0 else ~np.asarray(column.is_valid())
    else:
        digits = np.clip(integers(places), -_LAST_POWER - 1, _LAST_POWER + 1)
        rounded = _rounded(values, _POWERS[digits + _LAST_POWER + 1])
        present = presence(column, places)
        missing = None if present is None else ~present
    return pa.array(rounded.astype(column.type.to_pandas_dtype(), copy=False), mask=missing)


_LAST_POWER = 323


def _power(exponent: int) -> float:
    """A power of ten, from 0 to infinity."""
    try:
        return 10.0**exponent
    except OverflowError:
        return float("inf")


_POWERS = np.array([_power(exponent) for exponent in range(-_LAST_POWER - 1, _LAST_POWER + 2)])
_EXACT = 2.0**52


def _rounded(values: Any, factors: Any) -> Any:
    """The values at so many places. What leaves the range of doubles on the way is finer already, or coarser still."""
    with np.errstate(all="ignore"):
        scaled = (np.abs(values) + 0.0) * factors
        floor = np.floor(scaled)
        whole = floor + (scaled - floor >= 0.5)
        result = np.copysign(whole / factors, np.where(values == 0, 0.0, values))
    special = ~np.isfinite(scaled) | (factors == 0)
    if special.any():
        coarse = np.broadcast_to(factors == 0, values.shape) & np.isfinite(values)
        result = np.where(special, np.where(coarse, np.copysign(0.0, values), values), result)
    return result


# Decimals -----------------------------------------------------------------------------------------------


def _argument(arguments: tuple[Expression, ...]) -> Decimal:
    type_ = arguments[0].type
    assert isinstance(type_, Decimal)
    return type_


def _whole_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    """Going up may need one digit more before the point."""
    type_ = _argument(arguments)
    return Decimal(type_.precision - type_.scale + min(type_.scale, 1), 0)


def _truncated_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    type_ = _argument(arguments)
    return Decimal(max(1, type_.precision - type_.scale), 0)


def _wider_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    type_ = _argument(arguments)
    return Decimal(min(Decimal.MAX_PRECISION, type_.precision + 1), type_.scale)


def _as_decimal(sql: str, type_: Type) -> str:
    assert isinstance(type_, Decimal)
    return f"CAST({sql} AS DECIMAL({type_.precision},{type_.scale}))"


def _to_whole(site: CallSite, native: str) -> str:
    """A native function that gives a decimal as wide as its argument, with room for one digit more."""
    source = _argument(site.arguments)
    if source.scale == 0:
        return site.sql(0)
    if source.precision < Decimal.MAX_PRECISION:
        return _as_decimal(f"{native}({_as_decimal(site.sql(0), _wider_type(site.arguments, {}))})", site.type)
    assert isinstance(site.type, Decimal)
    wide = f"arrow_cast({site.sql(0)}, 'Decimal256({source.precision + 1}, {source.scale})')"
    return f"arrow_cast({native}({wide}), 'Decimal128({site.type.precision}, 0)')"


@FAMILY.sql("ceil(decimal(p,s)) -> decimal(38,0)", "ceiling(decimal(p,s)) -> decimal(38,0)", returns=_whole_type)
def _ceiling_decimal(site: CallSite) -> str:
    """Rounds up to a whole number."""
    return _to_whole(site, "ceil")


@FAMILY.sql("floor(decimal(p,s)) -> decimal(38,0)", returns=_whole_type)
def _floor_decimal(site: CallSite) -> str:
    """Rounds down to a whole number."""
    return _to_whole(site, "floor")


@FAMILY.sql("truncate(decimal(p,s)) -> decimal(38,0)", returns=_truncated_type)
def _truncate_decimal(site: CallSite) -> str:
    """Drops the digits after the decimal point."""
    return _as_decimal(f"trunc({site.sql(0)})", site.type)


@FAMILY.sql("round(decimal(p,s)) -> decimal(38,0)", returns=_whole_type)
def _round_decimal(site: CallSite) -> str:
    """Rounds to the nearest whole number, half away from zero."""
    return _as_decimal(site.sql(0), site.type)


FAMILY.native(
    "truncate(decimal(p,s), integer) -> decimal(p,s)",
    "trunc({0}, {1})",
    "Drops the digits after a number of decimal places; a negative one makes zeros of that many digits",
)


@FAMILY.sql("round(decimal(p,s), integer) -> decimal(38,0)", returns=_wider_type, raises=True)
def _round_decimal_places(site: CallSite) -> str:
    """Rounds to a number of decimal places; a negative one makes zeros of that many digits."""
    source, places = _argument(site.arguments), site.arguments[1]
    if not isinstance(places, Constant) or site.safe:
        return site.kernel(_round_decimals, site.arguments, site.type)
    digits = source.precision - source.scale + places.value
    if places.value >= source.scale:
        return _as_decimal(site.sql(0), site.type)
    if digits < 0:
        return f"CASE WHEN {site.sql(0)} IS NOT NULL THEN {_as_decimal('0', site.type)} END"
    rounded = f"arrow_cast({site.sql(0)}, 'Decimal128({min(Decimal.MAX_PRECISION, digits + 1)}, {places.value})')"
    return _as_decimal(rounded, site.type)


def _round_decimals(numbers: Any, places: Any) -> pa.Array:
    source = numbers.type
    type_ = pa.decimal128(min(Decimal.MAX_PRECISION, source.precision + 1), source.scale)
    wide = pa.decimal256(Decimal.MAX_PRECISION + 2, source.scale)

    def rounded(digits: int, values: pa.Array) -> pa.Array:
        if digits >= source.scale:
            return values.cast(type_)
        if source.precision - source.scale + digits < 0:
            return pc.multiply(values, pa.scalar(0, pa.int8())).cast(type_)
        result = pc.round(values.cast(wide), ndigits=digits, round_mode="half_towards_infinity")
        try:
            return result.cast(type_)
        except pa.ArrowInvalid:
            raise error("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow") from None

    return by_distinct(places, [numbers], rounded, type_)
