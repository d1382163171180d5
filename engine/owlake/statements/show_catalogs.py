"""SHOW SCHEMAS, SHOW TABLES, SHOW COLUMNS and DESCRIBE in catalogs besides the lake's.

Athena refuses a catalog that is not the context's: so do we when strict.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from owlake.analysis.context import TableName, View
from owlake.dialect.nodes import hive
from owlake.dialect.nodes.base import Statement
from owlake.errors import error, refusal
from owlake.ir.sources import SourceColumn
from owlake.metadata.statement import StatementMetadata
from owlake.statements.context import DEFAULT_CATALOG, DEFAULT_DATABASE, StatementContext
from owlake.statements.describe import COLUMNS
from owlake.statements.failures import database_not_found, entity_not_found, nearest
from owlake.statements.hive_text import padded
from owlake.statements.output import Output, hive_output
from owlake.statements.show import databases_output, names_like

Metadata = Callable[[], AbstractContextManager[StatementMetadata]]


def in_other_catalog(node: Statement, context: StatementContext, metadata: Metadata) -> Output | None:
    """The answer of one of these statements that is about another catalog; None for all else.

    Errors: those of names that are not there, in Athena's words.
    """
    if isinstance(node, hive.ShowDatabases):
        return _schemas(node, context, metadata)
    if not isinstance(node, hive.ShowTables | hive.ShowColumns | hive.Describe):
        return None
    written = node.database if isinstance(node, hive.ShowTables) else node.table
    whole = 2 if isinstance(node, hive.ShowTables) else 3
    parts = () if written is None else written.names
    catalog = parts[0] if len(parts) == whole else context.catalog.lower()
    if len(parts) > whole or catalog == DEFAULT_CATALOG:
        return None
    if isinstance(node, hive.Describe) and (node.mode or node.partition or node.column):
        # Only tables of the lake have more to tell.
        return None
    with metadata() as known:
        if not known.catalog_exists(catalog):
            return None
        if catalog != context.catalog.lower():
            context.tolerate(refusal("Unsupported DDL with 2 catalogs"))
        rest = parts[1:] if len(parts) == whole else parts
        if len(rest) < whole - 1:
            rest = (context.database or DEFAULT_DATABASE, *rest)
        if isinstance(node, hive.ShowTables):
            return _tables(catalog, rest[0], node.pattern, known)
        columns = _columns(TableName(catalog, *rest), known)
    if isinstance(node, hive.ShowColumns):
        return hive_output(("field",), [(padded(column.name),) for column in columns])
    rows = [(padded(one.name), padded(str(one.type)), padded(one.comment or "")) for one in columns]
    return hive_output(COLUMNS, rows)


def _schemas(node: hive.ShowDatabases, context: StatementContext, metadata: Metadata) -> Output | None:
    catalog = context.catalog.lower() if node.catalog is None else node.catalog.name.lower()
    if catalog == DEFAULT_CATALOG:
        return None
    with metadata() as known:
        if not known.catalog_exists(catalog):
            raise error("CATALOG_NOT_FOUND", f"Catalog '{catalog}' does not exist", node.position)
        return databases_output(node.pattern, known.schema_names(catalog))


def _tables(catalog: str, schema: str, pattern: str | None, known: StatementMetadata) -> Output:
    if not known.schema_exists(catalog, schema):
        raise database_not_found(schema, known.schema_names(catalog))
    names = known.table_names(catalog, schema)
    return hive_output(("tab_name",), [(name,) for name in names_like(pattern, names)])


def _columns(name: TableName, known: StatementMetadata) -> list[SourceColumn]:
    table = known.table(name)
    if table is None or isinstance(table, View):
        near = nearest(name.table, known.table_names(name.catalog, name.schema))
        raise entity_not_found(f"There is no table {name.catalog}.{name.schema}.{name.table}. {near or ''}".rstrip())
    return [column for column in table.columns if not column.hidden]
