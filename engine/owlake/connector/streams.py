"""Streams as SQL makes and changes them: what a connector offers to CREATE STREAM and its neighbours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from owlake.connector.table import Column

if TYPE_CHECKING:
    from owlake.connector.connector import Property


@dataclass(frozen=True, slots=True)
class StreamDefinition:
    """A stream as a statement writes it down.

    Attributes:
        name: In lower case.
        columns: What its records hold; none where they are taken as they are.
        properties: Values of declared properties, of their types. To ``create`` those that were given; from ``find``
            those that hold.
    """

    name: str
    columns: tuple[Column, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


class Streams(ABC):
    """The streams of one schema, each of which is one of its tables too.

    Names are in lower case, and columns already told apart; whether a type, a property's value or a change is possible
    is the connector's to say, by errors with the codes and texts of its service.
    """

    properties: Sequence[Property]
    """What WITH may set; their types are checked before the connector is asked."""

    @abstractmethod
    def names(self) -> Iterable[str]:
        """Every stream."""

    @abstractmethod
    def find(self, name: str) -> StreamDefinition | None:
        """The stream of this name; None where there is none."""

    @abstractmethod
    def create(self, stream: StreamDefinition) -> None:
        """Make a stream. An error where there is one of this name already."""

    @abstractmethod
    def set_properties(self, name: str, properties: Mapping[str, Any]) -> None:
        """Change these properties; one that is None becomes what it is without being set."""

    @abstractmethod
    def add_column(self, name: str, column: Column) -> None:
        """Add a column behind the others; there is none of its name."""

    @abstractmethod
    def drop_column(self, name: str, column: str) -> None:
        """Forget a column that is there."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Delete the stream and its records. An error where there is none of this name."""
