"""The pattern language: Java's, as Trino's engine reads it.

Trino runs patterns with Joni, Oniguruma in Java, in its Java syntax
(https://trino.io/docs/current/functions/regexp.html). That is Java's language with Unicode's letters, digits and
blanks, the line feed as the only end of a line, ``$`` also before a line feed that ends the text, and full case
folding. A pattern is read here and written in two other languages: that of the ``regex`` package, which has all of it,
and that of DataFusion's engine, where it means exactly the same there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from owlake.functions.regexp.parser import Parser
from owlake.functions.regexp.parts import bad_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Expression:
    """A pattern that has been read.

    Attributes:
        full: Its text for the ``regex`` package.
        native: Its text for DataFusion's engine; None where that has nothing that means exactly the same.
        like: As ``native``, where only whether there is a match is asked.
        groups: How many groups it has.
        names: The numbers of the groups that have a name.
        may_be_empty: Whether it can match without any character.
    """

    full: str
    native: str | None
    like: str | None
    groups: int
    names: Mapping[str, int]
    may_be_empty: bool


@lru_cache(maxsize=1000)
def parse(pattern: str) -> Expression:
    """The expression that a pattern means.

    Errors: INVALID_FUNCTION_ARGUMENT with Joni's text for one that means nothing.
    """
    parser = Parser(pattern)
    found = parser.whole()
    native, like = found.native, found.tail
    return Expression(found.full, native, like, parser.groups, parser.names, found.least == 0)


@lru_cache(maxsize=1000)
def compiled(pattern: str) -> Any:
    """The pattern, ready to be searched for by the ``regex`` package."""
    import regex  # noqa: PLC0415  (0.1 s to import)

    try:
        return regex.compile(parse(pattern).full, regex.V1)
    except (regex.error, OverflowError) as problem:
        raise bad_pattern(str(problem)) from problem


def matches(pattern: str, text: str, start: int = 0) -> Iterator[Any]:
    """The matches in a text from a place on; after an empty one the search goes on behind the next character."""
    expression, one = parse(pattern), compiled(pattern)
    if not expression.may_be_empty:
        yield from one.finditer(text, start)
        return
    while start <= len(text):
        found = one.search(text, start)
        if found is None:
            return
        yield found
        start = found.end() if found.end() > found.start() else found.end() + 1


def all_matches(pattern: str, text: str) -> list[Any]:
    """The matches in a text, all of them."""
    if parse(pattern).may_be_empty:
        return list(matches(pattern, text))
    return list(compiled(pattern).finditer(text))


_PARENTHESIS = re.compile(r"\\.|\((?!\?)", re.DOTALL)


def capturing_only(native: str, group: int) -> str:
    """A pattern for DataFusion's engine in which one group captures; none for 0."""
    number = 0

    def uncaptured(found: re.Match[str]) -> str:
        nonlocal number
        if found[0] != "(":
            return found[0]
        number += 1
        return "(" if number == group else "(?:"

    return _PARENTHESIS.sub(uncaptured, native)
