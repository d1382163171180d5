"""Running a grammar over tokens, and telling what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from owlake.dialect import refusals
from owlake.dialect.cursor import CompletingCursor, Cursor, Mismatch, RecordingCursor
from owlake.dialect.nodes.base import Position
from owlake.dialect.tokens import END, Tokens
from owlake.errors import OwlakeError, refusal

T = TypeVar("T")

Refuse = Callable[[Tokens, int, list[str]], OwlakeError]
"""Makes the error from the tokens, the index of the one that does not fit, and what was expected there."""


def run(tokens: Tokens, rule: Callable[[Cursor], T], refuse: Refuse, *, strict: bool = False) -> T:
    """What the rule makes of all the tokens.

    Args:
        tokens: The tokens.
        rule: The rule of the grammar to start with.
        refuse: Makes the error of a token that does not fit.
        strict: Whether to insist on what Athena refuses although it would do no harm.

    Raises:
        OwlakeError: What ``refuse`` makes, or a refusal of the rule's own.
    """
    try:
        return _run(tokens, rule, refuse, strict=strict)
    except RecursionError:
        raise refusal("statement is too large (stack overflow while parsing)", Position(1, 1)) from None


def _run(tokens: Tokens, rule: Callable[[Cursor], T], refuse: Refuse, *, strict: bool) -> T:
    try:
        return _whole(Cursor(tokens, strict=strict), rule)
    except Mismatch as mismatch:
        raise refuse(tokens, mismatch.index, _expected(tokens, rule, mismatch.index, strict=strict)) from None


def _whole(cursor: Cursor, rule: Callable[[Cursor], T]) -> T:
    result = rule(cursor)
    if cursor.kind != END:
        cursor.fail(END)
    return result


def _expected(tokens: Tokens, rule: Callable[[Cursor], T], index: int, *, strict: bool) -> list[str]:
    """What the rule would have taken at the token that it failed at."""
    cursor = RecordingCursor(tokens, index, strict=strict)
    with suppress(Mismatch):
        _whole(cursor, rule)
    return sorted(cursor.expected)


def expected_at_end(tokens: Tokens, rule: Callable[[Cursor], T]) -> set[str]:
    """The kinds that the rule would take behind the last token; none where it does not get there."""
    cursor = CompletingCursor(tokens, tokens.count)
    with suppress(Mismatch, OwlakeError, RecursionError):
        _whole(cursor, rule)
    return {label.strip("'") for label in cursor.expected} - {END}


def refuse_as_trino(tokens: Tokens, index: int, expected: list[str]) -> OwlakeError:
    """``mismatched input 'x'. Expecting: ...``."""
    spelling = tokens.spelling(index) or END
    return refusal(f"mismatched input '{spelling}'. Expecting: {', '.join(expected)}", tokens.position(index))


def refuse_as_hive(tokens: Tokens, index: int, expected: list[str]) -> OwlakeError:
    """``no viable alternative at input '...'``; what was expected is only our hint."""
    hint = f"Expected here: {', '.join(expected)}." if expected else None
    return refusals.no_viable_alternative(tokens, index, hint=hint)
