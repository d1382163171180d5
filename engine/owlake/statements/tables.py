"""CREATE TABLE (Hive's, not CTAS) and DROP TABLE.

https://docs.aws.amazon.com/athena/latest/ug/create-table.html
"""

from __future__ import annotations

from dataclasses import replace

from owlake.catalog.errors import AlreadyExists
from owlake.catalog.model import StorageDescriptor, Table
from owlake.dialect.nodes.hive import CreateTable, DropTable, SerDeRowFormat
from owlake.errors import OwlakeError, QueryWarning, refusal
from owlake.lake.open_tables.registration import delta_columns
from owlake.statements import iceberg
from owlake.statements.columns import columns_of
from owlake.statements.context import StatementContext
from owlake.statements.failures import already_exists, database_not_found, execution_error, semantic_error
from owlake.statements.formats import storage_format
from owlake.statements.locations import location
from owlake.statements.names import TableName, check_new_name, find_table, table_name
from owlake.statements.output import NOTHING, Output


def create_table(node: CreateTable, context: StatementContext) -> Output:
    """``CREATE EXTERNAL TABLE``, and ``CREATE TABLE`` with ``'table_type'='ICEBERG'``."""
    name = table_name(node.name, context)
    kind = dict(node.properties).get("table_type", "HIVE").upper()
    if node.location is None:
        raise _no_location(node)
    _check_kind(node, kind, context)
    check_new_name("Table", name.table)
    place = location(node.location, context)
    with context.home.metastore.write() as catalog:
        if catalog.find_database(name.database) is None:
            raise database_not_found(name.database, (known.name for known in catalog.list_databases()))
        if node.if_not_exists and catalog.find_table(name.database, name.table):
            return NOTHING
        table = (
            iceberg.new_table(node, name, place, context)
            if kind == "ICEBERG"
            else _hive_table(node, name, place, context, is_described_elsewhere=kind in ("DELTA", "HUDI"))
        )
        if kind == "DELTA" and not table.storage.columns:
            columns = delta_columns(context.storage, str(name), place)
            table = replace(table, storage=replace(table.storage, columns=columns))
        try:
            catalog.create_table(table)
        except AlreadyExists as problem:
            raise already_exists(f"Table {name.table} already exist") from problem
    return NOTHING


def drop_table(node: DropTable, context: StatementContext) -> Output:
    """``DROP TABLE``: of external tables the files stay."""
    name = table_name(node.name, context)
    with context.home.metastore.write() as catalog:
        if node.if_exists and catalog.find_table(name.database, name.table) is None:
            return NOTHING
        table = find_table(catalog, name)
        if table.is_view:
            if node.if_exists:
                return NOTHING
            raise execution_error("Cannot drop a view with DROP TABLE", hint="DROP VIEW drops it")
        catalog.delete_table(name.database, name.table)
    if table.open_format == "ICEBERG" and context.storage.has_files(table.storage.location):
        text = f"The files of the Iceberg table {name} were left in {table.storage.location}; Athena deletes them"
        context.warn(QueryWarning("NOT_SUPPORTED", text))
    return NOTHING


def _check_kind(node: CreateTable, kind: str, context: StatementContext) -> None:
    if kind == "ICEBERG":
        if node.external:
            raise refusal("External keyword not supported for table type ICEBERG")
    elif not node.external:
        context.tolerate(refusal("External keyword required for table type HIVE"))


def _no_location(node: CreateTable) -> OwlakeError:
    return refusal(
        "No location was specified for table. An S3 location must be specified",
        hint="Add LOCATION 's3://bucket/folder/'" + ("" if node.external else " and write CREATE EXTERNAL TABLE"),
    )


def _hive_table(
    node: CreateTable, name: TableName, place: str, context: StatementContext, *, is_described_elsewhere: bool
) -> Table:
    columns, keys = columns_of(node.columns), columns_of(node.partitioned_by)
    if node.partition_transforms:
        raise semantic_error("PARTITIONED BY needs a type for every column, except of Iceberg tables")
    if {column.name for column in columns} & {key.name for key in keys}:
        raise semantic_error("Column repeated in partitioning columns", 10035)
    if not columns and not is_described_elsewhere and not isinstance(node.row_format, SerDeRowFormat):
        raise semantic_error("Either list of columns or a custom serializer should be specified", 10043)
    return Table(
        name.database,
        name.table,
        _bucketed(node, replace(storage_format(node), columns=columns, location=place)),
        keys,
        parameters=_parameters(node, context),
        owner=context.principal,
        created_by=context.principal,
    )


def _bucketed(node: CreateTable, storage: StorageDescriptor) -> StorageDescriptor:
    if node.bucket_count is None:
        return storage
    if node.bucket_count < 1:
        raise semantic_error("Bucket number should be bigger than zero", 10037)
    buckets = tuple(column.name for column in node.clustered_by)
    if not set(buckets) <= {column.name for column in storage.columns}:
        raise semantic_error("Invalid column reference", 10002)
    return replace(storage, number_of_buckets=node.bucket_count, bucket_columns=buckets)


def _parameters(node: CreateTable, context: StatementContext) -> dict[str, str]:
    """``EXTERNAL`` cannot be set to something else: Athena has no managed Hive tables."""
    last_ddl_time = str(int(context.query_start.timestamp()))
    parameters = {"EXTERNAL": "TRUE", "transient_lastDdlTime": last_ddl_time, **dict(node.properties)}
    parameters |= {"EXTERNAL": "TRUE"}
    return parameters if node.comment is None else {**parameters, "comment": node.comment}
