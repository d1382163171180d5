"""Glue's operations on databases (https://docs.aws.amazon.com/glue/latest/webapi/API_CreateDatabase.html and on)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from owlake.spi import operation
from owlake_connectors.glue.catalog import shapes
from owlake_connectors.glue.catalog.errors import invalid_input
from owlake_connectors.glue.catalog.operations.base import OfCatalog
from owlake_connectors.glue.catalog.shapes import DatabaseInput, NameText, Page, Tags
from owlake_connectors.glue.catalog.translation import database_of, database_shape
from owlake_connectors.glue.pages import page_after

_PAGE = 100


@dataclass(frozen=True, slots=True)
class GetDatabaseOutput:
    """A database."""

    database: shapes.Database


@dataclass(frozen=True, slots=True)
class GetDatabasesOutput:
    """A page of databases."""

    database_list: list[shapes.Database]
    next_token: str | None = None


class Databases(OfCatalog):
    """Operations on databases."""

    @operation
    def create_database(
        self, database_input: DatabaseInput, tags: Tags | None = None, catalog_id: NameText | None = None
    ) -> None:
        """Create a database."""
        database = replace(database_of(database_input), tags=dict(tags or {}))
        with self._writing(catalog_id) as catalog:
            catalog.create_database(database)

    @operation
    def get_database(self, name: NameText, catalog_id: NameText | None = None) -> GetDatabaseOutput:
        """A database."""
        with self._reading(catalog_id) as catalog:
            return GetDatabaseOutput(database_shape(catalog.get_database(name)))

    @operation
    def get_databases(
        self,
        max_results: Page | None = None,
        next_token: str | None = None,
        resource_share_type: Literal["FOREIGN", "ALL", "FEDERATED"] | None = None,
        attributes_to_get: Sequence[Literal["NAME", "TARGET_DATABASE"]] | None = None,
        catalog_id: NameText | None = None,
    ) -> GetDatabasesOutput:
        """The databases by name, a page at a time; none is foreign or federated here."""
        with self._reading(catalog_id) as catalog:
            found = {} if _of_others(resource_share_type) else {one.name: one for one in catalog.list_databases()}
        names, following = page_after(list(found), max_results, next_token, most=_PAGE)
        if attributes_to_get:
            return GetDatabasesOutput([shapes.Database(name) for name in names], following)
        return GetDatabasesOutput([database_shape(found[name]) for name in names], following)

    @operation
    def update_database(
        self, name: NameText, database_input: DatabaseInput, catalog_id: NameText | None = None
    ) -> None:
        """Replace all of a database but its name."""
        database = database_of(database_input)
        if database.name != name.lower():
            raise invalid_input("A database cannot be renamed: Name and DatabaseInput.Name differ")
        with self._writing(catalog_id) as catalog:
            catalog.update_database(replace(database, tags=catalog.get_database(name).tags))

    @operation
    def delete_database(self, name: NameText, catalog_id: NameText | None = None) -> None:
        """Delete a database with its tables and functions; files stay."""
        with self._writing(catalog_id) as catalog:
            catalog.delete_database(name)


def _of_others(share: str | None) -> bool:
    return share in ("FOREIGN", "FEDERATED")
