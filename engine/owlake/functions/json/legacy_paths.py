"""The paths of json_extract: ``$.store.book[0]["a b"]``.

Trino knows members and subscripts alone, no wildcards, and no blanks
(https://trino.io/docs/current/functions/json.html#json-extract).
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category

from owlake.errors import OwlakeError, error

Names = tuple[tuple[str, int], ...]
"""The names that a path consists of, each with its number as a place in an array, or -1."""


@lru_cache(maxsize=1024)
def parse_legacy_path(path: str) -> Names:
    """The names that a path leads through.

    Errors: INVALID_FUNCTION_ARGUMENT ``Invalid JSON path: 'x'``.
    """
    if not path.startswith("$"):
        raise _invalid(path)
    names: list[tuple[str, int]] = []
    at = 1
    while at < len(path):
        match path[at : at + 2]:
            case '["':
                name, at = _quoted(path, at + 2)
                at = _closed(path, at)
            case step if step[0] == "[":
                name, at = _unquoted(path, at + 1, "_")
                at = _closed(path, at)
            case step if step[0] == ".":
                name, at = _unquoted(path, at + 1, "_:")
            case _:
                raise _invalid(path)
        names.append((name, _index(name)))
    return tuple(names)


def _quoted(path: str, at: int) -> tuple[str, int]:
    found = []
    while at < len(path) and path[at] != '"':
        if path[at] == "\\":
            at += 1
            if path[at : at + 1] not in ('"', "\\"):
                raise _invalid(path)
        found.append(path[at])
        at += 1
    if at == len(path):
        raise _invalid(path)
    return "".join(found), at + 1


def _unquoted(path: str, at: int, besides: str) -> tuple[str, int]:
    start = at
    while at < len(path) and (path[at] in besides or _is_letter_or_digit(path[at])):
        at += 1
    if at == start:
        raise _invalid(path)
    return path[start:at], at


def _is_letter_or_digit(character: str) -> bool:
    kind = category(character)
    return kind[0] == "L" or kind == "Nd"


def _closed(path: str, at: int) -> int:
    if path[at : at + 1] != "]":
        raise _invalid(path)
    return at + 1


def _index(name: str) -> int:
    """The name as Java's ``Integer.parseInt`` reads it; -1 where it is none, or negative."""
    digits = name.removeprefix("+") if len(name) > 1 else name
    if not digits.isdecimal():
        return -1
    number = int(digits)
    return number if number < 2**31 else -1


def _invalid(path: str) -> OwlakeError:
    return error("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{path}'")
