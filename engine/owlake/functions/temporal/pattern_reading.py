"""Text as local times by a pattern, whole columns at a time: a pattern is applied to each shape of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Booleans, Integers, presence
from owlake.functions.shapes import MAX_DIGITS, Shape, shapes_of
from owlake.functions.temporal.patterns import (
    ERAS,
    HALFDAYS,
    MONTHS,
    SHORT_LETTERS,
    SIGNED_FIELDS,
    WEEKDAYS,
    Element,
    Fraction,
    Literal,
    Name,
    Number,
    Offset,
    TwoDigitYear,
    ZoneId,
    ZoneName,
)
from owlake.functions.temporal.resolving import Local, Setting, local_times
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.functions.temporal.zones import zone_of
from owlake.types.text import PACKED_MICROSECONDS, InvalidTextError, normal_zone, offset_name

_ANY_DIGIT, _SHAPE_DIGIT = b"[0-9]", b"0"

# The zones that Joda-Time reads by an abbreviation.
_ABBREVIATIONS = {
    "UT": "UTC", "UTC": "UTC", "GMT": "UTC",
    "EST": "America/New_York", "EDT": "America/New_York",
    "CST": "America/Chicago", "CDT": "America/Chicago",
    "MST": "America/Denver", "MDT": "America/Denver",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
}  # fmt: skip

_TEXTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "month": (MONTHS, tuple(name[:SHORT_LETTERS] for name in MONTHS)),
    "day_of_week": (WEEKDAYS, tuple(name[:SHORT_LETTERS] for name in WEEKDAYS)),
    "halfday": (HALFDAYS,),
    "era": (ERAS, ("BCE", "CE")),
}
_FIRST_VALUES = {"month": 1, "day_of_week": 1, "halfday": 0, "era": 0}


@lru_cache
def _values_of(field_: str) -> dict[str, int]:
    """The texts of a field with their values, long and short ones; all letters great or small too."""
    first = _FIRST_VALUES[field_]
    return {
        text: value
        for names in _TEXTS[field_]
        for value, name in enumerate(names, first)
        for text in (name, name.upper(), name.lower())
    }


# Expressions ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1000)
def expression_of(elements: tuple[Element, ...]) -> re.Pattern[bytes]:
    """The expression of a pattern over shapes, a group for each element."""
    return re.compile(b"".join(b"(" + _expression(one, _SHAPE_DIGIT) + b")" for one in elements), re.DOTALL)


@lru_cache(maxsize=4000)
def _element_expression(element: Element) -> re.Pattern[bytes]:
    return re.compile(_expression(element, _ANY_DIGIT), re.DOTALL)


def _expression(element: Element, digit: bytes) -> bytes:
    match element:
        case Number():
            sign = b"[+-]?" if element.field in SIGNED_FIELDS else b""
            return sign + digit + b"{1,%d}+" % min(element.most, MAX_DIGITS)
        case TwoDigitYear():
            return b"[+-]?" + digit + b"{1,%d}+" % MAX_DIGITS if element.lenient else digit + digit
        case Name():
            texts = sorted(_values_of(element.field), key=len, reverse=True)
            return b"(?>" + b"|".join(text.encode() for text in texts) + b")"
        case Fraction():
            return digit + b"{1,%d}+" % min(element.most, MAX_DIGITS)
        case Literal():
            return b"".join(_letter(letter, digit) for letter in element.text)
        case Offset():
            two = digit + digit
            return b"[+-]%s(?::%s(?::%s)?|%s(?:%s)?)?" % (two, two, two, two, two)
        case ZoneId():
            return b"[A-Za-z][A-Za-z0-9_/+-]*+"
        case _:
            return b"(?>" + b"|".join(name.encode() for name in sorted(_ABBREVIATIONS, key=len, reverse=True)) + b")"


def _letter(letter: str, digit: bytes) -> bytes:
    """A letter of a literal, great or small; a digit of one is any digit in a shape."""
    if letter.isascii() and letter.isdigit():
        return letter.encode() if digit == _ANY_DIGIT else digit
    forms = {form for form in (letter, letter.upper(), letter.lower()) if len(form) == 1}
    return b"(?:" + b"|".join(re.escape(form.encode()) for form in sorted(forms)) + b")"


# Reading --------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Fields:
    """What the rows of one shape say.

    Attributes:
        ok: Which rows are of the pattern.
        zones: The zones that are named, ``codes`` each row's place among them; none without a zone.
    """

    ok: Booleans
    settings: list[Setting] = field(default_factory=list)
    zones: tuple[str, ...] = ()
    codes: npt.NDArray[np.intp] | None = None


FieldReader = Callable[[Shape], Fields | None]
"""Reads a shape; None where it is not of the pattern."""
Complaint = Callable[[str], str]
"""Says what is wrong with a text that is not of the pattern."""


@dataclass(slots=True, eq=False)
class LocalColumn:
    """A column of local times, each in its zone."""

    values: Integers
    ok: Booleans
    zones: dict[str, int]
    codes: npt.NDArray[np.intp]

    def zoned(self) -> ZonedColumn:
        """The column as instants, as Joda-Time has them."""
        zones = tuple(self.zones) or ("UTC",)
        column = ZonedColumn(self.values, zones, self.codes if len(zones) > 1 else None, self.ok)
        return column.moved_to(self.values)

    def in_milliseconds(self, *, safe: bool) -> ZonedColumn:
        """The column as instants of timestamps with three digits of a second and a zone.

        Errors: INVALID_FUNCTION_ARGUMENT for the first that these cannot hold, unless ``safe``.
        """
        column = self.zoned()
        beyond = self.ok & (np.abs(column.instants) >= PACKED_MICROSECONDS)
        rows = np.flatnonzero(beyond)
        if not len(rows):
            return column
        if not safe:
            text = f"Millis overflow: {int(column.instants[rows[0]]) // 1000}"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
        return replace(column, instants=np.where(beyond, 0, column.instants), present=self.ok & ~beyond)


def read_pattern(texts: pa.Array, elements: tuple[Element, ...], *, safe: bool) -> LocalColumn:
    """The local times that texts say by a pattern.

    Errors: INVALID_FUNCTION_ARGUMENT for the first text that is not of the pattern, unless ``safe``.
    """
    expression = expression_of(elements)

    def reader(shape: Shape) -> Fields | None:
        found = expression.fullmatch(shape.text)
        return _fields(shape, found, elements) if found else None

    return read_fields(texts, reader, lambda text: _complaint(text, elements), safe=safe)


def read_fields(texts: pa.Array, reader: FieldReader, complaint: Complaint, *, safe: bool) -> LocalColumn:
    """The local times of a column, shape by shape.

    Errors: INVALID_FUNCTION_ARGUMENT for the first text that is wrong, unless ``safe``.
    """
    length = len(texts)
    column = LocalColumn(np.zeros(length, np.int64), np.zeros(length, np.bool_), {}, np.zeros(length, np.intp))
    locals_: list[tuple[Shape, Local]] = []
    for shape in shapes_of(texts):
        fields = reader(shape)
        if fields is None:
            continue
        local = local_times(fields.settings, len(shape.rows))
        locals_.append((shape, local))
        column.values[shape.rows] = local.micros
        column.ok[shape.rows] = fields.ok & local.ok()
        _put_zones(column, shape, fields)
    there = presence(texts)
    wrong = np.flatnonzero(~column.ok if there is None else there & ~column.ok)
    if len(wrong) and not safe:
        row = int(wrong[0])
        text = texts[row].as_py()
        raise error("INVALID_FUNCTION_ARGUMENT", _field_problem(row, text, locals_) or complaint(text))
    _refuse_gaps(column, texts, safe=safe)
    return column


def _put_zones(column: LocalColumn, shape: Shape, fields: Fields) -> None:
    zones = fields.zones or ("UTC",)
    places = np.array([column.zones.setdefault(zone, len(column.zones)) for zone in zones], np.intp)
    column.codes[shape.rows] = places[0] if fields.codes is None else places[fields.codes]


def _field_problem(row: int, text: str, locals_: Sequence[tuple[Shape, Local]]) -> str:
    for shape, local in locals_:
        places = np.flatnonzero(shape.rows == row)
        if len(places):
            problem = local.problem(int(places[0]))
            return f'Cannot parse "{text}": {problem}' if problem else ""
    return ""


def _refuse_gaps(column: LocalColumn, texts: pa.Array, *, safe: bool) -> None:
    """Local times that the clocks skip are none.

    Errors: INVALID_FUNCTION_ARGUMENT ``Cannot parse "...": Illegal instant due to time zone offset transition``.
    """
    for name, code in column.zones.items():
        rows = np.flatnonzero(column.ok & (column.codes == code)) if not zone_of(name).is_fixed else ()
        if not len(rows):
            continue
        skipped = rows[zone_of(name).gaps(column.values[rows])]
        if len(skipped) and not safe:
            text = f"Illegal instant due to time zone offset transition ({name})"
            raise error("INVALID_FUNCTION_ARGUMENT", f'Cannot parse "{texts[int(skipped[0])].as_py()}": {text}')
        column.ok[skipped] = False


def _fields(shape: Shape, found: re.Match[bytes], elements: tuple[Element, ...]) -> Fields:
    fields = Fields(np.ones(len(shape.rows), np.bool_))
    for group, element in enumerate(elements, 1):
        start, stop = found.span(group)
        match element:
            case Number():
                fields.settings.append((element.field, signed(shape, start, stop)))
            case TwoDigitYear():
                fields.settings.append((element.field, _year(shape, start, stop, element)))
            case Name():
                value = _values_of(element.field)[found[group].decode()]
                fields.settings.append((element.field, np.full(len(shape.rows), value, np.int64)))
            case Fraction():
                fields.settings.append(("millisecond", fraction(shape, start, stop, 1000)))
            case Literal():
                if b"0" in found[group]:
                    fields.ok &= _same(shape, start, stop, element)
            case _:
                put_zone(fields, shape, start, stop, _zone_reader(element))
    return fields


def signed(shape: Shape, start: int, stop: int) -> Integers:
    """A number that may have a sign."""
    sign = shape.text[start : start + 1]
    value = shape.number(start + (sign in (b"+", b"-")), stop)
    return -value if sign == b"-" else value


def fraction(shape: Shape, start: int, stop: int, whole: int) -> Integers:
    """Digits behind a point as parts of which ``whole`` are one, cut off."""
    digits = min(stop - start, 9)
    return shape.number(start, start + digits) * whole // 10**digits


def _year(shape: Shape, start: int, stop: int, element: TwoDigitYear) -> Integers:
    if stop - start != 2 or shape.text[start : start + 1] != b"0":
        return signed(shape, start, stop)
    return element.first + (shape.number(start, stop) - element.first) % 100


def _same(shape: Shape, start: int, stop: int, element: Literal) -> Booleans:
    """Whether the digits of a literal are those of the text."""
    contents, codes = shape.distinct(start, stop)
    right = np.array([_element_expression(element).fullmatch(one) is not None for one in contents])
    same: Booleans = right[codes]
    return same


ZoneReader = Callable[[str], str]


def put_zone(fields: Fields, shape: Shape, start: int, stop: int, read: ZoneReader) -> None:
    """The zones that these bytes name; rows where they name none are wrong."""
    contents, codes = shape.distinct(start, stop)
    zones = []
    for code, content in enumerate(contents):
        try:
            zones.append(read(content.decode()))
        except InvalidTextError:
            zones.append("UTC")
            fields.ok &= codes != code
    fields.zones, fields.codes = tuple(zones), codes


def _zone_reader(element: Element) -> ZoneReader:
    match element:
        case Offset():
            return offset_zone
        case ZoneName():
            return _ABBREVIATIONS.__getitem__
        case _:
            return normal_zone


def offset_zone(text: str) -> str:
    """The zone of ``+02:00``, ``+0200`` or ``+02``.

    Errors: InvalidTextError for more than 59 minutes, more than 14 hours, or seconds.
    """
    digits = text[1:].replace(":", "").ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    total = hours * 60 + minutes
    if minutes > 59 or seconds or total > 14 * 60:
        raise InvalidTextError(text)
    return offset_name(-total if text[0] == "-" else total)


# Complaints -----------------------------------------------------------------------------------------------------


def _complaint(text: str, elements: Sequence[Element]) -> str:
    """Where a text leaves its pattern."""
    content = text.encode()
    at = 0
    for element in elements:
        found = _element_expression(element).match(content, at)
        if not found or not _is_known(element, found[0].decode()):
            break
        at = found.end()
    return malformed(text, len(content[:at].decode("utf-8", "replace")))


def _is_known(element: Element, text: str) -> bool:
    """Whether a zone that an element names exists; everything else does."""
    if not isinstance(element, Offset | ZoneId):
        return True
    try:
        _zone_reader(element)(text)
    except InvalidTextError:
        return False
    return True


_SAMPLE = 32


def malformed(text: str, at: int) -> str:
    """The message for a text that is right up to a place, as Joda-Time words it."""
    sample = text if len(text) <= at + _SAMPLE + 3 else f"{text[: at + _SAMPLE]}..."
    if at <= 0:
        return f'Invalid format: "{sample}"'
    if at >= len(text):
        return f'Invalid format: "{sample}" is too short'
    return f'Invalid format: "{sample}" is malformed at "{sample[at:]}"'
