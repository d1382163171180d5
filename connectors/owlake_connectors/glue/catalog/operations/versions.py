"""Glue's operations on versions of tables (https://docs.aws.amazon.com/glue/latest/webapi/API_GetTableVersion.html)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from owlake.spi import CatalogReader, Json, Length, OwlakeError, catalog_model, operation
from owlake_connectors.glue.catalog import shapes
from owlake_connectors.glue.catalog.errors import detail, not_found, translated
from owlake_connectors.glue.catalog.operations.base import OfCatalog, existing_table, version_number
from owlake_connectors.glue.catalog.shapes import NameText, Page, VersionText
from owlake_connectors.glue.catalog.translation import table_shape
from owlake_connectors.glue.pages import read_number, write_number

_PAGE = 100


@dataclass(frozen=True, slots=True)
class TableVersion:
    """A table as it was in a version."""

    table: shapes.Table | None = None
    version_id: VersionText | None = None


@dataclass(frozen=True, slots=True)
class GetTableVersionOutput:
    """A version."""

    table_version: TableVersion


@dataclass(frozen=True, slots=True)
class GetTableVersionsOutput:
    """A page of versions."""

    table_versions: list[TableVersion]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class TableVersionError:
    """Why one of many versions was not deleted."""

    table_name: NameText | None = None
    version_id: VersionText | None = None
    error_detail: shapes.ErrorDetail | None = None


@dataclass(frozen=True, slots=True)
class BatchDeleteTableVersionOutput:
    """The versions that were not deleted."""

    errors: list[TableVersionError]


class TableVersions(OfCatalog):
    """Operations on versions of tables."""

    @operation
    def get_table_version(
        self,
        database_name: NameText,
        table_name: NameText,
        version_id: VersionText | None = None,
        audit_context: Json | None = None,
        catalog_id: NameText | None = None,
    ) -> GetTableVersionOutput:
        """A table as it was in a version, or as it is."""
        with self._reading(catalog_id) as catalog:
            table = _version(catalog, database_name, table_name, version_id)
            return GetTableVersionOutput(_shape(table))

    @operation
    def get_table_versions(
        self,
        database_name: NameText,
        table_name: NameText,
        max_results: Page | None = None,
        next_token: str | None = None,
        audit_context: Json | None = None,
        catalog_id: NameText | None = None,
    ) -> GetTableVersionsOutput:
        """The versions of a table that are kept, the one that it has first, a page at a time."""
        size = max_results or _PAGE
        before = read_number(next_token) if next_token else None
        with self._reading(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            found = catalog.table_versions(database_name, table_name).newest_first(before=before, limit=size + 1)
        following = write_number(found[size - 1].version_id) if len(found) > size else None
        return GetTableVersionsOutput([_shape(one) for one in found[:size]], following)

    @operation
    def delete_table_version(
        self,
        database_name: NameText,
        table_name: NameText,
        version_id: VersionText,
        catalog_id: NameText | None = None,
    ) -> None:
        """Forget an earlier version of a table."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            catalog.table_versions(database_name, table_name).delete(version_number(version_id))

    @operation
    def batch_delete_table_version(
        self,
        database_name: NameText,
        table_name: NameText,
        version_ids: Annotated[Sequence[VersionText], Length(0, 100)],
        catalog_id: NameText | None = None,
    ) -> BatchDeleteTableVersionOutput:
        """Forget earlier versions of a table; those that cannot be deleted are told."""
        errors = []
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            versions = catalog.table_versions(database_name, table_name)
            for one in version_ids:
                try:
                    with translated():
                        versions.delete(version_number(one))
                except OwlakeError as problem:
                    errors.append(TableVersionError(table_name, one, detail(problem)))
        return BatchDeleteTableVersionOutput(errors)

    @operation
    def restore_table_version(
        self, database_name: NameText, table_name: NameText, version_id: VersionText
    ) -> GetTableVersionOutput:
        """Make a table what it was in a version. That is a new version, so that nothing is lost; files stay."""
        with self._writing(None) as catalog:
            catalog.update_table(_version(catalog, database_name, table_name, version_id))
            return GetTableVersionOutput(_shape(catalog.get_table(database_name, table_name)))


def _version(catalog: CatalogReader, database: str, name: str, version_id: str | None) -> catalog_model.Table:
    table = existing_table(catalog, database, name)
    if version_id is None:
        return table
    found = catalog.table_versions(database, name).find(version_number(version_id))
    if found is None:
        raise not_found("Version not found.")
    return found


def _shape(table: catalog_model.Table) -> TableVersion:
    shown = table_shape(table)
    return TableVersion(shown, shown.version_id)
