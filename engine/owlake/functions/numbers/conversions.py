"""CAST between whole numbers, decimals and floating-point numbers where values may not fit, whole columns at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Booleans, integers, presence
from owlake.functions.numbers.decimals import SHORT, divided, scaled_decimals, short_decimals, unscaled

_WHOLE_TYPES = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}
_WHOLE_NAMES = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT"}
_SHORT_NINES = 10**SHORT


def integer_to_decimal(values: pa.Array, precision: pa.Scalar, scale: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """Whole numbers to decimals.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast INTEGER '123' to DECIMAL(2, 1)``, unless safe.
    """
    type_ = pa.decimal128(precision.as_py(), scale.as_py())
    numbers = integers(values)
    limit = 10 ** (type_.precision - type_.scale)
    fits = np.ones(len(numbers), np.bool_)
    if limit < 2**63:
        fits = (numbers < limit) & (numbers > -limit)
        _check(values, fits, safe, f"{_WHOLE_NAMES[values.type.bit_width]} '{{}}' to {_name(type_)}")
    if type_.precision <= SHORT:
        result = short_decimals(np.where(fits, numbers, 0) * 10**type_.scale, presence(values), type_)
    elif len(numbers) == 0 or max(-int(numbers.min()), int(numbers.max())) < _SHORT_NINES:
        exponents = np.zeros(len(numbers), np.int64)
        result, _ = scaled_decimals(np.where(fits, numbers, 0), exponents, presence(values), type_)
    else:
        wide = pc.if_else(pa.array(fits), values, pa.scalar(0, values.type)).cast(pa.decimal256(19, 0))
        result = wide.cast(pa.decimal256(19 + type_.scale, type_.scale)).cast(type_)
    return _null_where(result, fits)


def decimal_to_decimal(values: pa.Array, precision: pa.Scalar, scale: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """Decimals to others that may be too small for them, rounded half away from zero.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast DECIMAL(6, 1) '12345.6' to DECIMAL(4, 0)``, unless safe.
    """
    source, type_ = values.type, pa.decimal128(precision.as_py(), scale.as_py())
    text = f"{_name(source)} '{{}}' to {_name(type_)}"
    if source.precision <= SHORT and type_.precision <= SHORT:
        digits = unscaled(values)
        shift = type_.scale - source.scale
        if shift < 0:
            digits = divided(digits, np.full(len(digits), -shift))
        fits = np.abs(digits) < 10 ** (type_.precision - max(shift, 0))
        _check(values, fits, safe, text)
        digits = np.where(fits, digits, 0) * 10 ** max(shift, 0)
        return _null_where(short_decimals(digits, presence(values), type_), fits)
    wide = values.cast(pa.decimal256(76, source.scale))
    if type_.scale < source.scale:
        wide = pc.round(wide, ndigits=type_.scale, round_mode="half_towards_infinity")
    limit = pa.scalar(10 ** (type_.precision - type_.scale), pa.decimal256(76, 0)).cast(wide.type)
    fits = np.asarray(pc.less(pc.abs(wide), limit).fill_null(True))
    _check(values, fits, safe, text)
    inside = pc.if_else(pa.array(fits), wide, pa.scalar(None, wide.type))
    return inside.cast(pa.decimal256(76, type_.scale)).cast(type_)


def decimal_to_integer(values: pa.Array, bits: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """Decimals to whole numbers of so many bits, rounded half away from zero.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast '1234.5' to TINYINT``, unless safe.
    """
    source, type_ = values.type, _WHOLE_TYPES[bits.as_py()]
    limit = 2 ** (bits.as_py() - 1)
    text = f"'{{}}' to {_WHOLE_NAMES[bits.as_py()]}"
    if source.precision <= SHORT:
        digits = divided(unscaled(values), np.full(len(values), source.scale))
        fits = (digits >= -limit) & (digits < limit)
        _check(values, fits, safe, text)
        there = presence(values)
        kept = fits if there is None else fits & there
        return pa.array(np.where(kept, digits, 0), mask=~kept).cast(type_)
    wide = pc.round(values.cast(pa.decimal256(76, source.scale)), ndigits=0, round_mode="half_towards_infinity")
    low, high = (pa.scalar(bound, pa.decimal256(76, 0)).cast(wide.type) for bound in (-limit, limit - 1))
    fits = np.asarray(pc.and_(pc.less_equal(low, wide), pc.less_equal(wide, high)).fill_null(True))
    _check(values, fits, safe, text)
    inside = pc.if_else(pa.array(fits), wide, pa.scalar(None, wide.type))
    return inside.cast(pa.decimal256(76, 0)).cast(pa.decimal128(38, 0)).cast(type_)


def _name(type_: pa.DataType) -> str:
    return f"DECIMAL({type_.precision}, {type_.scale})"


def _check(values: pa.Array, fits: Booleans, safe: pa.Scalar, text: str) -> None:
    if safe.as_py() or fits.all():
        return
    there = presence(values)
    wrong = np.flatnonzero(~fits if there is None else ~fits & there)
    if len(wrong):
        value = values[int(wrong[0])].as_py()
        shown = str(value) if isinstance(value, int) else f"{value:f}"
        raise error("INVALID_CAST_ARGUMENT", f"Cannot cast {text}".replace("{}", shown))


def _null_where(result: pa.Array, fits: Booleans) -> pa.Array:
    return result if fits.all() else pc.if_else(pa.array(fits), result, pa.scalar(None, result.type))
