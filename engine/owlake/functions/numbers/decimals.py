"""Columns of decimals as whole numbers and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.arrays import Booleans, Integers

SHORT = 18
"""Decimals of so many digits fit 64 bits."""


def unscaled(array: pa.Array) -> Integers:
    """The digits of decimals of at most 18 digits; anything where they are NULL."""
    words = np.frombuffer(array.buffers()[1], np.int64).reshape(-1, 2)
    return words[array.offset : array.offset + len(array), 0]


def short_decimals(values: Integers, present: Booleans | None, type_: pa.DataType) -> pa.Array:
    """Decimals of their digits, where those fit 64 bits."""
    words = np.stack([values, values >> 63], axis=1)
    mask = None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(type_, len(values), [mask, pa.py_buffer(words)])


def scaled_decimals(
    digits: Integers, exponents: npt.NDArray[np.intp], present: Booleans | None, type_: pa.DataType
) -> tuple[pa.Array, Booleans]:
    """``digits * 10**exponents`` as decimals, rounded half away from zero, and which of them fit the type.

    Digits are at most 18 decimal places long.
    """
    shifts = exponents + type_.scale
    counts = digit_counts(np.abs(digits))
    fits = (digits == 0) | (counts + shifts <= type_.precision)
    shifts = np.where(fits & (digits != 0), shifts, 0)
    values = np.where(fits, digits, 0)
    down = np.minimum(np.maximum(-shifts, 0), SHORT)
    values = divided(values, down)
    values = np.where(-shifts > SHORT, 0, values)
    up = np.maximum(shifts, 0)
    if type_.precision <= SHORT:
        values = values * 10**up
        fits &= np.abs(values) < 10**type_.precision
        return short_decimals(np.where(fits, values, 0), present, type_), fits
    powers = pa.array([10**power for power in range(type_.precision + 1)], pa.decimal256(type_.precision + 1, 0))
    product = pc.multiply(pa.array(values).cast(pa.decimal256(19, 0)), powers.take(pa.array(up)))
    # What rounds up to one digit more no longer fits.
    inside = np.asarray(pc.less(pc.abs(product), pa.scalar(10**type_.precision, product.type)))
    fits &= inside
    product = pc.if_else(pa.array(fits), product, pa.scalar(0, product.type))
    whole = product.cast(pa.decimal128(type_.precision, 0))
    mask = None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(type_, len(digits), [mask, whole.buffers()[1]], offset=whole.offset), fits


def divided(values: Integers, powers: npt.NDArray[np.intp]) -> Integers:
    """The values divided by powers of ten up to 18, rounded half away from zero."""
    divisors = 10**powers
    whole, rest = np.divmod(np.abs(values), divisors)
    return np.sign(values) * (whole + (rest >= divisors - rest))


_POWERS = 10 ** np.arange(1, 19, dtype=np.int64)


def digit_counts(values: Integers) -> npt.NDArray[np.intp]:
    """How many decimal digits whole numbers from 0 have; 0 has one."""
    return np.searchsorted(_POWERS, values, side="right") + 1
