"""Migrations as values: what a file says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a file, with its variables still in it; ``line`` is where its first word stands."""

    number: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Header:
    """The comment that a file begins with.

    Attributes:
        intent: What the migration is for.
        requires: Other migrations, as ``0001`` or ``R__name``.
        environments: Where it is run; everywhere if empty.
        variables: Those that it declares, with their defaults; None where there is none.
    """

    intent: str
    requires: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    variables: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. ``key`` is how others name it: ``0001``, or ``R__name`` for one that is run again when it changes."""

    name: str
    key: str
    path: str
    header: Header
    up: tuple[Statement, ...]
    down: tuple[Statement, ...]
    checksum: str

    @property
    def is_repeatable(self) -> bool:
        """Whether it is run again whenever its content changes, rather than once."""
        return self.key.startswith("R__")

    @property
    def number(self) -> int:
        """Its place in the order; none for a repeatable one."""
        return int(self.key)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A migration with the values of its variables: what would be run, as ``(line, text)``."""

    migration: Migration
    up: tuple[Statement, ...]
    down: tuple[Statement, ...]
    checksum: str = field(default="")
    """What tells whether a repeatable one has changed: of the file and of the values."""


def checksum_of(text: str) -> str:
    """SHA-256 of a text, whatever its line ends, the blanks at its lines' ends and the empty lines around it."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return hashlib.sha256("\n".join(line.rstrip() for line in lines).strip("\n").encode()).hexdigest()
