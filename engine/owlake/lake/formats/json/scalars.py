"""What the two JSON SerDes have in common: scalars from their text, and the error of values that do not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal as PythonDecimal
from typing import Any

from owlake.lake.formats.json.lenient import Node
from owlake.lake.formats.text.values import java_decimal, java_float, lenient_days
from owlake.types.model import Char, Varchar

Decode = Callable[[Node], Any]
"""From a parsed value that is not null to what Arrow builds the column of. Errors: UnreadableError."""


class UnreadableError(Exception):
    """A value that does not fit its column: its text where it is a scalar, and why it does not fit."""

    def __init__(self, text: str | None, reason: str) -> None:
        super().__init__(reason)
        self.text = text
        self.reason = reason


WHOLE_NUMBER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_HEXADECIMAL = re.compile(r"0[xX]([0-9a-fA-F]{1,16})")


def or_null(decode: Decode) -> Decode:
    """The same, with NULL for null."""
    return lambda node: None if node is None else decode(node)


def cut(text_of: Callable[[Node], str], type_: Varchar | Char) -> Decode:
    """Text of bounded length: cut, and char without the blanks at its end."""
    if isinstance(type_, Char):
        return lambda node: text_of(node)[: type_.length].rstrip(" ")
    return text_of if type_.length is None else lambda node: text_of(node)[: type_.length]


def integer_of(bits: int, text: str) -> int:
    """A whole number of so many bits, or one in hexadecimal (``0x1F``). Errors: UnreadableError."""
    hexadecimal = _HEXADECIMAL.fullmatch(text)
    if not hexadecimal and not WHOLE_NUMBER.fullmatch(text):
        raise _no_number(text)
    value = int(hexadecimal[1], 16) if hexadecimal else int(text)
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise _no_number(text)
    return value


def float_of(text: str) -> float:
    """A number as Java's Double reads it. Errors: UnreadableError."""
    value = java_float(text)
    if value is None:
        raise _no_number(text)
    return value


def decimal_of(precision: int, scale: int, text: str) -> PythonDecimal:
    """A number as Java's BigDecimal reads it, rounded half up. Errors: UnreadableError."""
    value = java_decimal(text, precision, scale)
    if value is None:
        raise _no_number(text)
    return value


def _no_number(text: str) -> UnreadableError:
    return UnreadableError(text, f'For input string: "{text}"')


def days_of(text: str) -> int:
    """Days since 1970 of a date. Errors: UnreadableError."""
    days = lenient_days(text)
    if days is None:
        raise UnreadableError(text, f"Invalid date: {text}")
    return days


def readable(text: str) -> str:
    """Half of a surrogate pair, which JSON can escape, is no text."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
