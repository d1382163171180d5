"""The catalogs as one statement sees them: every table resolved against one snapshot."""

from __future__ import annotations

from typing import Protocol

from owlake.analysis.context import TableName, View
from owlake.ir.sources import TableSource


class CatalogMetadata(Protocol):
    """One catalog's schemas and tables."""

    def schema_names(self) -> list[str]:
        """Every schema."""

    def table_names(self, schema: str) -> list[str]:
        """Every table and view of a schema."""

    def schema_exists(self, schema: str) -> bool:
        """Whether there is such a schema."""

    def table(self, schema: str, name: str) -> TableSource | View | None:
        """The table or view."""


class StatementMetadata:
    """See ``owlake.analysis.context.Metadata``."""

    def __init__(self, catalogs: dict[str, CatalogMetadata]) -> None:
        self._catalogs = catalogs

    def catalog_exists(self, catalog: str) -> bool:
        """Whether there is such a catalog."""
        return catalog in self._catalogs

    def schema_exists(self, catalog: str, schema: str) -> bool:
        """Whether the catalog has such a schema."""
        return catalog in self._catalogs and self._catalogs[catalog].schema_exists(schema)

    def table(self, name: TableName) -> TableSource | View | None:
        """The table or view of this name."""
        catalog = self._catalogs.get(name.catalog)
        return catalog.table(name.schema, name.table) if catalog else None

    def table_names(self, catalog: str, schema: str) -> list[str]:
        """The tables of a schema."""
        return self._catalogs[catalog].table_names(schema) if catalog in self._catalogs else []

    def schema_names(self, catalog: str) -> list[str]:
        """The schemas of a catalog."""
        return self._catalogs[catalog].schema_names() if catalog in self._catalogs else []

    def catalog_names(self) -> list[str]:
        """Every catalog."""
        return list(self._catalogs)
