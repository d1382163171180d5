"""What analysis and planning know of a table, whoever holds its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from owlake.types.model import Type


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a table. Hidden ones (``$path``) are not in ``SELECT *``."""

    name: str
    type: Type
    hidden: bool = False
    comment: str | None = None
    partition_key: bool = False


class TableSource(Protocol):
    """A table that a query reads."""

    @property
    def catalog(self) -> str:
        """The catalog's name."""

    @property
    def schema(self) -> str:
        """The schema's name."""

    @property
    def name(self) -> str:
        """The table's name."""

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """Every column, hidden ones last."""


@runtime_checkable
class Versioned(Protocol):
    """A table that is read in a version: the same version always has the same rows."""

    @property
    def version(self) -> tuple[str, int | None]:
        """Which it is."""
