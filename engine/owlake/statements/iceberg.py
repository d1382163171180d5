"""Iceberg tables as the metastore knows them: registered, described, altered; not written yet.

https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake.dialect.nodes.hive import CreateTable, PartitionTransform
from owlake.errors import error
from owlake.lake.property_registry import iceberg_properties
from owlake.statements.columns import columns_of
from owlake.statements.context import StatementContext
from owlake.statements.names import TableName

_SPEC = "owlake.partition_spec"
"""Where partition fields are kept for those who describe the table: a JSON list of [name, argument, column]."""

_METADATA = frozenset({"metadata_location", "previous_metadata_location"})


def new_table(node: CreateTable, name: TableName, place: str, context: StatementContext) -> Table:
    """The table of ``CREATE TABLE ... TBLPROPERTIES ('table_type'='ICEBERG')``."""
    if node.stored_as is not None or node.row_format is not None:
        raise error("NOT_SUPPORTED", "Iceberg create table statement does not allow STORED AS/BY", bare=True)
    properties = dict(node.properties)
    check_properties(properties)
    columns = columns_of(node.columns)
    _check_transforms(node.partition_transforms, columns)
    spec = [[each.name, each.argument, each.column.name] for each in node.partition_transforms]
    parameters = {**properties, "table_type": "ICEBERG", "write_compression": _compression(properties)}
    if spec:
        parameters[_SPEC] = json.dumps(spec)
    if node.comment is not None:
        parameters["comment"] = node.comment
    return Table(
        name.database,
        name.table,
        StorageDescriptor(columns, place),
        parameters=parameters,
        owner=context.principal,
        created_by=context.principal,
    )


def check_properties(properties: Mapping[str, str]) -> None:
    """Errors: Athena's, for a property that Iceberg tables do not have."""
    known = iceberg_properties()
    for key in properties:
        if key not in known:
            raise error("INVALID_TABLE_PROPERTY", f"Unsupported table property key: {key}", bare=True)


def check_not_foreign(table: Table) -> None:
    """A table whose metadata lies in the lake must not be changed in the metastore alone."""
    if "metadata_location" in table.parameters:
        raise error(
            "NOT_SUPPORTED",
            f"Changing the Iceberg table {table.database}.{table.name} is not supported yet: "
            "its schema stands in its own metadata",
        )


def shown_properties(table: Table) -> dict[str, str]:
    """The properties that Athena shows: not those that say where the metadata is."""
    hidden = {"table_type", "EXTERNAL", "comment", _SPEC, *_METADATA}
    return {key: value for key, value in table.parameters.items() if key not in hidden}


def partition_fields(table: Table) -> Iterator[tuple[str, str, str]]:
    """Field name, transform and column of each partition field: ``n_bucket``, ``bucket[4]``, ``n``."""
    for name, argument, column in json.loads(table.parameters.get(_SPEC, "[]")):
        if name == "identity":
            yield column, name, column
        else:
            transform = name if argument is None else f"{name}[{argument}]"
            yield f"{column}_{'trunc' if name == 'truncate' else name}", transform, column


def partition_clause(table: Table) -> list[str]:
    """The partition fields as PARTITIONED BY has them: ``n``, ``bucket(4, n)``."""
    fields = []
    for name, argument, column in json.loads(table.parameters.get(_SPEC, "[]")):
        arguments = column if argument is None else f"{argument}, {column}"
        fields.append(column if name == "identity" else f"{name}({arguments})")
    return fields


def type_text(hive_type: str) -> str:
    """A type as DESCRIBE of an Iceberg table prints it: ``decimal(10, 2)``, ``struct<a: int>``."""
    return re.sub(r":(?!\s)", ": ", re.sub(r",(?!\s)", ", ", hive_type))


def _compression(properties: Mapping[str, str]) -> str:
    return properties.get("write_compression", "zstd")


def _check_transforms(transforms: tuple[PartitionTransform, ...], columns: tuple[Column, ...]) -> None:
    known = {column.name for column in columns}
    for transform in transforms:
        if transform.column.name not in known:
            raise error("COLUMN_NOT_FOUND", f"Cannot find source column: {transform.column.name}", transform.position)
