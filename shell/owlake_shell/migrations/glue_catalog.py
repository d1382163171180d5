"""The Glue Data Catalog as a catalog to compare with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from owlake.catalog.model import Column, Database, SerDeInfo, SortColumn, StorageDescriptor, Table
from owlake_shell.migrations.comparison import CatalogState, Locations
from owlake_shell.migrations.relations import Name


def glue_catalog(glue: Any) -> CatalogState:
    """All databases and tables; partitions are asked for when they are compared."""
    databases = {one["Name"]: _database(one) for one in _pages(glue, "get_databases", "DatabaseList")}
    tables = {
        (name, one["Name"]): _table(name, one)
        for name in databases
        for one in _pages(glue, "get_tables", "TableList", DatabaseName=name)
    }

    def partitions(name: Name) -> Locations:
        from owlake_shell.migrations.athena_history import aws_errors  # noqa: PLC0415  (it needs this room too)

        with aws_errors():
            found = list(_pages(glue, "get_partitions", "Partitions", DatabaseName=name[0], TableName=name[1]))
        return {tuple(one["Values"]): one["StorageDescriptor"]["Location"] for one in found}

    return CatalogState(databases, tables, partitions)


def _pages(glue: Any, operation: str, member: str, **arguments: str) -> Iterable[dict[str, Any]]:
    for page in glue.get_paginator(operation).paginate(**arguments):
        yield from page[member]


def _database(value: dict[str, Any]) -> Database:
    return Database(
        value["Name"],
        value.get("Description"),
        value.get("LocationUri"),
        value.get("Parameters", {}),
    )


def _table(database: str, value: dict[str, Any]) -> Table:
    return Table(
        database,
        value["Name"],
        _storage(value.get("StorageDescriptor", {})),
        _columns(value.get("PartitionKeys", [])),
        value.get("TableType", ""),
        value.get("Parameters", {}),
        value.get("Description"),
        view_original_text=value.get("ViewOriginalText"),
        view_expanded_text=value.get("ViewExpandedText"),
    )


def _storage(value: dict[str, Any]) -> StorageDescriptor:
    serde = value.get("SerdeInfo", {})
    return StorageDescriptor(
        _columns(value.get("Columns", [])),
        value.get("Location", ""),
        value.get("InputFormat", ""),
        value.get("OutputFormat", ""),
        value.get("Compressed", False),
        value.get("NumberOfBuckets", -1),
        SerDeInfo(serde.get("SerializationLibrary", ""), serde.get("Parameters", {}), serde.get("Name")),
        tuple(value.get("BucketColumns", ())),
        tuple(SortColumn(one["Column"], one["SortOrder"]) for one in value.get("SortColumns", ())),
        value.get("Parameters", {}),
        value.get("StoredAsSubDirectories", False),
    )


def _columns(values: Iterable[dict[str, Any]]) -> tuple[Column, ...]:
    return tuple(Column(one["Name"], one.get("Type", ""), one.get("Comment")) for one in values)
