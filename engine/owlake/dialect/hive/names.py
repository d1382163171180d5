"""Words, names and strings of the Hive side."""

from __future__ import annotations

import re
from collections.abc import Callable

from owlake.dialect import refusals
from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import HIVE_RESERVED
from owlake.dialect.nodes.base import Identifier, QualifiedName
from owlake.dialect.nodes.hive import Properties
from owlake.dialect.tokens import BACKQUOTED_NAME, INTEGER, QUOTED_NAME, STRING, Tokens
from owlake.errors import OwlakeError

Refuse = Callable[[Tokens, int, int], OwlakeError]
"""How a double-quoted part of a name is refused: from the tokens, the index of the part and that of the name."""

Shapes = tuple[Refuse, Refuse, Refuse]
"""The refusals of a quoted first, second and third part."""

FourthDot = Callable[[Tokens, int], OwlakeError]
"""How a fourth part is refused, at the index of the dot before it."""

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([01][0-7]{2})|(.))", re.DOTALL)
_ESCAPED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


def whole_input(tokens: Tokens, index: int, _name: int) -> OwlakeError:
    """No viable alternative, told from the statement's first word."""
    return refusals.no_viable_alternative(tokens, index)


def name_input(tokens: Tokens, index: int, name: int) -> OwlakeError:
    """No viable alternative, told from the first part of the name."""
    return refusals.no_viable_alternative(tokens, index, name)


def name_wanted(tokens: Tokens, index: int, _name: int) -> OwlakeError:
    """A mismatch with the long list of what may begin a name."""
    return refusals.mismatched_name(tokens, index)


def kind_refused(_tokens: Tokens, _index: int, _name: int) -> OwlakeError:
    """Athena takes the statement for one that it does not have."""
    return refusals.not_supported()


def is_word(kind: str) -> bool:
    """Whether a kind of token is a word, keyword or not."""
    return kind[0].isalnum() or kind[0] == "_"


def identifier(cursor: Cursor, *, any_word: bool = False) -> Identifier:
    """One name.

    Athena wants backticks around reserved words and a leading underscore, and refuses double quotes; only a strict
    parse insists on that, and not where the place takes ``any_word``.
    """
    kind, position, spelling = cursor.kind, cursor.position, cursor.spelling()
    if kind == BACKQUOTED_NAME and len(spelling) > 2:
        cursor.advance()
        return Identifier(position, spelling[1:-1].replace("``", "`"), delimited=True)
    if kind == QUOTED_NAME and not cursor.strict and len(spelling) > 2:
        cursor.advance()
        return Identifier(position, unescaped(spelling), delimited=True)
    refused = cursor.strict and not any_word and (kind in HIVE_RESERVED or kind[0] == "_")
    if refused or not is_word(kind):
        cursor.fail("<identifier>")
    cursor.advance()
    return Identifier(position, spelling)


def identifiers(cursor: Cursor) -> tuple[Identifier, ...]:
    """``(a, b, c)``."""
    cursor.expect("(")
    names = [identifier(cursor)]
    while cursor.accept(","):
        names.append(identifier(cursor))
    cursor.expect(")")
    return tuple(names)


def table_name(
    cursor: Cursor,
    shapes: Shapes,
    fourth: FourthDot | None = None,
    *,
    any_word: bool = False,
    later: list[OwlakeError] | None = None,
) -> QualifiedName:
    """A name of one to three parts.

    Args:
        cursor: Stands at the name.
        shapes: How a strict parse refuses double quotes around the first, second and third part.
        fourth: How a fourth part is refused; without it by the whole name.
        any_word: Whether reserved words need no backticks here.
        later: Takes the refusal of double quotes, where Athena looks at what the name means before it refuses.
    """
    start = cursor.index
    position = cursor.position
    parts: list[Identifier] = []
    quoted: OwlakeError | None = None
    while True:
        if cursor.strict and cursor.kind == QUOTED_NAME:
            if quoted is None and len(parts) < len(shapes):
                quoted = shapes[len(parts)](cursor.tokens, cursor.index, start)
            parts.append(Identifier(cursor.position, unescaped(cursor.spelling()), delimited=True))
            cursor.advance()
        else:
            parts.append(identifier(cursor, any_word=any_word))
        if len(parts) == 3 and cursor.kind == "." and fourth is not None:
            raise quoted or fourth(cursor.tokens, cursor.index)
        if not cursor.accept("."):
            break
    if len(parts) > 3:
        raise refusals.invalid_table_name(tuple(part.name for part in parts))
    if quoted is not None:
        if later is None:
            raise quoted
        later.append(quoted)
    if len(parts) == 1 and parts[0].delimited:
        # `db.t` in one pair of backticks is the same name.
        parts = [Identifier(position, part, delimited=True) for part in parts[0].value.split(".")]
    return QualifiedName(position, tuple(parts))


def string(cursor: Cursor) -> str:
    """``'...'`` or ``"..."`` with its escapes resolved."""
    if cursor.kind not in (STRING, QUOTED_NAME):
        cursor.fail("<string>")
    spelling = cursor.spelling()
    cursor.advance()
    return unescaped(spelling)


def unescaped(spelling: str) -> str:
    r"""The value of a quoted token: ``\t``, ``\001`` and ``\u0041`` are one character each."""
    text = spelling[1:-1] if spelling[0] in "'\"" else spelling
    return _ESCAPE.sub(_unescape, text) if "\\" in text else text


def _unescape(match: re.Match[str]) -> str:
    unicode, octal, character = match.groups()
    if unicode is not None:
        return chr(int(unicode, 16))
    if octal is not None:
        return chr(int(octal, 8))
    return _ESCAPED.get(character, character)


def optional_string(cursor: Cursor, word: str) -> str | None:
    """The string behind a word, such as COMMENT; None when the word is not there."""
    return string(cursor) if cursor.accept(word) else None


def properties(cursor: Cursor) -> Properties:
    """``('key' = 'value', ...)``."""
    cursor.expect("(")
    items = [_property(cursor)]
    while cursor.accept(","):
        items.append(_property(cursor))
    cursor.expect(")")
    return tuple(items)


def _property(cursor: Cursor) -> tuple[str, str]:
    key = string(cursor)
    cursor.expect("=")
    return key, string(cursor)


def whole_number(cursor: Cursor) -> int:
    """An unsigned whole number."""
    if cursor.kind != INTEGER or len(cursor.spelling()) > 18:
        cursor.fail(INTEGER)
    return int(cursor.tokens.spelling(cursor.advance()))
