"""Targets whose tables describe themselves: no file of theirs is classified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from owlake.spi import catalog_model


class Described(Protocol):
    """A target as it was looked at."""

    @property
    def path(self) -> str:
        """What the crawler was told."""

    @property
    def places(self) -> Sequence[str]:
        """Where its tables are: what the Data Catalog calls their locations."""

    def covers(self, place: str) -> bool:
        """Whether a table of this location would have been found."""

    def table(self, place: str, database: str, name: str, crawler: str) -> catalog_model.Table:
        """The table as the Data Catalog has it. Errors: whatever says that it cannot be read."""

    def updated(self, before: catalog_model.Table, found: catalog_model.Table) -> catalog_model.Table:
        """The table that is there, as it was found now."""
