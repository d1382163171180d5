"""Lines of JSON as parsed values, by each SerDe's rules for what a line may be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from json.decoder import JSONDecodeError

from owlake.lake.formats.json.lenient import Literal, MalformedError, Node, parse_first

ParseLine = Callable[[str], Node]
"""One line to a parsed value; None for a line without one. Errors: MalformedError."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Makes objects of pairs of key and value."""

    is_lower: bool
    is_unique: bool

    def __call__(self, pairs: list[tuple[str, Node]]) -> dict[str, Node]:
        made = {key.lower(): value for key, value in pairs} if self.is_lower else dict(pairs)
        if self.is_unique and len(made) < len(pairs):
            raise MalformedError(f'Duplicate key "{self._first_duplicate(pairs)}"')
        return made

    def _first_duplicate(self, pairs: list[tuple[str, Node]]) -> str:
        seen: set[str] = set()
        for key, _ in pairs:
            name = key.lower() if self.is_lower else key
            if name in seen:
                return name
            seen.add(name)
        raise AssertionError


def openx_parser(*, is_case_insensitive: bool, is_alone: bool = False) -> ParseLine:
    """OpenX: a line that begins with ``{`` or ``[`` is parsed as far as its first value, any other one is none.

    A key that comes twice, after all were made lower case, makes the line malformed; with ``is_alone`` so does
    anything behind the first value.
    """
    make_object = _Pairs(is_lower=is_case_insensitive, is_unique=True)
    decoder = _decoder(make_object)

    def parse(line: str) -> Node:
        text = line.strip()
        if text[:1] not in ("{", "["):
            return None
        try:
            found, end = decoder.raw_decode(text)
        except (JSONDecodeError, RecursionError):
            found, end = parse_first(text, make_object)
        if is_alone and end < len(text):
            raise _followed(end)
        return found

    return parse


def hive_parser(*, is_alone: bool = False) -> ParseLine:
    """Hive: proper JSON, an object; of a key that comes twice the last value counts."""
    decoder = _decoder(_Pairs(is_lower=False, is_unique=False))

    def parse(line: str) -> Node:
        text = line.strip()
        try:
            found, end = decoder.raw_decode(text) if text else (None, 0)
        except JSONDecodeError as problem:
            raise MalformedError(_jackson_message(text, problem)) from problem
        if not isinstance(found, dict):
            raise MalformedError("Start token not found where expected")
        if is_alone and end < len(text):
            raise _followed(end)
        return found

    return parse


def _followed(end: int) -> MalformedError:
    return MalformedError(f"Something follows the object at {end} [character {end + 1} line 1]")


def _decoder(make_object: _Pairs) -> json.JSONDecoder:
    """Numbers stay as they are written: which type they have is the column's question."""
    return json.JSONDecoder(
        object_pairs_hook=make_object,
        parse_int=Literal,
        parse_float=Literal,
        parse_constant=_refuse_constant,
        strict=False,
    )


def _refuse_constant(name: str) -> Node:
    """``NaN`` and ``Infinity`` are no JSON."""
    raise JSONDecodeError(f"Non-standard token '{name}'", name, 0)


def _jackson_message(text: str, problem: JSONDecodeError) -> str:
    """The reason in the words of Jackson, Hive's parser."""
    if problem.pos >= len(text) or problem.msg.startswith("Unterminated string"):
        kind = "OBJECT" if text.startswith("{") else "ARRAY"
        return f"Unexpected end-of-input: expected close marker for {kind}"
    character = text[problem.pos]
    return f"Unexpected character ('{character}' (code {ord(character)})): {problem.msg}"
