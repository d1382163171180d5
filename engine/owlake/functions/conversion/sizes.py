"""Large numbers as people write them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Integers, presence
from owlake.functions.conversion.family import FAMILY
from owlake.functions.registry import Execution
from owlake.functions.shapes import Shape, shapes_of

_UNITS = ("", "K", "M", "B", "T", "Q")
_LONG_MAX = 2**63 - 1
_LIMIT_OF_LONG = 2.0**63


@FAMILY.kernel("format_number(bigint) -> varchar", "format_number(double) -> varchar")
def format_number(numbers: Any) -> pa.Array:
    """A number in three digits and the letter of its thousands: 12.3M."""
    present = presence(numbers)
    values = _whole(np.asarray(numbers.fill_null(0)))
    fractions = values.astype(np.float64)
    units = np.zeros(len(values), np.int64)
    for _ in _UNITS[1:]:
        large = np.abs(fractions) >= 1000
        fractions[large] /= 1000
        units[large] += 1
    places = np.where(fractions < 10, 2, np.where(fractions < 100, 1, 0))
    hundredths = _rounded(fractions, places)
    signs = pa.array(np.where(hundredths < 0, "-", ""))
    magnitudes = np.abs(hundredths)
    whole = pa.array(magnitudes // 100).cast(pa.string())
    texts = pc.binary_join_element_wise(
        signs, whole, _HUNDREDTHS.take(pa.array(magnitudes % 100)), _LETTERS.take(pa.array(units)), ""
    )
    return texts if present is None else pc.if_else(pa.array(present), texts, pa.scalar(None, pa.string()))


_HUNDREDTHS = pa.array([f".{number:02}".rstrip("0").rstrip(".") for number in range(100)])
_LETTERS = pa.array(_UNITS)


def _whole(numbers: npt.NDArray[Any]) -> Integers:
    """Java's conversion: what is too large is the largest, NaN is 0."""
    if numbers.dtype == np.int64:
        return numbers
    fits = np.abs(numbers) < _LIMIT_OF_LONG
    found = np.where(fits, numbers, 0).astype(np.int64)
    found[numbers >= _LIMIT_OF_LONG] = _LONG_MAX
    found[numbers <= -_LIMIT_OF_LONG] = -_LONG_MAX - 1
    return found


def _rounded(fractions: npt.NDArray[np.float64], places: Integers) -> Integers:
    """Hundredths of the numbers rounded to so many places, half away from zero by all of their digits."""
    steps = np.array([100, 10, 1])[places]
    scaled = np.abs(fractions) * 100 / steps
    whole = np.floor(scaled + 0.5)
    for row in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < _NEARLY):
        exact = _EXACT.multiply(Decimal(float(abs(fractions[row]))), Decimal(100 // int(steps[row])))
        whole[row] = int(exact.quantize(Decimal(1), ROUND_HALF_UP, _EXACT))
    return np.copysign(whole * steps, fractions).astype(np.int64)


_NEARLY = 1e-6
"""So near to a half that the product's own error could decide."""


_SIZE = re.compile(rb"(0+(?:\.(0*))?|\.(0+))(B|kB|MB|GB|TB|PB|EB|ZB|YB)")
_POWERS = {unit: 10 * power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"))}
_EXACT = Context(prec=1000)
_LIMIT = 10**38


@FAMILY.kernel(
    "parse_data_size(varchar(x)) -> decimal(38,0)",
    "parse_presto_data_size(varchar(x)) -> decimal(38,0)",
    raises=True,
    execution=Execution.VALUE,
)
def parse_data_size(texts: Any) -> pa.Array:
    """The number of bytes that a text like 2.3MB means."""
    parts = [pa.nulls(1, _WIDEST)]
    codes = np.zeros(len(texts), np.int64)
    for shape in shapes_of(texts):
        found = _SIZE.fullmatch(shape.text)
        if found is None:
            raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid data size: '{shape.example()}'")
        codes[shape.rows] = np.arange(len(shape.rows)) + sum(map(len, parts))
        parts.append(_sizes(shape, found))
    return pa.concat_arrays(parts).take(pa.array(codes))


_WIDEST = pa.decimal128(38, 0)


def _sizes(shape: Shape, found: re.Match[bytes]) -> pa.Array:
    """The sizes of texts of one shape, which has a number and a unit."""
    start, stop = found.span(1)
    power, places = _POWERS[found[4].decode()], len(found[2] or found[3] or b"")
    if b"." not in found[1] and (stop - start) * _BITS_OF_A_DIGIT + power < _BITS_OF_A_LONG:
        return pa.array(shape.number(start, stop) << power).cast(_WIDEST)
    contents, codes = shape.distinct(start, stop)
    sizes = [(int(content.replace(b".", b"")) << power) // 10**places for content in contents]
    large = next((number for number, size in enumerate(sizes) if size >= _LIMIT), None)
    if large is not None:
        text = shape.example(int(np.flatnonzero(codes == large)[0]))
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", f"Value out of range: '{text}' ('{sizes[large]}B')")
    return pa.array(sizes, _WIDEST).take(pa.array(codes))


_BITS_OF_A_DIGIT, _BITS_OF_A_LONG = 4, 63
