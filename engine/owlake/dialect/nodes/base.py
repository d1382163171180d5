"""What every node of the tree has: a place in the text that the person wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Position(NamedTuple):
    """A place in a statement's text: line and column, both counted from 1, the column in UTF-16 units."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of syntax. Equality looks at the position too: two nodes are equal only if they are one text."""

    position: Position


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """Anything that has a value."""


@dataclass(frozen=True, slots=True)
class Identifier(Expression):
    """A name as written. ``delimited`` names stood in quotes; names compare without case all the same."""

    value: str
    delimited: bool = False

    @property
    def name(self) -> str:
        """The name that catalogs and scopes know: lower case (Athena compares names without case)."""
        return self.value.lower()


@dataclass(frozen=True, slots=True)
class QualifiedName(Node):
    """A dotted name: ``catalog.schema.table`` or any tail of it."""

    parts: tuple[Identifier, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parts in lower case."""
        return tuple(part.name for part in self.parts)

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Statement(Node):
    """One whole statement."""
