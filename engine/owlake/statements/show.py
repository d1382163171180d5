"""SHOW DATABASES, TABLES, VIEWS, COLUMNS, PARTITIONS and TBLPROPERTIES.

https://docs.aws.amazon.com/athena/latest/ug/show-databases.html and its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from owlake.catalog.model import VIRTUAL_VIEW, Table
from owlake.catalog.partition_names import partition_name
from owlake.catalog.reader import Reader
from owlake.catalog.views import decode_view
from owlake.dialect.nodes.base import QualifiedName
from owlake.dialect.nodes.hive import (
    ShowColumns,
    ShowDatabases,
    ShowPartitions,
    ShowTableProperties,
    ShowTables,
    ShowViews,
)
from owlake.errors import OwlakeError
from owlake.statements import iceberg
from owlake.statements.context import StatementContext
from owlake.statements.failures import (
    database_not_found,
    entity_not_found,
    execution_error,
    iceberg_refusal,
    nearest,
)
from owlake.statements.names import TableName, database_name, find_table, table_name
from owlake.statements.output import Output, Row, hive_output, trino_output


def show_databases(node: ShowDatabases, context: StatementContext) -> Output:
    """``SHOW DATABASES``: the pattern is a regular expression over the whole name; a lone ``*`` is all."""
    with context.home.metastore.read() as catalog:
        names = [database.name for database in catalog.list_databases()]
    return databases_output(node.pattern, names)


def databases_output(pattern: str | None, names: list[str]) -> Output:
    """The names of databases that a pattern of SHOW DATABASES lets through."""
    if pattern not in (None, "*"):
        expression = _regular_expression(pattern or "", pattern or "", "databases")
        names = [name for name in names if expression.fullmatch(name)]
    return hive_output(("database_name",), [(name,) for name in names])


def show_tables(node: ShowTables, context: StatementContext) -> Output:
    """``SHOW TABLES``: tables and views; in the pattern ``*`` stands for anything and ``|`` for or."""
    with context.home.metastore.read() as catalog:
        names = catalog.list_table_names(_existing_database(node.database, catalog, context))
    return hive_output(("tab_name",), [(name,) for name in names_like(node.pattern, names)])


def names_like(pattern: str | None, names: list[str]) -> list[str]:
    """The names of tables that a pattern of SHOW TABLES lets through."""
    if pattern is None:
        return names
    # ``.*`` may be written out: then the star already has its dot.
    expression = _regular_expression(re.sub(r"(?<!\.)\*", ".*", pattern), pattern, "tables")
    return [name for name in names if expression.fullmatch(name)]


def show_views(node: ShowViews, context: StatementContext) -> Output:
    """``SHOW VIEWS``: in the pattern only ``*`` and ``|`` mean something."""
    with context.home.metastore.read() as catalog:
        names = catalog.list_table_names(_existing_database(node.database, catalog, context), VIRTUAL_VIEW)
    if node.pattern is not None:
        expression = re.escape(node.pattern).replace(r"\*", ".*").replace(r"\|", "|")
        names = [name for name in names if re.fullmatch(expression, name, re.IGNORECASE)]
    return trino_output(("views",), [(name,) for name in names])


def show_columns(node: ShowColumns, context: StatementContext) -> Output:
    """``SHOW COLUMNS``: names only, partition keys last; of a view also the types."""
    name = table_name(node.table, context)
    with context.home.metastore.read() as catalog:
        table = submitted_table(catalog, name)
    if table.is_view:
        return view_columns(table)
    if node.refused is not None:
        raise node.refused
    width = 0 if table.open_format == "ICEBERG" else 20
    columns = (*table.columns, *table.partition_keys)
    return hive_output(("field",), [(column.name.ljust(width),) for column in columns])


def show_partitions(node: ShowPartitions, context: StatementContext) -> Output:
    """``SHOW PARTITIONS``: those of the catalog, never projected ones."""
    name = table_name(node.table, context)
    with context.home.metastore.read() as catalog:
        table = find_table(catalog, name)
        if table.open_format == "ICEBERG":
            raise iceberg_refusal()
        if not table.partition_keys:
            raise execution_error(f"Table {name.table} is not a partitioned table")
        values = catalog.list_partition_values(name.database, name.table)
    keys = [key.name for key in table.partition_keys]
    return hive_output(("partition",), ((partition_name(keys, each),) for each in values))


def show_table_properties(node: ShowTableProperties, context: StatementContext) -> Output:
    """``SHOW TBLPROPERTIES``: a newline in a value begins a new row."""
    name = table_name(node.table, context)
    with context.home.metastore.read() as catalog:
        table = find_table(catalog, name)
    shown = iceberg.shown_properties(table) if table.open_format == "ICEBERG" else dict(table.parameters)
    rows: list[Row] = []
    if node.key is None:
        for key, value in shown.items():
            rows += _property_rows(key, value)
    elif node.key in shown:
        rows += _property_rows(node.key, shown[node.key])
    else:
        rows.append((f"Table {name} does not have property: {node.key}", None))
    return hive_output(("prpt_name", "prpt_value"), rows)


def submitted_table(catalog: Reader, name: TableName) -> Table:
    """The table of a statement that Athena refuses already when it is submitted, if there is none."""
    table = catalog.find_table(name.database, name.table)
    if table is None:
        near = nearest(name.table, catalog.list_table_names(name.database))
        raise entity_not_found(f"There is no table {name}. {near or ''}".rstrip())
    return table


def view_columns(table: Table) -> Output:
    """A view's columns and their types."""
    return trino_output(("column", "type"), decode_view(table).columns)


def _property_rows(key: str, value: str) -> Iterator[Row]:
    first, *others = value.split("\n")
    yield (key, first)
    for line in others:
        yield (line, None)


def _existing_database(name: QualifiedName | None, catalog: Reader, context: StatementContext) -> str:
    database = database_name(name, context)
    if catalog.find_database(database) is None:
        raise database_not_found(database, (known.name for known in catalog.list_databases()))
    return database


def _regular_expression(expression: str, written: str, what: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as problem:
        raise _pattern_error(written, problem, what) from problem


def _pattern_error(pattern: str, problem: re.error, what: str) -> OwlakeError:
    """Java's words for the one mistake that people make, ours for the others."""
    position = problem.pos or 0
    reason = "Dangling meta character '*'" if pattern[position : position + 1] == "*" else problem.msg.capitalize()
    return execution_error(
        f"MetaException(message:Unable to get {what}: java.util.regex.PatternSyntaxException: "
        f"{reason} near index {position}\n{pattern}\n{' ' * position}^)"
    )
