"""LIKE patterns with an escape character of the person's choice."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import pyarrow as pa

from owlake.errors import error


def native_like_pattern(pattern: str, escape: str) -> str:
    """The pattern with DataFusion's escape, the backslash, in place of the named one.

    Errors: INVALID_FUNCTION_ARGUMENT for an escape that is not one character, or that stands before something
    that needs none.
    """
    return "".join(
        f"\\{character}" if literal and character in "%_\\" else character
        for character, literal in _parts(pattern, escape)
    )


def _parts(pattern: str, escape: str | None) -> list[tuple[str, bool]]:
    """The pattern's characters, each with whether it stands for itself."""
    if escape is not None and len(escape) != 1:
        raise error("INVALID_FUNCTION_ARGUMENT", "Escape string must be a single character")
    parts: list[tuple[str, bool]] = []
    characters = iter(pattern)
    for character in characters:
        if character != escape:
            parts.append((character, character not in "%_"))
            continue
        following = next(characters, None)
        if following is None or following not in ("%", "_", escape):
            text = "Escape character must be followed by '%', '_' or the escape character itself"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
        parts.append((following, True))
    return parts


@lru_cache(maxsize=1000)
def expression_of(pattern: str, escape: str | None) -> re.Pattern[str]:
    """The pattern as a regular expression for whole texts."""
    wild = {"%": ".*", "_": "."}
    text = "".join(re.escape(one) if literal else wild[one] for one, literal in _parts(pattern, escape))
    return re.compile(text, re.DOTALL)


def like_kernel(values: Any, patterns: Any, escapes: Any) -> pa.Array:
    """LIKE where pattern or escape differ from row to row."""
    length = max(len(one) for one in (values, patterns, escapes) if not isinstance(one, pa.Scalar))
    columns = [
        [one.as_py()] * length if isinstance(one, pa.Scalar) else one.to_pylist() for one in (values, patterns, escapes)
    ]
    return pa.array(
        [
            None if None in row else expression_of(row[1], row[2]).fullmatch(row[0]) is not None
            for row in zip(*columns, strict=True)
        ],
        pa.bool_(),
    )
