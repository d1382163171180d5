"""Names of the Trino side: identifiers, qualified names, and words that are no keywords of Trino's."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.base import Identifier, QualifiedName
from owlake.dialect.tokens import BACKQUOTED_NAME, DIGIT_NAME, QUOTED_NAME
from owlake.errors import refusal


def identifier(cursor: Cursor) -> Identifier:
    """One name. Names are not looked up here, so ``a`` may be a column, a table, a function or an alias."""
    kind = cursor.kind
    if kind not in NAMES:
        cursor.rule("<identifier>")
        cursor.fail()
    position = cursor.position
    spelling = cursor.spelling()
    cursor.advance()
    if kind == QUOTED_NAME:
        if len(spelling) == 2:
            raise refusal("Zero-length delimited identifier not allowed", position)
        return Identifier(position, spelling[1:-1].replace('""', '"'), delimited=True)
    if kind == BACKQUOTED_NAME:
        raise refusal("backquoted identifiers are not supported; use double quotes to quote identifiers", position)
    if kind == DIGIT_NAME:
        raise refusal(
            "identifiers must not start with a digit; surround the identifier with double quotes",
            position,
        )
    return Identifier(position, spelling)


def identifiers(cursor: Cursor) -> tuple[Identifier, ...]:
    """``(a, b, c)``."""
    cursor.expect("(")
    names = [identifier(cursor)]
    while cursor.accept(","):
        names.append(identifier(cursor))
    cursor.expect(")")
    return tuple(names)


def optional_identifiers(cursor: Cursor) -> tuple[Identifier, ...]:
    """``(a, b, c)`` or nothing."""
    if cursor.kind == "(":
        return identifiers(cursor)
    cursor.note("(")
    return ()


def qualified_name(cursor: Cursor) -> QualifiedName:
    """``a.b.c``."""
    position = cursor.position
    parts = [identifier(cursor)]
    while cursor.accept("."):
        parts.append(identifier(cursor))
    return QualifiedName(position, tuple(parts))


def ddl_name(cursor: Cursor) -> QualifiedName:
    """A table's name where Athena follows Hive's rules on the Trino side: backticks quote it."""
    position = cursor.position
    parts = [_ddl_part(cursor)]
    while cursor.accept("."):
        parts.append(_ddl_part(cursor))
    return QualifiedName(position, tuple(parts))


def _ddl_part(cursor: Cursor) -> Identifier:
    if cursor.kind != BACKQUOTED_NAME:
        return identifier(cursor)
    index = cursor.advance()
    return Identifier(cursor.tokens.position(index), cursor.tokens.spelling(index)[1:-1].replace("``", "`"), True)


def is_word(cursor: Cursor, word: str, distance: int = 0) -> bool:
    """Whether this word stands here, or further on; it need not be a keyword of Trino's."""
    index = cursor.index + distance
    return (
        cursor.kinds[index] != QUOTED_NAME and cursor.tokens.spelling(min(index, cursor.tokens.count)).upper() == word
    )


def accept_word(cursor: Cursor, word: str) -> bool:
    """Step over this word if it stands here."""
    if not is_word(cursor, word):
        cursor.note(word)
        return False
    cursor.advance()
    return True


def expect_words(cursor: Cursor, *words: str) -> None:
    """Step over these words, one after the other."""
    for word in words:
        if not accept_word(cursor, word):
            cursor.fail(word)


def expect_word_of(cursor: Cursor, *words: str) -> str:
    """Step over one of these words; which one it was."""
    spelling = cursor.spelling().upper()
    if spelling not in words:
        cursor.fail(*words)
    cursor.advance()
    return spelling
