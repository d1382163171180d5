"""What each part of a text is, by the engine's own tokens: for colors."""

from __future__ import annotations

from collections.abc import Container, Iterator
from enum import Enum

from owlake.dialect.keywords import KEYWORDS
from owlake.dialect.script import split
from owlake.dialect.tokens import (
    BACKQUOTED_NAME,
    BINARY,
    DECIMAL,
    DOUBLE,
    INTEGER,
    QUOTED_NAME,
    STRING,
    UNICODE_STRING,
    UNRECOGNIZED,
    Tokens,
)
from owlake_shell.completion.statement import tokens_of
from owlake_shell.scripts import CUTTING, VERTICALLY


class Part(Enum):
    """What a part of a statement is; the value is the class of its style."""

    KEYWORD = "keyword"
    FUNCTION = "function"
    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"
    COMMAND = "command"
    OPEN = "open"
    PLAIN = ""


_KINDS = {
    STRING: Part.STRING,
    UNICODE_STRING: Part.STRING,
    BINARY: Part.STRING,
    INTEGER: Part.NUMBER,
    DECIMAL: Part.NUMBER,
    DOUBLE: Part.NUMBER,
    QUOTED_NAME: Part.NAME,
    BACKQUOTED_NAME: Part.NAME,
}


def parts(text: str, functions: Container[str] = ()) -> list[tuple[Part, str]]:
    """The text in parts, all of it in order. What an open quote or comment begins is ``OPEN``.

    ``functions`` are the names that are told from others where a parenthesis follows.
    """
    pieces = split(text, CUTTING)
    edges = [*(piece.offset for piece in pieces), len(text)]
    found = list(_gap(text[: edges[0]]))
    for piece, end in zip(pieces, edges[1:], strict=True):
        if piece.is_open:
            # The quote may be closed further on: nothing behind it is a statement yet.
            return found + list(_of_statement(text[piece.offset :], functions))
        found += _of_statement(text[piece.offset : end], functions)
    return found


def _of_statement(text: str, functions: Container[str]) -> Iterator[tuple[Part, str]]:
    """The parts of a statement, with what stands behind it up to the next one."""
    if text.startswith("\\"):
        yield Part.COMMAND, text
        return
    tokens = tokens_of(text)
    at = 0
    for index in range(tokens.count):
        start, end = tokens.starts[index], tokens.ends[index]
        yield from _gap(text[at:start])
        if tokens.kinds[index] == UNRECOGNIZED and text.startswith(VERTICALLY, start):
            yield Part.COMMAND, text[start:]
            return
        part = _part(tokens, index, functions)
        if part is Part.OPEN or text.startswith("/*", start):
            yield Part.COMMENT if text[start] == "/" else Part.OPEN, text[start:]
            return
        yield part, text[start:end]
        at = end
    yield from _gap(text[at:])


def _gap(text: str) -> Iterator[tuple[Part, str]]:
    if text:
        yield (Part.COMMENT if text.strip() else Part.PLAIN), text


def _part(tokens: Tokens, index: int, functions: Container[str]) -> Part:
    kind = tokens.kinds[index]
    if kind == UNRECOGNIZED:
        return Part.OPEN
    if kind in _KINDS:
        return _KINDS[kind]
    word = tokens.spelling(index)
    if not (word[0].isalpha() or word[0] == "_"):
        return Part.PLAIN
    if tokens.kinds[index + 1] == "(" and word.lower() in functions:
        return Part.FUNCTION
    return Part.KEYWORD if kind in KEYWORDS or word.upper() in _HIVE_WORDS else Part.PLAIN


_HIVE_WORDS = frozenset(
    {
        "BUCKETS", "CLUSTERED", "COLLECTION", "DATABASE", "DATABASES", "DBPROPERTIES", "DELIMITED", "EXTERNAL",
        "FIELDS", "INPUTFORMAT", "ITEMS", "LINES", "LOCATION", "MSCK", "OPTIMIZE", "OUTPUTFORMAT", "PARTITIONED",
        "REPAIR", "SERDE", "SERDEPROPERTIES", "STORED", "TBLPROPERTIES", "TERMINATED", "UNLOAD", "UNSET", "VACUUM",
    }
)  # fmt: skip
"""Words of Athena's DDL that Trino's grammar has no keywords for."""
