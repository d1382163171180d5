"""Cutting a text into statements, as Athena does: at every semicolon outside quotes and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

_BLANK: Final = " \t\r\n\f\v"
_BLANKS = re.compile(r"(?:[ \t\r\n\f\v]++|--[^\r\n]*+)*+")
_WORD = re.compile(r"[A-Za-z]*")
_LINE_END = re.compile(r"[\r\n]|\Z")

# In Hive's strings a backslash hides the quote behind it; in Trino's it is a character like any other.
_HIVE_REST: Final = {
    "'": re.compile(r"[^'\\]*+(?:\\.[^'\\]*+)*+'", re.DOTALL),
    '"': re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL),
}
_HIVE_STARTS: Final = frozenset({"ALTER", "DESC", "DESCRIBE", "MSCK"})
_HIVE_CREATES: Final = frozenset({"DATABASE", "SCHEMA", "EXTERNAL"})


class Cutting:
    """Where statements end.

    Attributes:
        terminators: What ends a statement; Athena knows the semicolon only.
        command: What a statement may begin with that ends with its line instead: a command of whoever reads the text.
    """

    def __init__(self, terminators: tuple[str, ...] = (";",), command: str | None = None) -> None:
        self.terminators = terminators
        self.command = command
        ends = "|".join(map(re.escape, terminators))
        self.marks = re.compile(rf"""['"`]|{ends}|--[^\r\n]*+|/\*""")


ATHENA: Final = Cutting()


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement of a script: its text without the blanks around it, and where that begins.

    ``offset`` counts characters from 0, ``line`` from 1. ``terminator`` is what ended it, empty at the end of the
    script; ``is_open`` says that it ended within a quote or a comment that nothing closes.
    """

    text: str
    offset: int
    line: int
    terminator: str = ""
    is_open: bool = False

    @property
    def only_comment(self) -> bool:
        """Whether there is nothing but comments: a runner of scripts skips it, Athena refuses it."""
        return _skip_comments(self.text, 0, self.text.rfind("*/")) == len(self.text)

    @property
    def without_comments_before(self) -> Piece:
        """The statement from its first word on; of only a comment nothing is left."""
        start = _skip_comments(self.text, 0, self.text.rfind("*/"))
        line = self.line + self.text.count("\n", 0, start)
        return replace(self, text=self.text[start:], offset=self.offset + start, line=line)


def split(script: str, cutting: Cutting = ATHENA) -> list[Piece]:
    """The statements of a script. Blank pieces are left out; a piece of only a comment is one, as in Athena."""
    return list(_pieces(script, cutting))


def is_complete(script: str, cutting: Cutting = ATHENA) -> bool:
    """Whether a person who typed this has nothing to add: every statement has its end, no quote is open."""
    pieces = split(script, cutting)
    return all((piece.terminator or piece.only_comment) and not piece.is_open for piece in pieces)


def open_at_end(text: str) -> str:
    """What the end of a statement's text lies in: a quote, ``--`` or ``/*``; empty where it lies in none of them."""
    is_hive = _is_hive(text, 0, text.rfind("*/"))
    offset = 0
    while (match := ATHENA.marks.search(text, offset)) is not None:
        mark, offset = match.group(), match.end()
        if mark.startswith("--"):
            if offset == len(text):
                return "--"
        elif mark == "/*":
            closing = text.find("*/", offset)
            if closing < 0:
                return mark
            offset = closing + 2
        elif mark in "'\"`":
            closing = _after_quote(text, offset, mark, is_hive=is_hive)
            if closing < 0:
                return mark
            offset = closing
    return ""


def _pieces(script: str, cutting: Cutting) -> Iterator[Piece]:
    last_comment_end = script.rfind("*/")
    start, line, counted = 0, 1, 0
    while start < len(script):
        begin = _skip_comments(script, start, last_comment_end) if cutting.command else start
        if cutting.command and script.startswith(cutting.command, begin):
            start, end = begin, _line_end(script, begin)
            terminator, is_open = "\n", False
        else:
            end, terminator, is_open = _end(script, start, last_comment_end, cutting)
        text = script[start:end].strip(_BLANK)
        if text:
            offset = script.index(text[0], start)
            line += script.count("\n", counted, offset)
            counted = offset
            yield Piece(text, offset, line, terminator, is_open)
        start = end + max(len(terminator), 1)


def _line_end(script: str, offset: int) -> int:
    found = _LINE_END.search(script, offset)
    return found.start() if found else len(script)


def _end(script: str, start: int, last_comment_end: int, cutting: Cutting) -> tuple[int, str, bool]:
    """Where the statement that begins at ``start`` ends, what ends it, and whether a quote or comment is left open."""
    is_hive = _is_hive(script, start, last_comment_end)
    unclosed: set[str] = set()
    offset = start
    while (match := cutting.marks.search(script, offset)) is not None:
        mark, offset = match.group(), match.end()
        if mark in cutting.terminators:
            return match.start(), mark, bool(unclosed)
        if mark == "/*":
            if offset <= last_comment_end:
                offset = script.find("*/", offset) + 2
            else:
                unclosed.add(mark)
        elif mark in "'\"`" and mark not in unclosed:
            closing = _after_quote(script, offset, mark, is_hive=is_hive)
            if closing < 0:
                unclosed.add(mark)
            else:
                offset = closing
    return len(script), "", bool(unclosed)


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
