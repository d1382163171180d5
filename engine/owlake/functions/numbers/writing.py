"""CAST of floating-point numbers to text and to decimals, by the shortest digits that name them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Booleans, Integers, presence
from owlake.functions.numbers.decimals import digit_counts, scaled_decimals
from owlake.types.rendering import double_text, real_text

_REAL_DIGITS = 7
_ZERO = np.uint8(ord("0"))


@dataclass(frozen=True, slots=True, eq=False)
class ShortestDigits:
    """Floating-point numbers as ``digits * 10**exponents``; NaN and infinities are not ``finite`` and have digits 0."""

    digits: Integers
    exponents: npt.NDArray[np.intp]
    negative: Booleans
    finite: Booleans


def shortest_digits(values: pa.Array) -> ShortestDigits:
    """The fewest digits from which each number can be read back; all that Java's ``Double.toString`` shows."""
    floats = np.asarray(values.fill_null(0))
    finite = np.isfinite(floats)
    amounts = pa.array(np.where(finite, np.abs(floats), 0))
    texts = amounts.cast(pa.string())
    exponents = np.zeros(len(texts), np.int64)
    where = np.asarray(pc.find_substring(texts, "e"))
    if (where >= 0).any():
        parts = pc.extract_regex(texts, r"^(?P<mantissa>[^e]*)(?:e\+?(?P<exponent>-?\d+))?$")
        texts = parts.field("mantissa")
        powers = parts.field("exponent")
        exponents += np.asarray(pc.if_else(pc.equal(powers, ""), "0", powers).cast(pa.int64()))
    point = np.asarray(pc.find_substring(texts, "."))
    exponents -= np.where(point >= 0, np.asarray(pc.binary_length(texts)) - point - 1, 0)
    digits = np.asarray(pc.replace_substring(texts, ".", "").cast(pa.int64()))
    return ShortestDigits(*_without_zeros(digits, exponents), np.signbit(floats), finite)


