"""What every node of the tree has: a place in the text that the person wrote."""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, dataclass_transform


class Position(NamedTuple):
    """A place in a statement's text: line and column, both counted from 1, the column in UTF-16 units."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}:{self.column}"


T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(kind: type[T]) -> type[T]:
    """Make a class of nodes, as ``dataclass(frozen=True, slots=True)`` does.

    What that writes for each class anew, all nodes have from ``Node``: for this many classes it takes a tenth of a
    second at every start, this a tenth of that. A node is also made in three fifths of the time.
    """
    made = dataclass(init=False, repr=False, eq=False, slots=True)(kind)
    members: tuple[Field[Any], ...] = fields(made)  # type: ignore[arg-type]  # it is one now
    parameters, statements = [], []
    names: dict[str, Any] = {}
    for member in members:
        names[f"set_{member.name}"] = getattr(made, member.name).__set__
        names[f"default_{member.name}"] = member.default
        parameters.append(member.name if member.default is MISSING else f"{member.name}=default_{member.name}")
        statements.append(f"    set_{member.name}(self, {member.name})\n")
    exec(f"def __init__(self, {', '.join(parameters)}):\n{''.join(statements)}", names)  # noqa: S102  (as dataclasses do)
    type.__setattr__(made, "__init__", names["__init__"])
    type.__setattr__(made, "compared", tuple(member.name for member in members if member.compare))
    return made


@node
class Node:
    """A piece of syntax. Equality looks at the position too: two nodes are equal only if they are one text."""

    compared: ClassVar[tuple[str, ...]]
    """The fields that equality looks at."""

    position: Position

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.compared)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        values = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))
        return f"{type(self).__name__}({values})"

    def __setattr__(self, name: str, value: object) -> None:
        message = f"cannot assign to field {name!r}"
        raise FrozenInstanceError(message)

    def __delattr__(self, name: str) -> None:
        message = f"cannot delete field {name!r}"
        raise FrozenInstanceError(message)

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        return type(self), tuple(getattr(self, item.name) for item in fields(self))


@node
class Expression(Node):
    """Anything that has a value."""


@node
class Identifier(Expression):
    """A name as written. ``delimited`` names stood in quotes; names compare without case all the same."""

    value: str
    delimited: bool = False

    @property
    def name(self) -> str:
        """The name that catalogs and scopes know: lower case (Athena compares names without case)."""
        return self.value.lower()


@node
class QualifiedName(Node):
    """A dotted name: ``catalog.schema.table`` or any tail of it."""

    parts: tuple[Identifier, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parts in lower case."""
        return tuple(part.name for part in self.parts)

    def __str__(self) -> str:
        return ".".join(self.names)


@node
class Statement(Node):
    """One whole statement."""
