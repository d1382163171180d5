"""Text in lines with an indent, as Trino's formatter lays it out."""

from __future__ import annotations

from collections.abc import Sequence

_INDENT = "   "


class Writer:
    """Collects text."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._parts)

    def add(self, *parts: str) -> None:
        """Write on where the last text ended."""
        self._parts.extend(parts)

    def begin(self, indent: int, *parts: str) -> None:
        """Write behind an indent of so many steps."""
        self._parts.append(_INDENT * indent)
        self._parts.extend(parts)

    def entries(self, indent: int, entries: Sequence[str]) -> None:
        """A list of definitions: one behind the word, several a line each."""
        if len(entries) == 1:
            self.add(" ", entries[0], "\n")
            return
        self.add("\n")
        for index, entry in enumerate(entries, 1):
            self.begin(indent, entry, ",\n" if index < len(entries) else "\n")
