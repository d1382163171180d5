"""SHOW CREATE TABLE: the statement that makes the table again, one row a line.

Spelling, blanks at line ends and order are Hive's. A table that came from anywhere can be printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake.dialect.nodes.hive import ShowCreateTable
from owlake.statements import iceberg
from owlake.statements.context import StatementContext
from owlake.statements.formats import FROM_DESERIALIZER, SERDES_WITHOUT_COMMENTS
from owlake.statements.hive_text import commented, java_escaped, quoted
from owlake.statements.names import find_table, table_name
from owlake.statements.output import Output, hive_output

_DELIMITERS = {
    "field.delim": "FIELDS TERMINATED BY",
    "colelction.delim": "COLLECTION ITEMS TERMINATED BY",
    "mapkey.delim": "MAP KEYS TERMINATED BY",
    "line.delim": "LINES TERMINATED BY",
    "serialization.null.format": "NULL DEFINED AS",
}


def show_create_table(node: ShowCreateTable, context: StatementContext) -> Output:
    """``SHOW CREATE TABLE``."""
    name = table_name(node.table, context)
    with context.home.metastore.read() as catalog:
        table = find_table(catalog, name)
    return hive_output(("createtab_stmt",), [(line,) for line in create_table_text(table, name.written).split("\n")])


def create_table_text(table: Table, name: str) -> str:
    """The statement that makes the table, or view, under a name."""
    if table.is_view:
        lines = iter([f"CREATE VIEW `{name}` AS {table.view_expanded_text}"])
    elif table.open_format == "ICEBERG":
        lines = _iceberg_lines(table)
    else:
        lines = _hive_lines(table, name)
    return "\n".join(lines)


def column_comment(column: Column, storage: StorageDescriptor) -> str | None:
    """The comment that Hive shows: some SerDes name their columns themselves and have none."""
    if not column.comment and storage.serde.library in SERDES_WITHOUT_COMMENTS:
        return FROM_DESERIALIZER
    return column.comment


def _hive_lines(table: Table, name: str) -> Iterator[str]:
    yield f"CREATE EXTERNAL TABLE `{name}`("
    yield from _listed(_column(column, table.storage) for column in table.storage.columns)
    comment = table.parameters.get("comment")
    if comment is not None:
        yield f"COMMENT '{commented(comment)}'"
    if table.partition_keys:
        yield "PARTITIONED BY ( "
        yield from _listed(_column(key, None) for key in table.partition_keys)
    yield from _buckets(table.storage)
    yield from _row_format(table.storage.serde.library, dict(table.storage.serde.parameters))
    yield "STORED AS INPUTFORMAT "
    yield f"  '{quoted(table.storage.input_format)}' "
    yield "OUTPUTFORMAT "
    yield f"  '{quoted(table.storage.output_format)}'"
    yield "LOCATION"
    yield f"  '{quoted(table.storage.location)}'"
    yield "TBLPROPERTIES ("
    shown = {key: value for key, value in table.parameters.items() if key not in ("EXTERNAL", "comment")}
    yield from _listed(_property(key, value) for key, value in sorted(shown.items()))


def _column(column: Column, storage: StorageDescriptor | None) -> str:
    comment = column.comment if storage is None else column_comment(column, storage)
    text = f"  `{column.name}` {column.type}"
    return text if comment is None else f"{text} COMMENT '{commented(comment)}'"


def _buckets(storage: StorageDescriptor) -> Iterator[str]:
    if not storage.bucket_columns:
        return
    yield "CLUSTERED BY ( "
    yield from _separated([f"  {column}" for column in storage.bucket_columns], ", ", ") ")
    if storage.sort_columns:
        orders = [f"  {each.column} {'ASC' if each.sort_order == 1 else 'DESC'}" for each in storage.sort_columns]
        yield "SORTED BY ( "
        yield from _separated(orders, ", ", ") ")
    yield f"INTO {storage.number_of_buckets} BUCKETS"


def _row_format(library: str, parameters: dict[str, str]) -> Iterator[str]:
    given = {key: parameters.pop(key) for key in _DELIMITERS if key in parameters}
    parameters.pop("serialization.format", None)
    if given:
        yield "ROW FORMAT DELIMITED "
        for key, value in given.items():
            yield f"  {_DELIMITERS[key]} '{quoted(java_escaped(value))}' "
    else:
        yield "ROW FORMAT SERDE "
        yield f"  '{quoted(library)}' "
    if parameters:
        yield "WITH SERDEPROPERTIES ( "
        yield from _separated([_property(key, value) for key, value in sorted(parameters.items())], ", ", ") ")


def _property(key: str, value: str) -> str:
    return f"  '{key}'='{quoted(java_escaped(value))}'"


def _listed(lines: Iterable[str]) -> Iterator[str]:
    yield from _separated(list(lines), ", ", ")")


def _separated(lines: Sequence[str], separator: str, end: str) -> Iterator[str]:
    for line in lines[:-1]:
        yield line + separator
    yield (lines[-1] if lines else "") + end


def _iceberg_lines(table: Table) -> Iterator[str]:
    yield f"CREATE TABLE {table.database}.{table.name} ("
    columns = [_iceberg_column(column) for column in table.columns]
    yield from _separated(columns, ",", ")")
    comment = table.parameters.get("comment")
    if comment is not None:
        yield f"COMMENT '{commented(comment)}'"
    fields = iceberg.partition_clause(table)
    if fields:
        yield f"PARTITIONED BY ({', '.join(fields)})"
    yield f"LOCATION '{quoted(table.storage.location)}'"
    yield "TBLPROPERTIES ("
    properties: Mapping[str, str] = {"table_type": "iceberg", **iceberg.shown_properties(table)}
    yield from _separated([f"  '{key}'='{value}'" for key, value in properties.items()], ",", "")
    yield ");"


def _iceberg_column(column: Column) -> str:
    text = f"  {column.name} {column.type}"
    return text if column.comment is None else f"{text} COMMENT '{commented(column.comment)}'"
