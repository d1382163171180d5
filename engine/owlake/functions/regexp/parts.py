"""Pieces of a regular expression, in the words of the two engines that run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.errors import OwlakeError, error


def bad_pattern(text: str) -> OwlakeError:
    """The error for a pattern that means nothing."""
    return error("INVALID_FUNCTION_ARGUMENT", text)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a pattern.

    Attributes:
        full: Its text for the ``regex`` package, which knows everything.
        native: Its text for DataFusion's engine; None where that has nothing that means exactly the same.
        tail: As ``native``, if the piece ends the pattern and only whether there is a match is asked.
        least: The least number of characters that it matches.
        most: The greatest; None for any number.
    """

    full: str
    native: str | None
    tail: str | None
    least: int
    most: int | None


def piece(full: str, native: str | None, least: int, most: int | None) -> Part:
    """A piece that is the same at the end of a pattern as elsewhere."""
    return Part(full, native, native, least, most)


EMPTY = piece("", "", 0, 0)


def sequence(parts: Sequence[Part]) -> Part:
    """Pieces one behind the other."""
    if len(parts) == 1:
        return parts[0]
    *front, last = parts or [EMPTY]
    before = _joined("", [part.native for part in front])
    return Part(
        "".join(part.full for part in parts),
        _joined("", [before, last.native]),
        _joined("", [before, last.tail]),
        sum(part.least for part in parts),
        _total([part.most for part in parts]),
    )


def alternatives(parts: Sequence[Part]) -> Part:
    """One piece or another, the first that leads to a match."""
    if len(parts) == 1:
        return parts[0]
    most = [part.most for part in parts]
    return Part(
        "|".join(part.full for part in parts),
        _joined("|", [part.native for part in parts]),
        _joined("|", [part.tail for part in parts]),
        min(part.least for part in parts),
        None if None in most else max(one for one in most if one is not None),
    )


def wrapped(before: str, inner: Part, after: str = ")") -> Part:
    """A piece in brackets that both engines have."""
    native, tail = (None if text is None else f"{before}{text}{after}" for text in (inner.native, inner.tail))
    return Part(f"{before}{inner.full}{after}", native, tail, inner.least, inner.most)


def _joined(separator: str, texts: Sequence[str | None]) -> str | None:
    found = [text for text in texts if text is not None]
    return separator.join(found) if len(found) == len(texts) else None


def _total(lengths: Sequence[int | None]) -> int | None:
    found = [length for length in lengths if length is not None]
    return sum(found) if len(found) == len(lengths) else None


_META = frozenset("\\.^$|?*+()[]{}-&~#")


def literal(character: str) -> str:
    """A character that stands for itself, also inside brackets."""
    return f"\\{character}" if character in _META else character
