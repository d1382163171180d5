"""DESCRIBE (https://docs.aws.amazon.com/athena/latest/ug/describe-table.html).

Every row is one text with tabs in it; here its three (or eleven) fields. Blanks and padding are Hive's to the letter:
clients find the partition keys by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from owlake.catalog.model import Column, Partition, StorageDescriptor, Table
from owlake.catalog.reader import Reader
from owlake.dialect.nodes.hive import Describe
from owlake.errors import error
from owlake.statements import iceberg
from owlake.statements.context import StatementContext
from owlake.statements.create_text import column_comment
from owlake.statements.describe_details import partition_details, table_details
from owlake.statements.failures import database_not_found, partition_not_found, table_not_found
from owlake.statements.formats import FROM_DESERIALIZER
from owlake.statements.hive_text import padded, thrift_partition, thrift_table
from owlake.statements.names import TableName, table_name
from owlake.statements.output import Output, Row, hive_output
from owlake.statements.partition_specs import matching_values, spec_of, values_of
from owlake.statements.show import submitted_table, view_columns
from owlake.statements.type_paths import fields_at

COLUMNS = ("col_name", "data_type", "comment")
STATISTICS = (
    "min", "max", "num_nulls", "distinct_count", "avg_col_len", "max_col_len", "num_trues", "num_falses",
)  # fmt: skip
BLANK: Row = ("", " ", " ")

_RUN_TIME = "HIVE_DDL_TASK"


def describe(node: Describe, context: StatementContext) -> Output:
    """``DESCRIBE``."""
    name = table_name(node.table, context)
    mode = (node.mode or "").upper()
    with context.home.metastore.read() as catalog:
        plain = not (mode or node.partition or node.column)
        table = submitted_table(catalog, name) if plain else _found(catalog, name)
        if table.is_view and plain:
            return view_columns(table)
        if node.refused is not None:
            raise node.refused
        if table.open_format == "ICEBERG":
            return _iceberg(node, mode, table)
        partition = _partition(node, table, catalog)
    if node.column:
        return _column(node, mode, table)
    return hive_output(COLUMNS, _table(mode, table, partition))


def _found(catalog: Reader, name: TableName) -> Table:
    """At run time the failure names the table without its database."""
    if catalog.find_database(name.database) is None:
        raise database_not_found(name.database, (each.name for each in catalog.list_databases()), code=_RUN_TIME)
    table = catalog.find_table(name.database, name.table)
    if table is None:
        raise table_not_found(name.table, catalog.list_table_names(name.database), code=_RUN_TIME)
    return table


def _partition(node: Describe, table: Table, catalog: Reader) -> Partition | None:
    if node.partition is None:
        return None
    spec = spec_of(node.partition, table, full=True)
    if not matching_values(catalog, table, spec):
        raise partition_not_found(spec, code=_RUN_TIME)
    return catalog.get_partition(table.database, table.name, values_of(spec, table))


def _table(mode: str, table: Table, partition: Partition | None) -> Iterator[Row]:
    storage = partition.storage if partition else table.storage
    if mode == "FORMATTED":
        yield from (_header(), BLANK)
        yield from _columns(storage.columns, storage)
    else:
        yield from _columns(storage.columns, storage)
        yield from _columns(table.partition_keys, None)
    if table.partition_keys:
        yield from (BLANK, ("# Partition Information", " ", " "), _header(), BLANK)
        yield from _columns(table.partition_keys, None)
    if mode == "FORMATTED":
        yield BLANK
        yield from partition_details(table, partition) if partition else table_details(table)
    elif mode == "EXTENDED":
        yield BLANK
        if partition:
            yield ("Detailed Partition Information", thrift_partition(table, partition), "")
        else:
            yield ("Detailed Table Information", thrift_table(table), "")


def _header() -> Row:
    return ("# " + padded("col_name"), padded("data_type"), padded("comment"))


def _columns(columns: Iterable[Column], storage: StorageDescriptor | None) -> Iterator[Row]:
    for column in columns:
        comment = (column_comment(column, storage) if storage else column.comment) or ""
        # The row is cut at tabs again after it was padded: what follows one in a comment is lost.
        yield (padded(column.name), padded(_shown_type(column.type)), padded(comment).split("\t")[0])


def _shown_type(type_: str) -> str:
    return "decimal(10,0)" if type_ == "decimal" else type_


def _column(node: Describe, mode: str, table: Table) -> Output:
    found = fields_at(table, node.column)
    if mode != "FORMATTED":
        rows = [(padded(name), padded(type_), padded(FROM_DESERIALIZER)) for name, type_ in found]
        return hive_output(COLUMNS, rows)
    names = (COLUMNS[0], COLUMNS[1], *STATISTICS, COLUMNS[2])
    header = ("# " + padded(names[0]), *(padded(name) for name in names[1:]))
    nothing = [padded("")] * len(STATISTICS)
    described = [(padded(name), padded(type_), *nothing, padded(FROM_DESERIALIZER)) for name, type_ in found]
    return hive_output(names, [header, ("", *[" "] * (len(names) - 1)), *described])


def _iceberg(node: Describe, mode: str, table: Table) -> Output:
    if mode == "EXTENDED":
        raise error("INVALID_ARGUMENTS", "EXTENDED keyword is not supported for Iceberg tables.", bare=True)
    if node.partition is not None:
        raise error("INVALID_ARGUMENTS", "PARTITION keyword is not supported for Iceberg tables.", bare=True)
    if node.column:
        if mode:
            text = "FORMATTED keyword is not supported for Iceberg table columns."
            raise error("INVALID_ARGUMENTS", text, bare=True)
        found = fields_at(table, node.column)
        return hive_output(COLUMNS, [(name, iceberg.type_text(type_), "") for name, type_ in found])
    rows = _iceberg_rows(table)
    return hive_output(COLUMNS, [*rows, *(_iceberg_details(table) if mode else ())])


def _iceberg_rows(table: Table) -> Iterator[Row]:
    yield from (("# Table schema:", "", ""), ("# col_name", "data_type", "comment"))
    for column in table.columns:
        yield (column.name, iceberg.type_text(column.type), column.comment or "")
    yield from (("", "", ""), ("# Partition spec:", "", ""), ("# field_name", "field_transform", "column_name"))
    yield from iceberg.partition_fields(table)


def _iceberg_details(table: Table) -> Iterator[Row]:
    yield ("", "", "")
    yield ("Name:", f"iceberg.{table.database}.{table.name}", "")
    yield ("Location:", table.storage.location, "")
    yield from (("", "", ""), ("# Table properties:", "", ""))
    for key, value in iceberg.shown_properties(table).items():
        yield (key, value, "")
    yield from (("", "", ""), ("# Iceberg storage table properties:", "", ""))
