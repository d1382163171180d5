"""Tokens of one text: what kind each is and where it stands.

A token is an index into parallel lists, not an object: a query of 1,500 tokens is read in a millisecond, and
most tokens are looked at once, by kind alone.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from owlake.dialect.nodes.base import Position

# Kinds of tokens that are no keyword and no punctuation. Keywords are their own kind, in upper case, and so is
# punctuation; the angle brackets keep these apart from both.
END: Final = "<EOF>"
NAME: Final = "<name>"
QUOTED_NAME: Final = "<quoted name>"
BACKQUOTED_NAME: Final = "<backquoted name>"
DIGIT_NAME: Final = "<name with a leading digit>"
STRING: Final = "<string>"
UNICODE_STRING: Final = "<unicode string>"
BINARY: Final = "<binary>"
INTEGER: Final = "<integer>"
DECIMAL: Final = "<decimal>"
DOUBLE: Final = "<double>"
UNRECOGNIZED: Final = "<unrecognized>"

_LOOKAHEAD = 8
"""How many END tokens stand behind the last one, so that peeking needs no bounds check."""


class Tokens:
    """The tokens of ``text``: ``kinds``, ``starts`` and ``ends`` (offsets into the text), by index.

    ``kinds`` ends with several END tokens; ``starts`` and ``ends`` with one, at the end of the text.
    """

    __slots__ = ("_ascii", "_line_starts", "_positions", "count", "ends", "kinds", "starts", "text")

    def __init__(self, text: str, kinds: list[str], starts: list[int], ends: list[int]) -> None:
        self.text = text
        self.count = len(kinds)
        self.kinds = kinds
        self.starts = starts
        self.ends = ends
        kinds.extend([END] * _LOOKAHEAD)
        starts.append(len(text))
        ends.append(len(text))
        self._ascii = text.isascii()
        self._line_starts: list[int] | None = None
        self._positions: list[Position | None] = [None] * (self.count + 1)

    def spelling(self, index: int) -> str:
        """The token as it stands in the text; empty for END."""
        return self.text[self.starts[index] : self.ends[index]]

    def position(self, index: int) -> Position:
        """Where the token starts."""
        position = self._positions[index]
        if position is None:
            position = self._positions[index] = self.position_at(self.starts[index])
        return position

    def position_at(self, offset: int) -> Position:
        """The place of an offset of the text. Lines end at a line feed, as in Trino's and Hive's parsers."""
        lines = self._line_starts
        if lines is None:
            lines = self._line_starts = _line_starts(self.text)
        line = bisect_right(lines, offset)
        start = lines[line - 1]
        if self._ascii:
            return Position(line, offset - start + 1)
        return Position(line, _utf16_units(self.text[start:offset]) + 1)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    offset = text.find("\n")
    while offset >= 0:
        starts.append(offset + 1)
        offset = text.find("\n", offset + 1)
    return starts


def _utf16_units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
