"""ALTER TABLE ... ADD, DROP and RENAME PARTITION.

https://docs.aws.amazon.com/athena/latest/ug/alter-table-add-partition.html and its neighbours.
"""

from __future__ import annotations

from dataclasses import replace

from owlake.catalog.errors import AlreadyExists
from owlake.catalog.model import Partition, Table
from owlake.catalog.reader import Reader
from owlake.dialect.nodes.hive import AddPartitions, DropPartitions, RenamePartition
from owlake.statements.context import StatementContext
from owlake.statements.failures import already_exists, iceberg_refusal, partition_not_found, semantic_error
from owlake.statements.locations import location, partition_location
from owlake.statements.names import TableName, find_base_table, table_name
from owlake.statements.output import NOTHING, Output
from owlake.statements.partition_specs import Spec, matching_values, new_values, spec_of, values_of


def add_partitions(node: AddPartitions, context: StatementContext) -> Output:
    """``ADD PARTITION``: all of them or, when one exists, none."""
    name = table_name(node.name, context)
    with context.home.metastore.write() as catalog:
        table = _hive_table(catalog, name)
        new: dict[tuple[str, ...], Partition] = {}
        for spec, place in node.partitions:
            values = new_values(spec_of(spec, table, full=True), table)
            where = location(place, context) if place is not None else partition_location(table, values)
            if values in new and not node.if_not_exists:
                raise already_exists("Partition already exists.")
            new.setdefault(values, Partition(values, replace(table.storage, location=where)))
        try:
            catalog.create_partitions(name.database, name.table, list(new.values()), if_not_exists=node.if_not_exists)
        except AlreadyExists as problem:
            raise already_exists("Partition already exists.") from problem
    return NOTHING


def drop_partitions(node: DropPartitions, context: StatementContext) -> Output:
    """``DROP PARTITION``: the files stay. A spec that leaves keys open drops every partition that it fits."""
    name = table_name(node.name, context)
    with context.home.metastore.write() as catalog:
        table = _hive_table(catalog, name)
        for each in node.partitions:
            spec = spec_of(each, table)
            found = matching_values(catalog, table, spec)
            if not found and not node.if_exists:
                raise semantic_error(f"Partition not found {_expression(spec)}", 10006)
            catalog.delete_partitions(name.database, name.table, found)
    return NOTHING


def rename_partition(node: RenamePartition, context: StatementContext) -> Output:
    """``PARTITION ... RENAME TO PARTITION ...``: other values, the same location."""
    name = table_name(node.name, context)
    with context.home.metastore.write() as catalog:
        table = _hive_table(catalog, name)
        source = spec_of(node.source, table, full=True)
        target = spec_of(node.target, table, full=True)
        if not matching_values(catalog, table, source):
            raise partition_not_found(source)
        try:
            catalog.rename_partition(name.database, name.table, values_of(source, table), new_values(target, table))
        except AlreadyExists as problem:
            raise already_exists("Partition already exists.") from problem
    return NOTHING


def _hive_table(catalog: Reader, name: TableName) -> Table:
    table = find_base_table(catalog, name)
    if table.open_format == "ICEBERG":
        raise iceberg_refusal()
    return table


def _expression(spec: Spec) -> str:
    """The spec as Hive prints the filter it makes of it: ``((a = 'x') and (b = 'y'))``."""
    terms = [f"({key} = '{value}')" for key, value in spec.items()]
    text = terms[0]
    for term in terms[1:]:
        text = f"({text} and {term})"
    return text
