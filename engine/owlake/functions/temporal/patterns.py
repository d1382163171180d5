"""Patterns of dates and times: MySQL's, Joda-Time's and Teradata's.

All become the same elements, which stand for Joda-Time's (https://www.joda.org/joda-time/key_format.html): how many
digits are written at least and read at most, which texts are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from owlake.errors import error


@dataclass(frozen=True, slots=True)
class Number:
    """A field as a number: ``least`` digits written, ``most`` read; years may have a sign."""

    field: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class TwoDigitYear:
    """The last two digits of a year or week year; read into the hundred years that begin at ``first``.

    A lenient one reads any other number of digits as the year itself.
    """

    field: str
    first: int
    lenient: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A field by its English name: ``month``, ``day_of_week``, ``halfday`` or ``era``."""

    field: str
    short: bool


@dataclass(frozen=True, slots=True)
class Fraction:
    """Digits behind the second: ``least`` written, up to ``most`` read."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself; read without regard to case."""

    text: str


@dataclass(frozen=True, slots=True)
class Offset:
    """An offset from UTC: ``+0200`` or ``+02:00``."""

    colon: bool


@dataclass(frozen=True, slots=True)
class ZoneId:
    """The name of a time zone: ``Europe/Berlin``."""


@dataclass(frozen=True, slots=True)
class ZoneName:
    """The abbreviation of a time zone: ``CET``."""


Element = Number | TwoDigitYear | Name | Fraction | Literal | Offset | ZoneId | ZoneName
SIGNED_FIELDS = frozenset({"year", "weekyear"})

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HALFDAYS = ("AM", "PM")
ERAS = ("BC", "AD")
SHORT_LETTERS = 3


def names_zone(elements: Iterable[Element]) -> bool:
    """Whether a time zone or an offset is among the elements."""
    return any(isinstance(one, Offset | ZoneId | ZoneName) for one in elements)


def names_of(element: Name) -> tuple[str, ...]:
    """The names that an element writes, in order."""
    full = {"month": MONTHS, "day_of_week": WEEKDAYS, "halfday": HALFDAYS, "era": ERAS}[element.field]
    return tuple(name[:SHORT_LETTERS] for name in full) if element.short else full


# MySQL ------------------------------------------------------------------------------------------------------

_MYSQL_PIVOT = 1970
_MYSQL: dict[str, tuple[Element, ...]] = {
    "a": (Name("day_of_week", short=True),),
    "b": (Name("month", short=True),),
    "c": (Number("month", 1, 2),),
    "d": (Number("day", 2, 2),),
    "e": (Number("day", 1, 2),),
    "f": (Fraction(6, 9),),
    "H": (Number("hour", 2, 2),),
    "h": (Number("clockhour_of_halfday", 2, 2),),
    "I": (Number("clockhour_of_halfday", 2, 2),),
    "i": (Number("minute", 2, 2),),
    "j": (Number("day_of_year", 3, 3),),
    "k": (Number("hour", 1, 2),),
    "l": (Number("clockhour_of_halfday", 1, 2),),
    "M": (Name("month", short=False),),
    "m": (Number("month", 2, 2),),
    "p": (Name("halfday", short=False),),
    "S": (Number("second", 2, 2),),
    "s": (Number("second", 2, 2),),
    "v": (Number("week", 2, 2),),
    "x": (Number("weekyear", 4, 4),),
    "W": (Name("day_of_week", short=False),),
    "Y": (Number("year", 4, 4),),
    "y": (TwoDigitYear("year", _MYSQL_PIVOT, lenient=False),),
    "%": (Literal("%"),),
}
_MYSQL["T"] = (*_MYSQL["H"], Literal(":"), *_MYSQL["i"], Literal(":"), *_MYSQL["s"])
_MYSQL["r"] = (*_MYSQL["h"], Literal(":"), *_MYSQL["i"], Literal(":"), *_MYSQL["s"], Literal(" "), *_MYSQL["p"])
_MYSQL_REFUSED = frozenset("wUuVXD")


@lru_cache(maxsize=1000)
def mysql_pattern(pattern: str) -> tuple[Element, ...]:
    """The elements of a pattern like ``%Y-%m-%d``.

    Errors: INVALID_FUNCTION_ARGUMENT for the specifiers that Trino refuses, and for a pattern without elements.
    """
    elements: list[Element] = []
    characters = iter(pattern)
    for character in characters:
        if character != "%":
            elements.append(Literal(character))
            continue
        specifier = next(characters, None)
        if specifier is None:
            break
        if specifier in _MYSQL_REFUSED:
            raise error("INVALID_FUNCTION_ARGUMENT", f"%{specifier} not supported in date format string")
        elements.extend(_MYSQL.get(specifier, (Literal(specifier),)))
    return _some(elements)


def _some(elements: list[Element]) -> tuple[Element, ...]:
    """The elements of a pattern.

    Errors: INVALID_FUNCTION_ARGUMENT for none.
    """
    if not elements:
        raise error("INVALID_FUNCTION_ARGUMENT", "Both printing and parsing not supported")
    return tuple(elements)


@lru_cache(maxsize=1000)
def joined(elements: tuple[Element, ...]) -> tuple[Element, ...]:
    """The elements with neighbouring literals as one, which is written faster."""
    found: list[Element] = []
    for element in elements:
        before = found[-1] if found else None
        if isinstance(element, Literal) and isinstance(before, Literal):
            found[-1] = Literal(before.text + element.text)
        else:
            found.append(element)
    return tuple(found)


