"""OPTIMIZE: Iceberg's, as in Athena; other tables have a procedure.

https://docs.aws.amazon.com/athena/latest/ug/optimize-statement.html
"""

from __future__ import annotations

from owlake.dialect.nodes.statements import Optimize
from owlake.errors import error
from owlake.statements.context import StatementContext
from owlake.statements.names import find_base_table, table_name
from owlake.statements.output import Output
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running


def optimize(_engine: QueryEngine, node: Optimize, context: StatementContext, _running: Running) -> Output:
    """Errors: NOT_SUPPORTED."""
    name = table_name(node.table, context)
    with context.home.metastore.read() as catalog:
        table = find_base_table(catalog, name)
    if table.open_format != "ICEBERG":
        hint = f"CALL system.lake.compact('{name}') merges the small files of other tables"
        raise error("NOT_SUPPORTED", "OPTIMIZE is supported for Iceberg tables only", node.position, hint=hint)
    raise error("NOT_SUPPORTED", "OPTIMIZE is not supported yet", node.position)
