"""Text into values, whole columns at a time: Arrow's parsers where they agree with Java's, one by one where not.

A column is parsed by Arrow first. Only if that fails, the values are told apart by a pattern: those of the plain form
go to Arrow again, the distinct others to a function that reads them as Java does.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, InvalidOperation
from decimal import Context as DecimalContext
from decimal import Decimal as PythonDecimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.types.model import Char, Varchar
from owlake.types.text import days_from_civil

if TYPE_CHECKING:
    import numpy.typing as npt

Convert = Callable[[pa.Array], pa.Array]
"""From an array of text or bytes, NULLs in it, to one of the column's type."""
ReadOne = Callable[[str], Any]
"""One value as Java reads it; None for what is none, or ValueError where that is an error."""

_MICROSECONDS = 1_000_000
_DAY = 86_400 * _MICROSECONDS


class BadValueError(Exception):
    """A value that cannot be read: its text, and the index of its first row."""

    def __init__(self, text: str, index: int) -> None:
        super().__init__(text)
        self.text = text
        self.index = index


@dataclass(frozen=True, slots=True)
class Reading:
    """How the values of a type are read.

    ``agrees`` tells of a column that Arrow parsed whether every value was of a form that Java reads alike; ``plain``
    is a pattern of texts that surely are.
    """

    type: pa.DataType
    plain: str
    one: ReadOne
    agrees: Callable[[pa.Array], bool]

    def column(self, column: pa.Array) -> pa.Array:
        """The whole column. Errors: BadValueError."""
        try:
            parsed = as_text(column).cast(self.type)
        except pa.ArrowInvalid:
            return self._by_form(column)
        return parsed if self.agrees(column) else self._by_form(column)

    def _by_form(self, column: pa.Array) -> pa.Array:
        is_plain = pc.match_substring_regex(column, self.plain)
        parsed = as_text(pc.if_else(is_plain, column, None)).cast(self.type)
        others = pc.filter(column, pc.invert(is_plain), null_selection_behavior="drop")
        if not len(others):
            return parsed
        distinct = others.dictionary_encode()
        read = [self._one(column, text) for text in distinct.dictionary.to_pylist()]
        values = pa.array(read, self.type).take(distinct.indices)
        return pc.replace_with_mask(parsed, pc.fill_null(pc.invert(is_plain), fill_value=False), values)

    def _one(self, column: pa.Array, value: str | bytes) -> object:
        text = value if isinstance(value, str) else value.decode(errors="replace")
        try:
            return self.one(text)
        except ValueError as problem:
            raise BadValueError(text, pc.index(column, pa.scalar(value, column.type)).as_py()) from problem


def as_text(column: pa.Array) -> pa.Array:
    """Bytes as text; what is not UTF-8 becomes U+FFFD, as Java has it."""
    if pa.types.is_string(column.type):
        return column
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        texts = [None if value is None else value.decode(errors="replace") for value in column.to_pylist()]
        return pa.array(texts, pa.string())


def without(column: pa.Array, text: bytes) -> pa.Array:
    """The column with NULL for the values that are ``text``."""
    if not (np.diff(offsets_of(column)) == len(text)).any():
        return column
    is_text = pc.equal(column, pa.scalar(text, column.type))
    return pc.if_else(is_text, pa.scalar(None, column.type), column) if pc.any(is_text).as_py() else column


def bytes_of(column: pa.Array) -> npt.NDArray[np.uint8]:
    """All bytes of a column of text or bytes, one value after the other."""
    buffer = column.buffers()[2]
    if buffer is None:
        return np.empty(0, np.uint8)
    offsets = offsets_of(column)
    return np.frombuffer(buffer, np.uint8)[offsets[0] : offsets[-1]]


def offsets_of(column: pa.Array) -> npt.NDArray[np.int32]:
    """Where the values of a column of text or bytes begin in its bytes, and where the last one ends."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)
    return offsets[column.offset : column.offset + len(column) + 1]


def integers(bits: int, one: ReadOne) -> Reading:
    """Whole numbers. Arrow reads ``0x1F`` too, which Java does not."""
    digits = len(str(1 << (bits - 1))) - 1
    type_ = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[bits]
    return Reading(type_, rf"^-?[0-9]{{1,{digits}}}$", one, lambda column: not _has_letter(column, "x"))


def floats(bits: int, one: ReadOne) -> Reading:
    """Floating-point numbers. Arrow reads ``nan`` and ``inf`` in any case, Java only ``NaN`` and ``Infinity``."""
    type_ = pa.float32() if bits == 32 else pa.float64()
    return Reading(type_, r"^-?[0-9]+(\.[0-9]+)?$", one, lambda column: not _has_letter(column, "n"))


def decimals(precision: int, scale: int, one: ReadOne) -> Reading:
    """Decimals; Arrow refuses what does not fit the scale, Java's BigDecimal rounds."""
    fraction = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
    whole = rf"[0-9]{{1,{precision - scale}}}" if precision > scale else "0"
    return Reading(pa.decimal128(precision, scale), rf"^-?{whole}{fraction}$", one, lambda _column: True)


def dates(one: ReadOne) -> Reading:
    """``2020-01-31``."""
    return Reading(pa.date32(), rf"^{_PLAIN_DATE}$", one, lambda _column: True)


