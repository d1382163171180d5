"""SHOW STATS: what ANALYZE has found (https://trino.io/docs/current/sql/show-stats.html)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from owlake.catalog.model import Column, Table
from owlake.catalog.statistics import ColumnStatistics, DataStatistics
from owlake.dialect.nodes.statements import ShowStats
from owlake.errors import QueryWarning, error
from owlake.lake.partitions import typed_values
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.names import table_name
from owlake.statements.output import Output, OutputColumn, Row
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.types.hive import parse_hive_type
from owlake.types.model import DOUBLE, VARCHAR, Timestamp
from owlake.upkeep.lake_tables import Content, contents, table_called

_COLUMNS = (
    OutputColumn("column_name", VARCHAR),
    OutputColumn("data_size", DOUBLE),
    OutputColumn("distinct_values_count", DOUBLE),
    OutputColumn("nulls_fraction", DOUBLE),
    OutputColumn("row_count", DOUBLE),
    OutputColumn("low_value", VARCHAR),
    OutputColumn("high_value", VARCHAR),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def show_stats(engine: QueryEngine, node: ShowStats, context: StatementContext, _running: Running) -> Output:
    """A row a column, and a last one for the table. What is not known is NULL. A warning tells of stale ones.

    Errors: TABLE_NOT_FOUND; NOT_SUPPORTED for views and tables of other metadata.
    """
    text = "line 1:6: no viable alternative at input 'SHOW STATS'"
    context.tolerate(error("MALFORMED_QUERY", text, bare=True))
    name = table_name(node.table, context)
    table = table_called(context.home, f'"{DEFAULT_CATALOG}"."{name.database}"."{name.table}"')
    with context.home.metastore.read() as catalog:
        found = catalog.find_statistics(table.database, table.name)
    there = contents(context.home, table, None, engine.executor) if found is not None else []
    if found is not None:
        files = [file for content in there for file in content.files]
        now = len(files), sum(file.size for file in files), max((file.modified for file in files), default=0)
        if found.files is not None and now != (found.files, found.bytes, found.modified):
            context.warn(QueryWarning("STALE_STATISTICS", f"The files of {name} have changed since it was analysed"))
    rows = [_row(column, found) for column in table.storage.columns]
    rows += [_key_row(table, place, there) for place in range(len(table.partition_keys))]
    return Output(_COLUMNS, [*rows, (None, None, None, None, _rows(found), None, None)])


def _rows(found: DataStatistics | None) -> float | None:
    return None if found is None or found.rows is None else float(found.rows)


def _key_row(table: Table, place: int, there: Sequence[Content]) -> Row:
    """Of a partition key: its values are those of the partitions. How many rows each has is not asked."""
    name = table.partition_keys[place].name
    if not there:
        return name, None, None, None, None, None, None
    values = {typed_values(table, content.partition)[place] for content in there}
    known: list[Any] = [value for value in values if value is not None]
    is_text = any(isinstance(value, str) for value in known)
    low, high = (None, None) if is_text or not known else (str(min(known)), str(max(known)))
    return name, None, float(len(known)), 0.0 if None not in values else None, None, low, high


def _row(column: Column, found: DataStatistics | None) -> Row:
    known = None if found is None else found.columns.get(column.name)
    if found is None or known is None or known.column_type != column.type:
        return column.name, None, None, None, None, None, None
    count = None if found.rows is None else found.rows - known.nulls
    size = None if known.average_length is None or count is None else known.average_length * count
    distinct = None if known.distinct is None else float(known.distinct)
    fraction = None if found.rows is None else known.nulls / found.rows if found.rows else 0.0
    return column.name, size, distinct, fraction, None, _shown(known, known.minimum), _shown(known, known.maximum)


def _shown(known: ColumnStatistics, bound: object) -> str | None:
    if isinstance(bound, int) and isinstance(parse_hive_type(known.column_type), Timestamp):
        moment = _EPOCH + timedelta(microseconds=bound)
        return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"
    return None if bound is None else str(bound)
