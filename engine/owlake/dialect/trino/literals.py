"""Literals of the Trino side: strings, numbers, binary values, intervals."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.nodes.base import Expression, Position
from owlake.dialect.nodes.expressions import (
    BinaryLiteral,
    DecimalLiteral,
    DoubleLiteral,
    GenericLiteral,
    IntervalLiteral,
    LongLiteral,
    StringLiteral,
)
from owlake.dialect.tokens import DECIMAL, DOUBLE, INTEGER, STRING, UNICODE_STRING
from owlake.errors import refusal

STRINGS = frozenset({STRING, UNICODE_STRING})
NUMBERS = frozenset({INTEGER, DECIMAL, DOUBLE})
INTERVAL_FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")

_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_RADIX = {"x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2}


def string(cursor: Cursor) -> StringLiteral:
    """``'...'``, or ``U&'...' [UESCAPE 'c']`` with its escapes resolved."""
    kind = cursor.kind
    if kind not in STRINGS:
        cursor.rule("<string>")
        cursor.fail()
    position = cursor.position
    spelling = cursor.spelling()
    cursor.advance()
    if kind == STRING:
        return StringLiteral(position, spelling[1:-1].replace("''", "'"))
    escape = "\\"
    if cursor.accept("UESCAPE"):
        if cursor.kind != STRING:
            cursor.fail(STRING)
        escape = cursor.spelling()[1:-1].replace("''", "'")
        cursor.advance()
    return StringLiteral(position, _decoded(spelling[3:-1].replace("''", "'"), escape, position))


def _decoded(text: str, escape: str, position: Position) -> str:
    if not escape:
        raise refusal("Empty Unicode escape character", position)
    if len(escape) != 1 or escape in _HEXADECIMAL or escape in "+\"'" or escape.isspace() or not escape.isascii():
        raise refusal("Invalid Unicode escape character", position)
    parts = []
    offset = 0
    while (found := text.find(escape, offset)) >= 0:
        parts.append(text[offset:found])
        offset = found + 1
        if text.startswith(escape, offset):
            parts.append(escape)
            offset += 1
            continue
        length = 4
        if text.startswith("+", offset):
            offset += 1
            length = 6
        parts.append(_code_point(text[offset : offset + length], length, position))
        offset += length
    parts.append(text[offset:])
    return "".join(parts)


def _code_point(digits: str, length: int, position: Position) -> str:
    valid = next((index for index, digit in enumerate(digits) if digit not in _HEXADECIMAL), len(digits))
    if valid == 0 and digits and length == 4:
        raise refusal(f"Invalid hexadecimal digit: {digits[0]}", position)
    if valid < length:
        raise refusal(f"Incomplete escape sequence: {digits[:valid]}", position)
    code = int(digits, 16)
    if code > 0x10FFFF:
        raise refusal(f"Invalid escaped character: {digits}", position)
    if 0xD800 <= code <= 0xDFFF:
        raise refusal(
            f"Invalid escaped character: {digits}. Escaped character is a surrogate. Use '\\+123456' instead.",
            position,
        )
    return chr(code)


def number(cursor: Cursor) -> Expression:
    """A number, with the minus that may stand before it: ``-9223372036854775808`` is a literal."""
    position = cursor.position
    sign = "-" if cursor.accept("-") else ""
    kind = cursor.kind
    text = sign + cursor.spelling()
    cursor.advance()
    if kind == INTEGER:
        return LongLiteral(position, _whole_value(text))
    return DecimalLiteral(position, text) if kind == DECIMAL else DoubleLiteral(position, text)


def _whole_value(text: str) -> int:
    digits = text.removeprefix("-")
    # Python refuses to read very long numbers; the longest of 64 bits is binary.
    value = int(text.replace("_", ""), _RADIX.get(digits[1:2], 10)) if len(digits) < 200 else 2**63
    if not -(2**63) <= value < 2**63:
        # Trino gives this error no place of its own.
        raise refusal(f"Invalid numeric literal: {text}", Position(1, 1))
    return value


def whole_number(cursor: Cursor) -> int:
    """An unsigned whole number where the grammar wants one."""
    if cursor.kind != INTEGER:
        cursor.fail(INTEGER)
    literal = number(cursor)
    assert isinstance(literal, LongLiteral)
    return literal.value


def binary(cursor: Cursor) -> BinaryLiteral:
    """``X'AB cd'``: blanks are allowed between the digits."""
    position = cursor.position
    digits = "".join(cursor.spelling()[2:-1].split())
    cursor.advance()
    if not _HEXADECIMAL.issuperset(digits):
        raise refusal("Binary literal can only contain hexadecimal digits", position)
    if len(digits) % 2:
        raise refusal("Binary literal must contain an even number of digits", position)
    return BinaryLiteral(position, bytes.fromhex(digits))


def interval(cursor: Cursor) -> IntervalLiteral:
    """``INTERVAL '1-2' YEAR TO MONTH``."""
    position = cursor.position
    cursor.expect("INTERVAL")
    negative = cursor.accept("-")
    if not negative:
        cursor.accept("+")
    value = string(cursor).value
    start = cursor.expect_one_of(*INTERVAL_FIELDS).lower()
    end = cursor.expect_one_of(*INTERVAL_FIELDS).lower() if cursor.accept("TO") else None
    return IntervalLiteral(position, value, negative, start, end)


def is_interval(cursor: Cursor) -> bool:
    """Whether the word INTERVAL here begins a literal, not a column or (``INTERVAL 'x'``) a type of that name."""
    distance = 2 if cursor.peek() in ("-", "+") else 1
    if cursor.peek(distance) not in STRINGS:
        return False
    return cursor.peek(distance + (3 if cursor.peek(distance + 1) == "UESCAPE" else 1)) in INTERVAL_FIELDS


def typed(cursor: Cursor) -> GenericLiteral:
    """``DATE '2020-01-01'``: any name before a string."""
    position = cursor.position
    spelling = cursor.spelling()
    cursor.advance()
    if spelling.upper() == "DOUBLE" and cursor.accept("PRECISION"):
        spelling = "DOUBLE"
    return GenericLiteral(position, spelling, string(cursor).value)