# Joda-Time --------------------------------------------------------------------------------------------------

_YEARS = {"y": "year", "Y": "year_of_era", "x": "weekyear"}
_NUMBERS = {
    "d": ("day", 2),
    "h": ("clockhour_of_halfday", 2),
    "H": ("hour", 2),
    "k": ("clockhour_of_day", 2),
    "K": ("hour_of_halfday", 2),
    "m": ("minute", 2),
    "s": ("second", 2),
    "e": ("day_of_week", 1),
    "D": ("day_of_year", 3),
    "w": ("week", 2),
}
_MOST_YEAR_DIGITS = 9
_YEARS_BEFORE = 80
"""A year of two digits lies in the hundred years that began so many before the current one."""
_NUMERIC_LETTERS = frozenset("cCxyYdhHmsSeDFwWkK")
_FULL_NAME = 4


@lru_cache(maxsize=1000)
def joda_pattern(pattern: str, year: int) -> tuple[Element, ...]:
    """The elements of a pattern like ``yyyy-MM-dd``; ``year`` is the current one.

    Errors: INVALID_FUNCTION_ARGUMENT ``Illegal pattern component: ...``.
    """
    if not pattern:
        raise error("INVALID_FUNCTION_ARGUMENT", "Invalid pattern specification")
    tokens = _tokens(pattern)
    elements: list[Element] = []
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        elements.append(
            Literal(token[1:]) if token.startswith("'") else _joda_element(token, _is_numeric(following), year)
        )
    return tuple(elements)


def _tokens(pattern: str) -> list[str]:
    """Runs of one letter, and literals with a quote before them."""
    tokens: list[str] = []
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        start = at
        if letter.isascii() and letter.isalpha():
            while at < len(pattern) and pattern[at] == letter:
                at += 1
            tokens.append(pattern[start:at])
            continue
        text, at = _literal(pattern, at)
        tokens.append(f"'{text}")
    return tokens


def _literal(pattern: str, at: int) -> tuple[str, int]:
    """The literal from a place on, and where it ends; two quotes are one, single ones enclose letters."""
    text = ""
    quoted = False
    while at < len(pattern):
        character = pattern[at]
        if character == "'":
            if pattern[at + 1 : at + 2] == "'":
                text += "'"
                at += 1
            else:
                quoted = not quoted
        elif not quoted and character.isascii() and character.isalpha():
            break
        else:
            text += character
        at += 1
    return text, at


def _is_numeric(token: str) -> bool:
    letter = token[:1]
    return letter in _NUMERIC_LETTERS or (letter == "M" and len(token) <= 2)


def _joda_element(token: str, before_number: bool, year: int) -> Element:
    letter, count = token[0], len(token)
    if letter in _YEARS and count == 2:
        field = "weekyear" if letter == "x" else "year"
        return TwoDigitYear(field, year - _YEARS_BEFORE, lenient=not before_number)
    if letter in _YEARS:
        return Number(_YEARS[letter], count, count if before_number else _MOST_YEAR_DIGITS)
    if letter in _NUMBERS:
        field, most = _NUMBERS[letter]
        return Number(field, count, max(count, most))
    match letter:
        case "M" if count < SHORT_LETTERS:
            return Number("month", count, 2)
        case "M" | "E":
            return Name("month" if letter == "M" else "day_of_week", short=count < _FULL_NAME)
        case "a" | "G":
            return Name("halfday" if letter == "a" else "era", short=False)
        case "S":
            return Fraction(count, count)
        case "C":
            return Number("century_of_era", count, count)
        case "Z":
            return ZoneId() if count > 2 else Offset(colon=count == 2)
        case "z" if count < _FULL_NAME:
            return ZoneName()
        case "z":
            raise error("NOT_SUPPORTED", "Full names of time zones are not supported: zzzz")
        case _:
            raise error("INVALID_FUNCTION_ARGUMENT", f"Illegal pattern component: {token}")


# Teradata -------------------------------------------------------------------------------------------------------

_TERADATA_PIVOT = 2000
_TERADATA: dict[str, Element] = {
    "dd": Number("day", 2, 2),
    "hh24": Number("hour", 2, 2),
    "hh": Number("hour_of_halfday", 2, 2),
    "mi": Number("minute", 2, 2),
    "mm": Number("month", 2, 2),
    "ss": Number("second", 2, 2),
    "yyyy": Number("year", 4, 4),
    "yy": TwoDigitYear("year", _TERADATA_PIVOT, lenient=False),
}
_TERADATA_TOKEN = re.compile("|".join(sorted(_TERADATA, key=len, reverse=True)) + r"|[-/,.;: \t\r\n]+", re.DOTALL)


@lru_cache(maxsize=1000)
def teradata_pattern(pattern: str) -> tuple[Element, ...]:
    """The elements of a pattern like ``yyyy-mm-dd hh24:mi:ss``.

    Errors: INVALID_FUNCTION_ARGUMENT for anything else than its fields and punctuation.
    """
    elements: list[Element] = []
    at = 0
    while at < len(pattern):
        found = _TERADATA_TOKEN.match(pattern, at)
        if not found:
            text = f"Failed to tokenize string [{pattern[at]}] at offset [{at}]"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
        elements.append(_TERADATA.get(found[0], Literal(found[0])))
        at = found.end()
    return _some(elements)
