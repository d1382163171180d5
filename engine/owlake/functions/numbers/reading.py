"""CAST of text to numbers and booleans as Java reads them, whole columns at a time.

Every kernel first lets Arrow read the column; what Arrow does not read, or reads though Java does not (hexadecimal,
``inf``), is read shape by shape. ``safe`` makes a value that is no number NULL.
"""

from __future__ import annotations

import decimal
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Booleans, presence
from owlake.functions.numbers.decimals import scaled_decimals
from owlake.functions.shapes import MAX_DIGITS, Shape, shapes_of

# Java's String.trim() takes everything up to the blank.
_BLANKS = "".join(chr(code) for code in range(33))
_INTEGER = re.compile(rb"[\x00-\x20]*([+-]?)(0+)[\x00-\x20]*")
_DECIMAL = re.compile(rb"([+-]?)(0*)(?:\.(0*))?(?:[eE]([+-]?0{1,9}))?")
_FLOAT = re.compile(rb"[\x00-\x20]*[+-]?(?:0+\.?0*|\.0+)(?:[eE][+-]?0+)?([dDfF]?)[\x00-\x20]*")
_NAMED_FLOAT = re.compile(rb"[\x00-\x20]*[+-]?(?:NaN|Infinity)[\x00-\x20]*")
_HEX = re.compile(
    rb"[\x00-\x20]*([+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?0+)[dDfF]?[\x00-\x20]*"
)
_INTEGER_NAMES = {8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT"}


def text_to_integer(texts: pa.Array, bits: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """``-123`` to a whole number of so many bits.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast 'abc' to INT``.
    """
    type_ = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[bits.as_py()]
    quick = _read_by_arrow(texts, type_)
    if quick is not None:
        return quick
    limit = 2 ** (bits.as_py() - 1)
    values = np.zeros(len(texts), np.int64)
    ok = np.zeros(len(texts), np.bool_)
    for shape in shapes_of(texts):
        found = _INTEGER.fullmatch(shape.text)
        if not found:
            continue
        if len(found[2]) <= MAX_DIGITS:
            read = shape.number(*found.span(2))
            read = -read if found[1] == b"-" else read
            fits = (read >= -limit) & (read < limit)
        else:
            exact = [int(shape.example(row)) for row in range(len(shape.rows))]
            fits = np.array([-limit <= one < limit for one in exact])
            read = np.array([one if inside else 0 for one, inside in zip(exact, fits, strict=True)], np.int64)
        values[shape.rows] = np.where(fits, read, 0)
        ok[shape.rows] = fits
    _check(texts, ok, safe, f"Cannot cast '{{}}' to {_INTEGER_NAMES[bits.as_py()]}")
    return pa.array(values, mask=~ok).cast(type_)


def text_to_float(texts: pa.Array, bits: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """``-1.5e10`` to a floating-point number of so many bits.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast 'abc' to DOUBLE``.
    """
    type_ = pa.float32() if bits.as_py() == 32 else pa.float64()
    quick = _read_by_arrow(texts, type_)
    if quick is not None:
        return quick
    values = np.zeros(len(texts), type_.to_pandas_dtype())
    ok = np.zeros(len(texts), np.bool_)
    trimmed = pc.utf8_trim(texts, _BLANKS)
    for shape in shapes_of(texts):
        read = _read_floats(shape, trimmed, type_)
        if read is not None:
            values[shape.rows] = read
            ok[shape.rows] = True
    _check(texts, ok, safe, f"Cannot cast '{{}}' to {'REAL' if bits.as_py() == 32 else 'DOUBLE'}")
    return pa.array(values, mask=~ok)


def _read_floats(shape: Shape, texts: pa.Array, type_: pa.DataType) -> np.ndarray | None:
    """The numbers of one shape; Java takes a suffix (``1.5d``) and hexadecimal digits too."""
    found = _FLOAT.fullmatch(shape.text)
    if found:
        rows = texts.take(pa.array(shape.rows))
        if found[1]:
            rows = pc.utf8_rtrim(rows, "dDfF")
        return np.asarray(pc.utf8_ltrim(rows, "+").cast(type_))
    if _NAMED_FLOAT.fullmatch(shape.text):
        return np.full(len(shape.rows), float(shape.text))
    if _HEX.fullmatch(shape.text):
        matches = (_HEX_VALUE.search(shape.example(row)) for row in range(len(shape.rows)))
        return np.array([float.fromhex(found[0]) if found else np.nan for found in matches])
    return None


_HEX_VALUE = re.compile(r"[+-]?0[xX][0-9a-fA-F.]+[pP][+-]?\d+")


def text_to_decimal(texts: pa.Array, precision: pa.Scalar, scale: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """``-1.50`` to a decimal, rounded half away from zero.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast VARCHAR 'abc' to DECIMAL(10, 2). Value is not a number.``
    """
    type_ = pa.decimal128(precision.as_py(), scale.as_py())
    quick = (_read_by_arrow if _fraction_digits(texts) <= type_.scale else _read_and_round)(texts, type_)
    if quick is not None:
        return quick
    reader = _DecimalReader(len(texts), type_)
    for shape in shapes_of(texts):
        reader.read(shape)
    name = f"DECIMAL({type_.precision}, {type_.scale})"
    _check(texts, reader.is_number, safe, f"Cannot cast VARCHAR '{{}}' to {name}. Value is not a number.")
    result, fits = reader.finish()
    _check(texts, fits | ~reader.is_number, safe, f"Cannot cast VARCHAR '{{}}' to {name}. Value too large.")
    return pc.if_else(pa.array(fits & reader.is_number), result, pa.scalar(None, type_))


def _fraction_digits(texts: pa.Array) -> int:
    """The most characters that stand behind a point."""
    points = pc.find_substring(texts, ".")
    behind = pc.if_else(pc.less(points, 0), 0, pc.subtract(pc.subtract(pc.binary_length(texts), points), 1))
    return pc.max(behind).as_py() or 0


_ROUNDED_SCALE = 18


def _read_and_round(texts: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """Texts of more digits than the type has, if they are plain ones that fit it."""
    if type_.scale >= _ROUNDED_SCALE:
        return None
    wide = _read_by_arrow(texts, pa.decimal128(38, _ROUNDED_SCALE))
    if wide is None:
        return None
    try:
        return pc.round(wide, ndigits=type_.scale, round_mode="half_towards_infinity").cast(type_)
    except pa.ArrowInvalid:
        return None


class _DecimalReader:
    """Collects a column of decimals: as digits and exponents where those are short, one by one where not."""

    def __init__(self, length: int, type_: pa.DataType) -> None:
        self.is_number = np.zeros(length, np.bool_)
        self._type = type_
        self._digits = np.zeros(length, np.int64)
        self._exponents = np.zeros(length, np.int64)
        self._long: dict[int, decimal.Decimal | None] = {}

    def read(self, shape: Shape) -> None:
        """Take the rows of a shape."""
        found = _DECIMAL.fullmatch(shape.text)
        if not found or not (found[2] or found[3]):
            return
        self.is_number[shape.rows] = True
        whole, fraction = len(found[2]), len(found[3] or b"")
        if whole + fraction > MAX_DIGITS:
            for place, row in enumerate(shape.rows):
                self._long[int(row)] = self._exact(shape.example(place))
            return
        digits = shape.number(*found.span(2)) * 10**fraction
        if fraction:
            digits += shape.number(*found.span(3))
        self._digits[shape.rows] = -digits if found[1] == b"-" else digits
        self._exponents[shape.rows] = -fraction
        if found[4]:
            sign = found[4][:1]
            exponents = shape.number(found.start(4) + (sign in b"+-"), found.end(4))
            self._exponents[shape.rows] += -exponents if sign == b"-" else exponents

    def _exact(self, text: str) -> decimal.Decimal | None:
        with decimal.localcontext(decimal.Context(prec=200, rounding=decimal.ROUND_HALF_UP)):
            value = decimal.Decimal(text)
            if value.adjusted() >= self._type.precision:
                return None
            value = value.quantize(decimal.Decimal(1).scaleb(-self._type.scale))
        return value if len(value.as_tuple().digits) <= self._type.precision else None

    def finish(self) -> tuple[pa.Array, Booleans]:
        """The decimals, and which of them fit the type."""
        result, fits = scaled_decimals(self._digits, self._exponents, None, self._type)
        if self._long:
            fits[list(self._long)] = [value is not None for value in self._long.values()]
            rows = pa.array(np.isin(np.arange(len(result)), list(self._long)))
            ordered = [self._long[row] for row in sorted(self._long)]
            result = pc.replace_with_mask(result, rows, pa.array(ordered, self._type))
        return result, fits


_TRUE = ("t", "1", "true")
_FALSE = ("f", "0", "false")


def text_to_boolean(texts: pa.Array, safe: pa.Scalar) -> pa.Array:
    """``true``, ``t`` and ``1``, ``false``, ``f`` and ``0`` in any case.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast 'yes' to BOOLEAN``.
    """
    places = pc.index_in(pc.ascii_lower(texts), pa.array([*_TRUE, *_FALSE]))
    _check(texts, np.asarray(places.is_valid()), safe, "Cannot cast '{}' to BOOLEAN")
    return pc.less(places, len(_TRUE))


def _read_by_arrow(texts: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """The numbers as Arrow reads them, if it does and there is nothing but digits, signs and points."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, texts.offset * 4)
    data = texts.buffers()[2]
    used = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]] if data is not None else np.empty(0, np.uint8)
    if len(used) and used.max() > ord("9"):
        return None
    try:
        return texts.cast(type_)
    except pa.ArrowInvalid:
        return None


def _check(texts: pa.Array, ok: Booleans, safe: pa.Scalar, text: str) -> None:
    """Fail with the first text that is wrong in it, unless safe."""
    there = presence(texts)
    wrong = np.flatnonzero(~ok if there is None else there & ~ok)
    if len(wrong) and not safe.as_py():
        raise error("INVALID_CAST_ARGUMENT", text.replace("{}", texts[int(wrong[0])].as_py()))
