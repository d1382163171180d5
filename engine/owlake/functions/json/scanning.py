"""Reading JSON token by token, no further than asked: what lies behind is not looked at.

Trino's extraction functions stream. The first of two equal keys counts, and a document that breaks off, or is followed
by something else, gives what stands before that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence


class MalformedError(ValueError):
    """The text is no JSON up to where it was read."""


_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<sign>[{}\[\],:])
        | (?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
        | (?P<number>-?(?:0(?![0-9])|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9.eE]))
        | (?P<word>true|false|null)(?![\w$])
        | (?P<end>\Z)
    )""",
    re.VERBOSE | re.ASCII,
)
_CLOSING = {"{": "}", "[": "]"}
_VALUES = frozenset('{["0a')


class Scanner:
    """A position in a text; ``start`` and ``end`` are those of the last token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.start = 0
        self.end = 0
        self._key = ""

    def token(self) -> str:
        """The next token's kind: a sign as itself, ``"`` a string, ``0`` a number, ``a`` a word; nothing at the end."""
        found = _TOKEN.match(self._text, self.end)
        if found is None:
            raise MalformedError
        kind = str(found.lastgroup)
        self.start, self.end = found.span(kind)
        return found[kind] if kind == "sign" else {"string": '"', "number": "0", "word": "a", "end": ""}[kind]

    def value(self) -> str:
        """The first token of a value."""
        token = self.token()
        if token not in _VALUES:
            raise MalformedError
        return token

    def next_value(self, closing: str, *, first: bool) -> str | None:
        """The first token of a container's next value; None at its end."""
        kind = self.token()
        if kind == closing:
            return None
        if not first:
            if kind != ",":
                raise MalformedError
            kind = self.token()
        if closing == "}":
            if kind != '"':
                raise MalformedError
            self._key = self._text[self.start : self.end]
            if self.token() != ":":
                raise MalformedError
            kind = self.token()
        if kind not in _VALUES:
            raise MalformedError
        return kind

    def skip(self, token: str) -> None:
        """To the end of the value that begins with this token."""
        open_ones = [(_CLOSING[token], True)] if token in _CLOSING else []
        while open_ones:
            closing, first = open_ones.pop()
            inner = self.next_value(closing, first=first)
            if inner is not None:
                open_ones.append((closing, False))
                if inner in _CLOSING:
                    open_ones.append((_CLOSING[inner], True))

    def member(self, name: str) -> str | None:
        """The first token of the first member of this name in the object that has begun; None if there is none."""
        token = self.next_value("}", first=True)
        while token is not None:
            if unquoted(self._key) == name:
                return token
            self.skip(token)
            token = self.next_value("}", first=False)
        return None

    def element(self, index: int) -> str | None:
        """The first token of an element of the array that has begun; None if there is none."""
        token = self.next_value("]", first=True)
        while token is not None and index != 0:
            self.skip(token)
            index -= 1
            token = self.next_value("]", first=False)
        return token


def unquoted(text: str) -> str:
    """The content of a string token."""
    if "\\" not in text:
        return text[1:-1]
    return str(json.loads(text))


def find(text: str, names: Sequence[tuple[str, int]]) -> str | None:
    """The text of the value that names lead to; each comes with its number, or -1, for arrays. None if there is none.

    Errors: MalformedError.
    """
    scanner = Scanner(text)
    token = scanner.value()
    for name, index in names:
        match token:
            case "{":
                found = scanner.member(name)
            case "[":
                found = scanner.element(index)
            case _:
                return None
        if found is None:
            return None
        token = found
    start = scanner.start
    scanner.skip(token)
    return text[start : scanner.end]


def elements(text: str) -> Iterator[str]:
    """The texts of an array's elements, one after the other.

    Errors: MalformedError as soon as the text is none, and for anything but an array.
    """
    scanner = Scanner(text)
    if scanner.token() != "[":
        raise MalformedError
    token = scanner.next_value("]", first=True)
    while token is not None:
        start = scanner.start
        scanner.skip(token)
        yield text[start : scanner.end]
        token = scanner.next_value("]", first=False)


def entries(text: str) -> int:
    """How many elements or members, repeated ones too, the container has; 0 for a scalar.

    Errors: MalformedError.
    """
    scanner = Scanner(text)
    token = scanner.value()
    if token not in _CLOSING:
        return 0
    count = 0
    closing = _CLOSING[token]
    inner = scanner.next_value(closing, first=True)
    while inner is not None:
        count += 1
        scanner.skip(inner)
        inner = scanner.next_value(closing, first=False)
    return count
