"""ALTER TABLE: columns, properties, location, name.

https://docs.aws.amazon.com/athena/latest/ug/alter-table-add-columns.html and its neighbours. A change of the table
never reaches the schemas that its partitions keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from owlake.catalog.errors import AlreadyExists
from owlake.catalog.model import Column, Partition, StorageDescriptor, Table
from owlake.catalog.transaction import Transaction
from owlake.dialect.nodes.hive import (
    AddColumns,
    ChangeColumn,
    DropColumn,
    PartitionSpec,
    RenameTable,
    ReplaceColumns,
    SetLocation,
    SetTableProperties,
    UnsetTableProperties,
)
from owlake.errors import error
from owlake.statements import iceberg
from owlake.statements.columns import columns_of
from owlake.statements.context import StatementContext
from owlake.statements.failures import (
    already_exists,
    database_not_found,
    execution_error,
    iceberg_refusal,
    partition_not_found,
    rename_refused,
)
from owlake.statements.locations import location
from owlake.statements.names import check_new_name, find_base_table, table_name
from owlake.statements.output import NOTHING, Output
from owlake.statements.parse_exceptions import drop_column_refused
from owlake.statements.partition_specs import matching_values, spec_of

Columns = tuple[Column, ...]


def add_columns(node: AddColumns, context: StatementContext) -> Output:
    """``ADD COLUMNS``: behind the table's columns, before the partition keys."""
    new = columns_of(node.columns)

    def add(columns: Columns, table: Table) -> Columns:
        taken = {column.name for column in (*columns, *table.partition_keys)}
        for column in new:
            if column.name in taken:
                raise execution_error(f"Duplicate column name: {column.name}")
        return (*columns, *new)

    return _change_columns(node, node.partition, context, add)


def replace_columns(node: ReplaceColumns, context: StatementContext) -> Output:
    """``REPLACE COLUMNS``: what is not listed is dropped from the schema."""
    new = columns_of(node.columns)

    def put(_: Columns, table: Table) -> Columns:
        if table.open_format == "ICEBERG":
            raise iceberg_refusal()
        for column in new:
            if column.name in {key.name for key in table.partition_keys}:
                raise execution_error(f"Duplicate column name: {column.name}")
        return new

    return _change_columns(node, node.partition, context, put)


def change_column(node: ChangeColumn, context: StatementContext) -> Output:
    """``CHANGE COLUMN``: name, type, comment and place of one column."""
    (new,) = columns_of([node.column])
    old = node.old_name.name

    def change(columns: Columns, table: Table) -> Columns:
        position = _position(columns, old, table)
        if new.name != old and new.name in {column.name for column in (*columns, *table.partition_keys)}:
            raise execution_error(f"Duplicate column name: {new.name}")
        changed = replace(columns[position], name=new.name, type=new.type)
        if new.comment is not None:
            changed = replace(changed, comment=new.comment)
        others = [*columns[:position], *columns[position + 1 :]]
        if node.first:
            position = 0
        elif node.after is not None:
            position = _position(tuple(others), node.after.name, table) + 1
        return (*others[:position], changed, *others[position:])

    return _change_columns(node, None, context, change)


def drop_column(node: DropColumn, context: StatementContext) -> Output:
    """``DROP COLUMN``: Athena has it for Iceberg tables only."""

    def drop(columns: Columns, table: Table) -> Columns:
        if table.open_format != "ICEBERG":
            context.tolerate(drop_column_refused(context.text))
        position = _position(columns, node.column.name, table)
        return (*columns[:position], *columns[position + 1 :])

    return _change_columns(node, None, context, drop)


def rename_table(node: RenameTable, context: StatementContext) -> Output:
    """``RENAME TO``: Athena has it for Iceberg tables only; the files stay where they are."""
    name, target = table_name(node.name, context), table_name(node.target, context)
    check_new_name("Table", target.table)
    with context.home.metastore.write() as catalog:
        table = find_base_table(catalog, name)
        if table.open_format == "ICEBERG":
            iceberg.check_not_foreign(table)
        else:
            context.tolerate(rename_refused())
        # An unqualified new name stays in the table's database.
        database = target.database if len(node.target.parts) > 1 else name.database
        if catalog.find_database(database) is None:
            raise database_not_found(database, (known.name for known in catalog.list_databases()))
        try:
            catalog.rename_table(name.database, name.table, database, target.table)
        except AlreadyExists as problem:
            raise already_exists(f"Table {target.table} already exist") from problem
    return NOTHING


