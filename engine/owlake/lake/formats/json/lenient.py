"""The JSON that the OpenX SerDe reads: json.org's old reference parser, which forgives a lot.

https://github.com/rcongiu/Hive-JSON-Serde: strings in single quotes or none, ``=`` and ``=>`` for the colon, ``;`` for
the comma, a comma before the closing brace. What follows the first value is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Node = Any
"""A parsed value: dict, list, str, bool, None, or ``Literal``."""


class Literal(str):
    """A value that stood without quotes and is no true, false or null: a number, as it was written, or a word."""

    __slots__ = ()


class MalformedError(Exception):
    """The line is no JSON object; the message is the parser's."""


_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "a": "\a", "v": "\v"}
_KEPT_ESCAPES = "\"'\\/"
_ENDS_OF_WORDS = frozenset(',:]}/\\"[{;=#')
_WORDS = {"true": True, "false": False, "null": None}
_NO_CHARACTER = ""


def parse_first(text: str, make_object: Callable[[list[tuple[str, Node]]], dict[str, Node]]) -> tuple[Node, int]:
    """The first value of the text, and where it ends."""
    parser = _Parser(text, make_object)
    return parser.value(), parser.end


class _Parser:
    def __init__(self, text: str, make_object: Callable[[list[tuple[str, Node]]], dict[str, Node]]) -> None:
        self._text = text
        self._make_object = make_object
        self._at = 0

    @property
    def end(self) -> int:
        """Where what was read ends."""
        return self._at

    def value(self) -> Node:
        character = self._next_visible()
        if character in ('"', "'"):
            return self._string(character)
        if character == "{":
            return self._object()
        if character == "[":
            return self._array()
        return self._word(character)

    def _object(self) -> dict[str, Node]:
        pairs: list[tuple[str, Node]] = []
        while True:
            character = self._next_visible()
            if character == _NO_CHARACTER:
                raise self._malformed("A JSONObject text must end with '}'")
            if character == "}":
                return self._make_object(pairs)
            self._back()
            key = self.value()
            self._after_key()
            pairs.append((_key_text(key), self.value()))
            character = self._next_visible()
            if character == "}":
                return self._make_object(pairs)
            if character not in (";", ","):
                raise self._malformed("Expected a ',' or '}'")

    def _after_key(self) -> None:
        character = self._next_visible()
        if character == "=":
            if self._next() != ">":
                self._back()
        elif character != ":":
            raise self._malformed("Expected a ':' after a key")

    def _array(self) -> list[Node]:
        values: list[Node] = []
        if self._next_visible() == "]":
            return values
        self._back()
        while True:
            if self._next_visible() == ",":
                self._back()
                values.append(None)
            else:
                self._back()
                values.append(self.value())
            character = self._next_visible()
            if character == "]":
                return values
            if character not in (";", ","):
                raise self._malformed("Expected a ',' or ']'")
            if self._next_visible() == "]":
                return values
            self._back()

    def _string(self, quote: str) -> str:
        found: list[str] = []
        while True:
            character = self._next()
            if character == _NO_CHARACTER:
                raise self._malformed("Unterminated string")
            if character == quote:
                return "".join(found)
            found.append(self._escaped() if character == "\\" else character)

    def _escaped(self) -> str:
        character = self._next()
        if character == "u":
            digits = self._text[self._at : self._at + 4]
            self._at += 4
            try:
                return chr(int(digits, 16))
            except ValueError as problem:
                raise self._malformed(f'For input string: "{digits}"') from problem
        if character in _ESCAPES:
            return _ESCAPES[character]
        if character and character in _KEPT_ESCAPES:
            return character
        raise self._malformed("Illegal escape.")

    def _word(self, character: str) -> Node:
        start = self._at - 1 if character else self._at
        while character and character >= " " and character not in _ENDS_OF_WORDS:
            character = self._next()
        if character:
            self._back()
        word = self._text[start : self._at].strip()
        if not word:
            raise self._malformed("Missing value")
        lower = word.lower()
        return _WORDS[lower] if lower in _WORDS else Literal(word)

    def _next(self) -> str:
        character = self._text[self._at : self._at + 1]
        self._at += 1
        return character

    def _next_visible(self) -> str:
        while True:
            character = self._next()
            if character == _NO_CHARACTER or character > " ":
                return character

    def _back(self) -> None:
        self._at -= 1

    def _malformed(self, message: str) -> MalformedError:
        at = min(self._at, len(self._text) + 1)
        return MalformedError(f"{message} at {at} [character {at + 1} line 1]")


def _key_text(key: Node) -> str:
    if isinstance(key, str):
        return key
    return "null" if key is None else str(key).lower() if isinstance(key, bool) else str(key)
