"""Cutting a text into statements, as Athena does: at every semicolon outside quotes and comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BLANK: Final = " \t\r\n\f\v"
_BLANKS = re.compile(r"(?:[ \t\r\n\f\v]++|--[^\r\n]*+)*+")
_WORD = re.compile(r"[A-Za-z]*")
_MARKS = re.compile(r"""['"`;]|--[^\r\n]*+|/\*""")

# In Hive's strings a backslash hides the quote behind it; in Trino's it is a character like any other.
_HIVE_REST: Final = {
    "'": re.compile(r"[^'\\]*+(?:\\.[^'\\]*+)*+'", re.DOTALL),
    '"': re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL),
}
_HIVE_STARTS: Final = frozenset({"ALTER", "DESC", "DESCRIBE", "MSCK"})
_HIVE_CREATES: Final = frozenset({"DATABASE", "SCHEMA", "EXTERNAL"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement of a script: its text without the blanks around it, and where that begins.

    ``offset`` counts characters from 0, ``line`` from 1.
    """

    text: str
    offset: int
    line: int

    @property
    def only_comment(self) -> bool:
        """Whether there is nothing but comments: a runner of scripts skips it, Athena refuses it."""
        return _skip_comments(self.text, 0, self.text.rfind("*/")) == len(self.text)


def split(script: str) -> list[Piece]:
    """The statements of a script. Blank pieces are left out; a piece of only a comment is one, as in Athena."""
    pieces: list[Piece] = []
    last_comment_end = script.rfind("*/")
    start, line, counted = 0, 1, 0
    while start < len(script):
        end = _end(script, start, last_comment_end)
        text = script[start:end].strip(_BLANK)
        if text:
            offset = script.index(text[0], start)
            line += script.count("\n", counted, offset)
            counted = offset
            pieces.append(Piece(text, offset, line))
        start = end + 1
    return pieces


def _end(script: str, start: int, last_comment_end: int) -> int:
    """Where the statement that begins at ``start`` ends: at its semicolon, or at the end of the text."""
    is_hive = _is_hive(script, start, last_comment_end)
    unclosed: set[str] = set()
    offset = start
    while (match := _MARKS.search(script, offset)) is not None:
        mark, offset = match.group(), match.end()
        if mark == ";":
            return match.start()
        if mark == "/*":
            offset = script.find("*/", offset) + 2 if offset <= last_comment_end else offset
        elif mark in "'\"`" and mark not in unclosed:
            closing = _after_quote(script, offset, mark, is_hive=is_hive)
            if closing < 0:
                unclosed.add(mark)
            else:
                offset = closing
    return len(script)


def _after_quote(script: str, offset: int, quote: str, *, is_hive: bool) -> int:
    """The offset behind the quote that closes the one before ``offset``; -1 when none does."""
    if is_hive and quote in _HIVE_REST:
        match = _HIVE_REST[quote].match(script, offset)
        return match.end() if match else -1
    closing = script.find(quote, offset)
    return closing + 1 if closing >= 0 else -1


def _skip_comments(script: str, offset: int, last_comment_end: int) -> int:
    """The offset of the first character that is neither blank nor comment."""
    while True:
        match = _BLANKS.match(script, offset)
        offset = match.end() if match else offset
        if not script.startswith("/*", offset) or offset + 2 > last_comment_end:
            return offset
        offset = script.index("*/", offset + 2) + 2


def _is_hive(script: str, start: int, last_comment_end: int) -> bool:
    first, offset = _word(script, _skip_comments(script, start, last_comment_end))
    if first in _HIVE_STARTS:
        return True
    return first == "CREATE" and _word(script, _skip_comments(script, offset, last_comment_end))[0] in _HIVE_CREATES


def _word(script: str, offset: int) -> tuple[str, int]:
    """The word at ``offset`` in upper case, and the offset behind it."""
    match = _WORD.match(script, offset)
    end = match.end() if match else offset
    return script[offset:end].upper(), end