def set_location(node: SetLocation, context: StatementContext) -> Output:
    """``SET LOCATION`` of the table or of one partition."""
    place = location(node.location, context)
    with context.home.metastore.write() as catalog:
        table = find_base_table(catalog, table_name(node.name, context))
        if table.open_format == "ICEBERG":
            raise iceberg_refusal()
        _change_storage(catalog, table, node.partition, context, lambda storage: replace(storage, location=place))
    return NOTHING


def set_table_properties(node: SetTableProperties, context: StatementContext) -> Output:
    """``SET TBLPROPERTIES``: adds or overwrites."""
    properties = dict(node.properties)
    with context.home.metastore.write() as catalog:
        table = find_base_table(catalog, table_name(node.name, context))
        if table.open_format == "ICEBERG":
            iceberg.check_properties(properties)
            iceberg.check_not_foreign(table)
        if properties.get("table_type", table.open_format or "HIVE").upper() != (table.open_format or "HIVE"):
            raise error(
                "INVALID_TABLE_PROPERTY",
                "The table_type of a table cannot be changed: create the table anew",
                bare=True,
            )
        properties.pop("table_type", None)
        properties.pop("EXTERNAL", None)
        catalog.update_table(_touched(replace(table, parameters={**table.parameters, **properties}), context))
    return NOTHING


def unset_table_properties(node: UnsetTableProperties, context: StatementContext) -> Output:
    """``UNSET TBLPROPERTIES``: Athena has it for Iceberg tables only."""
    with context.home.metastore.write() as catalog:
        table = find_base_table(catalog, table_name(node.name, context))
        if table.open_format == "ICEBERG":
            iceberg.check_not_foreign(table)
        else:
            context.tolerate(error("NOT_SUPPORTED", "Query type not supported by DDL engine.", bare=True))
        gone = set(node.keys) - {"table_type", "EXTERNAL"}
        kept = {key: value for key, value in table.parameters.items() if key not in gone}
        catalog.update_table(_touched(replace(table, parameters=kept), context))
    return NOTHING


def _change_columns(
    node: AddColumns | ReplaceColumns | ChangeColumn | DropColumn,
    partition: PartitionSpec | None,
    context: StatementContext,
    change: Callable[[Columns, Table], Columns],
) -> Output:
    with context.home.metastore.write() as catalog:
        table = find_base_table(catalog, table_name(node.name, context))
        if table.open_format == "ICEBERG":
            iceberg.check_not_foreign(table)
        _change_storage(
            catalog,
            table,
            partition,
            context,
            lambda storage: replace(storage, columns=change(storage.columns, table)),
        )
    return NOTHING


def _change_storage(
    catalog: Transaction,
    table: Table,
    partition: PartitionSpec | None,
    context: StatementContext,
    change: Callable[[StorageDescriptor], StorageDescriptor],
) -> None:
    """Change the storage of the table, or of the partitions that the spec names."""
    if partition is None:
        catalog.update_table(_touched(replace(table, storage=change(table.storage)), context))
        return
    spec = spec_of(partition, table)
    found = matching_values(catalog, table, spec)
    if not found:
        raise partition_not_found(spec)
    changed: Iterable[Partition] = (catalog.get_partition(table.database, table.name, values) for values in found)
    catalog.update_partitions(
        table.database, table.name, [replace(each, storage=change(each.storage)) for each in changed]
    )


def _touched(table: Table, context: StatementContext) -> Table:
    """Hive notes when DDL last changed the table."""
    if "transient_lastDdlTime" not in table.parameters:
        return table
    moment = str(int(context.query_start.timestamp()))
    return replace(table, parameters={**table.parameters, "transient_lastDdlTime": moment})


def _position(columns: Columns, name: str, table: Table) -> int:
    for position, column in enumerate(columns):
        if column.name == name:
            return position
    if table.open_format == "ICEBERG":
        raise error("INVALID_ARGUMENTS", "Cannot change missing column", bare=True)
    raise execution_error(f"Invalid column reference {name}")
