"""Glue's operations on tables (https://docs.aws.amazon.com/glue/latest/webapi/API_CreateTable.html and on)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import CatalogTransaction, Json, Length, OwlakeError, operation
from owlake_connectors.glue.catalog import shapes
from owlake_connectors.glue.catalog.errors import detail, invalid_input, not_supported, translated
from owlake_connectors.glue.catalog.operations.base import (
    OfCatalog,
    existing_table,
    name_pattern,
    refuse,
    version_number,
)
from owlake_connectors.glue.catalog.operations.partition_indexes import PartitionIndex
from owlake_connectors.glue.catalog.shapes import NameText, Page, TableInput, TransactionId, VersionText
from owlake_connectors.glue.catalog.translation import table_of, table_shape
from owlake_connectors.glue.pages import page_after

_PAGE = 100
Attributes = Sequence[Literal["NAME", "TABLE_TYPE", "DEFAULT", "LATEST_ICEBERG_METADATA"]]


@dataclass(frozen=True, slots=True)
class GetTableOutput:
    """A table."""

    table: shapes.Table


@dataclass(frozen=True, slots=True)
class GetTablesOutput:
    """A page of tables."""

    table_list: list[shapes.Table]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class TableError:
    """Why one of many tables was not deleted."""

    table_name: NameText | None = None
    error_detail: shapes.ErrorDetail | None = None


@dataclass(frozen=True, slots=True)
class BatchDeleteTableOutput:
    """The tables that were not deleted."""

    errors: list[TableError]


class Tables(OfCatalog):
    """Operations on tables and views."""

    @operation
    def create_table(
        self,
        database_name: NameText,
        table_input: TableInput | None = None,
        name: NameText | None = None,
        partition_indexes: Sequence[PartitionIndex] | None = None,
        transaction_id: TransactionId | None = None,
        open_table_format_input: Json | None = None,
        catalog_id: NameText | None = None,
    ) -> None:
        """Create a table or view."""
        refuse(TransactionId=transaction_id, OpenTableFormatInput=open_table_format_input)
        table = table_of(database_name, _named(table_input, name))
        with self._writing(catalog_id) as catalog:
            catalog.create_table(table)
            for one in partition_indexes or ():
                catalog.create_partition_index(database_name, table.name, one.index_name, one.keys)

    @operation
    def get_table(
        self,
        database_name: NameText,
        name: NameText,
        transaction_id: TransactionId | None = None,
        query_as_of_time: datetime | None = None,
        audit_context: Json | None = None,
        include_status_details: bool | None = None,
        attributes_to_get: Attributes | None = None,
        catalog_id: NameText | None = None,
    ) -> GetTableOutput:
        """A table or view."""
        refuse(TransactionId=transaction_id, QueryAsOfTime=query_as_of_time)
        with self._reading(catalog_id) as catalog:
            return GetTableOutput(_shown(table_shape(existing_table(catalog, database_name, name)), attributes_to_get))

    @operation
    def get_tables(
        self,
        database_name: NameText,
        expression: Annotated[str, Length(0, 2048)] | None = None,
        max_results: Page | None = None,
        next_token: str | None = None,
        transaction_id: TransactionId | None = None,
        query_as_of_time: datetime | None = None,
        audit_context: Json | None = None,
        resource_share_type: Literal["FEDERATED", "ALL"] | None = None,
        include_status_details: bool | None = None,
        attributes_to_get: Attributes | None = None,
        catalog_id: NameText | None = None,
    ) -> GetTablesOutput:
        """The tables and views of a database by name, or those whose names an expression asks for, a page at a time."""
        refuse(TransactionId=transaction_id, QueryAsOfTime=query_as_of_time)
        with self._reading(catalog_id) as catalog:
            catalog.get_database(database_name)
            known = [] if resource_share_type == "FEDERATED" else catalog.list_table_names(database_name)
            if expression:
                pattern = name_pattern(expression)
                known = [one for one in known if pattern.fullmatch(one)]
            names, following = page_after(known, max_results, next_token, most=_PAGE)
            found = [table_shape(one) for one in catalog.list_tables([database_name], names)]
        return GetTablesOutput([_shown(one, attributes_to_get) for one in found], following)

    @operation
    def update_table(
        self,
        database_name: NameText,
        table_input: TableInput | None = None,
        name: NameText | None = None,
        skip_archive: bool | None = None,
        transaction_id: TransactionId | None = None,
        version_id: VersionText | None = None,
        view_update_action: Literal["ADD", "REPLACE", "ADD_OR_REPLACE", "DROP"] | None = None,
        force: bool | None = None,
        update_open_table_format_input: Json | None = None,
        catalog_id: NameText | None = None,
    ) -> None:
        """Replace a table, whatever is not said of it included; the version before is kept, unless skip_archive."""
        refuse(
            TransactionId=transaction_id,
            ViewUpdateAction=view_update_action,
            UpdateOpenTableFormatInput=update_open_table_format_input,
        )
        table = table_of(database_name, _named(table_input, name))
        with self._writing(catalog_id) as catalog:
            known = existing_table(catalog, database_name, table.name)
            catalog.update_table(
                replace(table, created_by=known.created_by),
                expected_version=None if version_id is None else version_number(version_id),
                archive=not skip_archive,
            )

    @operation
    def delete_table(
        self,
        database_name: NameText,
        name: NameText,
        transaction_id: TransactionId | None = None,
        catalog_id: NameText | None = None,
    ) -> None:
        """Delete a table or view with its partitions and versions; files stay."""
        refuse(TransactionId=transaction_id)
        with self._writing(catalog_id) as catalog:
            _delete(catalog, database_name, name)

    @operation
    def batch_delete_table(
        self,
        database_name: NameText,
        tables_to_delete: Annotated[Sequence[NameText], Length(0, 100)],
        transaction_id: TransactionId | None = None,
        catalog_id: NameText | None = None,
    ) -> BatchDeleteTableOutput:
        """Delete tables; those that cannot be deleted are told."""
        refuse(TransactionId=transaction_id)
        errors = []
        with self._writing(catalog_id) as catalog:
            catalog.get_database(database_name)
            for name in tables_to_delete:
                try:
                    with translated():
                        _delete(catalog, database_name, name)
                except OwlakeError as problem:
                    errors.append(TableError(name, detail(problem)))
        return BatchDeleteTableOutput(errors)


def _delete(catalog: CatalogTransaction, database: str, name: str) -> None:
    existing_table(catalog, database, name)
    catalog.delete_table(database, name)


def _named(given: TableInput | None, name: str | None) -> TableInput:
    """What a table is to be; its name may be said beside it."""
    if given is None:
        raise invalid_input("TableInput must be given")
    if name is not None and name.lower() != given.name.lower():
        raise invalid_input("Name and TableInput.Name differ")
    return given


def _shown(table: shapes.Table, attributes: Attributes | None) -> shapes.Table:
    if not attributes or "DEFAULT" in attributes:
        return table
    if "LATEST_ICEBERG_METADATA" in attributes:
        raise not_supported("LATEST_ICEBERG_METADATA")
    return shapes.Table(table.name, table_type=table.table_type if "TABLE_TYPE" in attributes else None)
