"""The statement that a person is typing, cut at the cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass

from owlake.dialect.lexer import hive_tokens, trino_tokens
from owlake.dialect.router import route
from owlake.dialect.script import open_at_end, split
from owlake.dialect.tokens import Tokens
from owlake.errors import OwlakeError
from owlake_shell.scripts import CUTTING

_WORD = re.compile(r"[A-Za-z0-9_$]*\Z")
_PART = r"""(?:[A-Za-z_][A-Za-z0-9_$]*|"(?:[^"]|"")*"|`(?:[^`]|``)*`)"""
_CHAIN = re.compile(rf"(?:{_PART}\s*\.\s*)+\Z")
_PARTS = re.compile(_PART)


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed, around the cursor.

    Attributes:
        head: The statement before the name that the cursor is in.
        qualifiers: The name's parts before the last one, in lower case.
        word: The beginning of its last part, without a quote.
        quote: The quote or comment that the cursor is in.
        start: Where in the whole text the last part begins, with its quote.
        rest: The statement behind the cursor.
    """

    head: str
    qualifiers: tuple[str, ...]
    word: str
    quote: str
    start: int
    rest: str


def typed_at(text: str, cursor: int) -> Typed:
    """The statement at the cursor of a text that may hold several."""
    begin = _beginning(text[:cursor])
    before = text[begin:cursor]
    following = split(text[begin:], CUTTING)
    end = begin + following[0].offset + len(following[0].text) if following else len(text)
    quote = open_at_end(before)
    at = before.rfind(quote) if quote else _word_start(before)
    word = before[at + len(quote) :]
    chain = _CHAIN.search(before, 0, at) if quote in ("", '"', "`") else None
    head = before[: chain.start()] if chain else before[:at]
    qualifiers = tuple(map(plain_name, _PARTS.findall(chain.group()))) if chain else ()
    return Typed(head, qualifiers, word, quote, begin + at, text[cursor : max(end, cursor)])


def plain_name(written: str) -> str:
    """A name without its quotes, in lower case."""
    if written[:1] in ('"', "`"):
        quote = written[0]
        return written[1:-1].replace(quote * 2, quote).lower()
    return written.lower()


def tokens_of(text: str) -> Tokens:
    """The tokens of a statement, by the lexer of the grammar that it belongs to."""
    tokens = trino_tokens(text)
    return hive_tokens(text) if is_hive(tokens) else tokens


def is_hive(tokens: Tokens) -> bool:
    """Whether the statement is one of Hive's DDL."""
    try:
        return route(tokens) == "hive"
    except OwlakeError:
        return False


def _beginning(text: str) -> int:
    """Where the last statement of a text begins that has not ended."""
    for piece in split(text, CUTTING):
        is_typed = piece.offset + len(piece.text) == len(text) and piece.text.startswith("\\")
        if not piece.terminator or piece.is_open or is_typed:
            return piece.offset
    return len(text)


def _word_start(text: str) -> int:
    found = _WORD.search(text)
    return found.start() if found else len(text)