def timestamps(one: ReadOne, *, is_usual: bool) -> Reading:
    """``2020-01-31 12:34:56.789``, in microseconds. Arrow also reads times without seconds, Hive does not.

    Not ``is_usual``: the table has forms of its own, which go before this one.
    """
    if not is_usual:
        return Reading(pa.timestamp("us"), _NOTHING, one, lambda _column: False)
    return Reading(
        pa.timestamp("us"),
        rf"^{_PLAIN_DATE} ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{{1,6}})?$",
        one,
        lambda column: _has_lengths(column, 10, 19),
    )


_NOTHING = r"a\A"
"""A pattern that no text matches."""
_PLAIN_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"


def _has_letter(column: pa.Array, letter: str) -> bool:
    """Whether the letter is in any value, small or capital."""
    found = bytes_of(column).tobytes()
    return letter.encode() in found or letter.upper().encode() in found


def _has_lengths(column: pa.Array, exactly: int, at_least: int) -> bool:
    lengths = np.diff(offsets_of(column))
    return bool(((lengths == exactly) | (lengths >= at_least) | (lengths == 0)).all())


def rounded_to_milliseconds(column: pa.Array) -> pa.Array:
    """Timestamps in microseconds, half a millisecond and more rounded up."""
    if pc.all(pc.equal(pc.microsecond(column), 0)).as_py() is not False:
        return column
    later = pc.add(column, pa.scalar(timedelta(microseconds=500), pa.duration("us")))
    return pc.floor_temporal(later, unit="millisecond")


def cut_text(column: pa.Array, length: int) -> pa.Array:
    """The first characters of each value."""
    return pc.utf8_slice_codeunits(column, 0, length)


def text_of(type_: Varchar | Char, column: pa.Array) -> pa.Array:
    """A column as text of the type: cut to its length, char without the blanks at its end."""
    text = as_text(column)
    if type_.length is not None:
        text = cut_text(text, type_.length)
    return pc.utf8_rtrim(text, " ") if isinstance(type_, Char) else text


_JAVA_FLOAT = re.compile(r"[\s]*([+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?))[\s]*", re.ASCII)
_LENIENT_DATE = re.compile(r"([+-]?\d{1,10})-(\d{1,2})-(\d{1,2})", re.ASCII)
_LENIENT_TIMESTAMP = re.compile(
    r"([+-]?\d{1,10})-(\d{1,2})-(\d{1,2})(?:[ tT](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?)?", re.ASCII
)
_ISO_WITHOUT_SECONDS = re.compile(r"(\d{4})-(\d\d)-(\d\d)[tT](\d\d):(\d\d)()()", re.ASCII)


def java_float(text: str) -> float | None:
    """``Double.parseDouble``, hexadecimal forms aside; None for what it refuses."""
    found = _JAVA_FLOAT.fullmatch(text)
    if not found:
        return None
    return float(found[1].rstrip("fFdD") if found[1][-1:] in "fFdD" else found[1])


def java_decimal(text: str, precision: int, scale: int) -> PythonDecimal | None:
    """``new BigDecimal(text)`` rounded half up to the scale; None for what is none or has too many digits."""
    if not _JAVA_DECIMAL.fullmatch(text):
        return None
    try:
        # Digits enough for any exponent that can still fit.
        value = PythonDecimal(text).quantize(PythonDecimal(1).scaleb(-scale), ROUND_HALF_UP, _WIDE)
    except InvalidOperation:
        return None
    return value if value.copy_abs() < PythonDecimal(1).scaleb(precision - scale) else None


_JAVA_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)
_WIDE = DecimalContext(prec=2000)


def lenient_days(text: str) -> int | None:
    """Days since 1970 as Hive's lenient parser counts them: ``2021-02-30`` is the second of March."""
    found = _LENIENT_DATE.fullmatch(text.strip().partition(" ")[0])
    if not found:
        return None
    days = _days(found[1], found[2], found[3])
    return days if -(1 << 31) <= days < 1 << 31 else None


def lenient_timestamp(text: str) -> int | None:
    """Microseconds since 1970, rounded to milliseconds, as Hive's lenient parser counts them."""
    text = text.strip()
    found = _LENIENT_TIMESTAMP.fullmatch(text) or _ISO_WITHOUT_SECONDS.fullmatch(text)
    if not found:
        return None
    seconds = (int(found[4] or 0) * 60 + int(found[5] or 0)) * 60 + int(found[6] or 0)
    milliseconds = (int((found[7] or "").ljust(9, "0")) + 500_000) // 1_000_000
    microseconds = _days(found[1], found[2], found[3]) * _DAY + seconds * _MICROSECONDS + milliseconds * 1000
    return microseconds if abs(microseconds) < 1 << 63 else None


def _days(year: str, month: str, day: str) -> int:
    """Months and days beyond their ends flow over."""
    years, months = divmod(int(year) * 12 + int(month) - 1, 12)
    return days_from_civil(years, months + 1, 1) + int(day) - 1


def base64_bytes(text: str) -> bytes:
    """What Base64 text stands for; other text stands for itself, as in Hive."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()