def _without_zeros(digits: Integers, exponents: Integers) -> tuple[Integers, Integers]:
    for zeros in (8, 4, 2, 1):
        rest = digits % 10**zeros == 0
        rest &= digits != 0
        digits = np.where(rest, digits // 10**zeros, digits)
        exponents = exponents + zeros * rest
    return digits, exponents


def float_to_text(values: pa.Array) -> pa.Array:
    """``1.5E1``: one digit, a point, the others, a power of ten; zero is ``0E0``.

    Reals are cut to seven digits (https://trino.io/docs/current/release/release-364.html).
    """
    doubles = _seven_digits(values) if values.type == pa.float32() else values
    floats = np.asarray(doubles.fill_null(0))
    texts = _scientific(floats, presence(values))
    return texts if np.isfinite(floats).all() else _with_names(texts, floats)


def _seven_digits(values: pa.Array) -> pa.Array:
    """Reals as doubles of at most seven digits, those of a tie made even."""
    doubles = values.cast(pa.float64())
    found = shortest_digits(doubles)
    dropped = np.maximum(digit_counts(found.digits) - _REAL_DIGITS, 0)
    unit = 10**dropped
    whole, rest = np.divmod(found.digits, unit)
    whole += (2 * rest > unit) | ((2 * rest == unit) & (whole % 2 == 1) & (dropped > 0))
    texts = pc.binary_join_element_wise(
        pa.array(whole).cast(pa.string()), pa.array(found.exponents + dropped).cast(pa.string()), "e"
    )
    amounts = np.asarray(texts.cast(pa.float64()))
    signed = np.where(found.negative, -amounts, amounts)
    return pa.array(np.where(found.finite, signed, np.asarray(doubles.fill_null(0))), mask=_missing(values))


def _missing(values: pa.Array) -> Booleans | None:
    there = presence(values)
    return None if there is None else ~there


_EXPONENTS = [f"E{power}".encode() for power in range(-324, 309)]
_EXPONENT_TABLE = np.frombuffer(b"".join(text.ljust(5) for text in _EXPONENTS), np.uint8).reshape(-1, 5)
_EXPONENT_LENGTHS = np.array([len(text) for text in _EXPONENTS])


def _scientific(floats: npt.NDArray[np.float64], present: Booleans | None) -> pa.Array:
    """The text of numbers; whatever for those that are not finite.

    The digits are taken, as bytes, from the text that Arrow gives, and a point and a power of ten are put between.
    """
    amounts = np.where(np.isfinite(floats), np.abs(floats), 0)
    digits = _Digits(amounts)
    zero = amounts == 0
    sign = np.signbit(floats).astype(np.int64)
    powers = digits.powers + 324
    tails = _EXPONENT_LENGTHS[powers]
    rest = np.where(zero, -1, np.maximum(digits.counts - 1, 1))
    """Digits behind the point; zero has neither."""
    ends = np.cumsum(sign + rest + 2 + tails)
    offsets = np.concatenate(([0], ends))
    out = np.full(ends[-1] if len(ends) else 0, ord("0"), np.uint8)
    is_digit = np.ones(len(out), np.bool_)
    firsts = offsets[:-1] + sign
    if sign.any():
        minus = offsets[:-1][sign > 0]
        out[minus] = ord("-")
        is_digit[minus] = False
    points = firsts[~zero] + 1
    out[points] = ord(".")
    is_digit[points] = False
    is_digit[firsts[(digits.counts == 1) & ~zero] + 2] = False
    for place in range(int(tails.max()) if len(tails) else 0):
        rows = np.flatnonzero(tails > place) if place > 1 else slice(None)
        at = ends[rows] - tails[rows] + place
        out[at] = _EXPONENT_TABLE[powers[rows], place]
        is_digit[at] = False
    out[is_digit] = digits.digits
    mask = None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(
        pa.string(), len(floats), [mask, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(out)]
    )


class _Digits:
    """The significant digits of numbers from 0, one row's after the other's.

    Attributes:
        digits: ASCII digits without zeros at either end; zero has its own.
        counts: How many of them each row has.
        powers: The power of ten of each row's first digit.
    """

    def __init__(self, amounts: npt.NDArray[np.float64]) -> None:
        texts = pa.array(amounts).cast(pa.string())
        offsets = np.frombuffer(texts.buffers()[1], np.int32)[: len(texts) + 1].astype(np.int64)
        self._text = np.frombuffer(texts.buffers()[2], np.uint8)[: offsets[-1]]
        self._kept = (self._text - _ZERO) <= 9
        self._starts, ends = offsets[:-1], offsets[1:].copy()
        self.powers = np.zeros(len(texts), np.int64)
        exponents = np.flatnonzero(self._text == ord("e"))
        if len(exponents):
            self._take_exponents(texts, exponents, ends)
        points = np.flatnonzero(self._text == ord("."))
        whole = ends - self._starts
        self.counts = whole.copy()
        pointed = self._row_of(points)
        whole[pointed] = points - self._starts[pointed]
        self.counts[pointed] -= 1
        self.powers += whole - 1
        nonzero = amounts > 0
        self._drop_before(np.flatnonzero((self._text[self._starts] == _ZERO) & nonzero))
        nonzero[pointed] = False
        self._drop_behind(np.flatnonzero(nonzero), ends)
        self.digits = self._text[self._kept]

    def _row_of(self, places: Integers) -> Integers:
        """The rows that bytes lie in; at most one byte of each."""
        if len(places) == len(self._starts):
            return np.arange(len(places))
        return np.searchsorted(self._starts, places, side="right") - 1

    def _take_exponents(self, texts: pa.Array, places: Integers, ends: Integers) -> None:
        """Read ``e-7`` and leave it out; ``ends`` are moved before it."""
        rows = self._row_of(places)
        written = pc.replace_substring_regex(texts.take(pa.array(rows)), r"^.*e\+?", "")
        self.powers[rows] = np.asarray(written.cast(pa.int64()))
        for distance in range(1, 5):
            at = places + distance
            self._kept[at[at < ends[rows]]] = False
        ends[rows] = places

    def _drop_before(self, rows: Integers) -> None:
        """Leave out the zeros of ``0.00``."""
        at = self._starts[rows]
        step = 2
        while len(rows):
            self._kept[at] = False
            self.counts[rows] -= 1
            self.powers[rows] -= 1
            at = at + step
            step = 1
            again = self._text[at] == _ZERO
            rows, at = rows[again], at[again]

    def _drop_behind(self, rows: Integers, ends: Integers) -> None:
        """Leave out the zeros at the end of whole numbers."""
        at = ends[rows] - 1
        while len(rows):
            zero = self._text[at] == _ZERO
            rows, at = rows[zero], at[zero]
            self._kept[at] = False
            self.counts[rows] -= 1
            at = at - 1


def _with_names(texts: pa.Array, floats: npt.NDArray[np.float64]) -> pa.Array:
    for name, rows in (
        ("NaN", np.isnan(floats)),
        ("Infinity", floats == np.inf),
        ("-Infinity", floats == -np.inf),
    ):
        texts = pc.if_else(pa.array(rows), pc.if_else(texts.is_valid(), name, pa.scalar(None, pa.string())), texts)
    return texts


def double_to_java_text(values: pa.Array) -> pa.Array:
    """Java's form: ``12.5``, ``1.0E10``."""
    amounts = np.abs(np.asarray(values.fill_null(0)))
    plain = ((amounts >= _LEAST_PLAIN) & (amounts < _BEYOND_PLAIN)) | (amounts == 0)
    texts = values.cast(pa.string())
    texts = pc.if_else(pc.match_substring(texts, "."), texts, pc.binary_join_element_wise(texts, ".0", ""))
    if plain.all():
        return texts
    others = [double_text(value) for value in values.filter(pa.array(~plain)).to_pylist()]
    return pc.replace_with_mask(texts, pa.array(~plain), pa.array(others, pa.string()))


_LEAST_PLAIN, _BEYOND_PLAIN = 1e-3, 1e7


def float_to_bounded_text(values: pa.Array, length: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """The text of numbers that must fit a length.

    Errors: INVALID_CAST_ARGUMENT ``Value 1200.0 (1.2E3) cannot be represented as varchar(4)``, unless safe.
    """
    texts = float_to_text(values)
    fits = pc.less_equal(pc.binary_length(texts), length.as_py())
    if pc.all(fits).as_py() is not False:
        return texts
    if not safe.as_py():
        row = pc.index(fits, False).as_py()
        plain = (real_text if values.type == pa.float32() else double_text)(values[row].as_py())
        text = f"Value {plain} ({texts[row]}) cannot be represented as varchar({length.as_py()})"
        raise error("INVALID_CAST_ARGUMENT", text)
    return pc.if_else(fits, texts, pa.scalar(None, pa.string()))


def float_to_decimal(values: pa.Array, precision: pa.Scalar, scale: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """Numbers to decimals by the digits that show, rounded half away from zero.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast DOUBLE '1.0E10' to DECIMAL(5, 2)``, unless safe.
    """
    type_ = pa.decimal128(precision.as_py(), scale.as_py())
    found = shortest_digits(values)
    digits = np.where(found.negative, -found.digits, found.digits)
    there = presence(values)
    result, fits = scaled_decimals(digits, found.exponents, there, type_)
    ok = fits & found.finite
    if ok.all():
        return result
    wrong = np.flatnonzero(~ok if there is None else ~ok & there)
    if len(wrong) and not safe.as_py():
        is_real = values.type == pa.float32()
        shown = (real_text if is_real else double_text)(values[int(wrong[0])].as_py())
        name = f"{'REAL' if is_real else 'DOUBLE'} '{shown}' to DECIMAL({type_.precision}, {type_.scale})"
        raise error("INVALID_CAST_ARGUMENT", f"Cannot cast {name}")
    return pc.if_else(pa.array(ok), result, pa.scalar(None, type_))
