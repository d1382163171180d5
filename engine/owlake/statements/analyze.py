"""ANALYZE: statistics of a table's columns, gathered and kept (https://trino.io/docs/current/sql/analyze.html)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from owlake.catalog.model import Column, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.statistics import ColumnStatistics, DataStatistics, statistics_type
from owlake.dialect.nodes.statements import Analyze, Property
from owlake.dialect.parser import parse_query
from owlake.dialect.refusals import not_supported
from owlake.errors import error
from owlake.lake.model import DataFile
from owlake.lake.partitions import name_of
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.names import table_name
from owlake.statements.output import NOTHING, Output
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.types.hive import parse_hive_type
from owlake.types.model import Timestamp, Type
from owlake.upkeep.lake_tables import Content, contents, table_called

_SKETCHES_AT_ONCE = 20_000
"""Each counts the different values of a column in a partition, in 16 KB."""
_PROPERTIES = ("columns", "partitions")


def analyze(engine: QueryEngine, node: Analyze, context: StatementContext, running: Running) -> Output:
    """Gather the statistics. Planning uses them from then on.

    Errors: TABLE_NOT_FOUND; NOT_SUPPORTED for views and tables of other metadata; INVALID_ANALYZE_PROPERTY.
    """
    context.tolerate(not_supported())
    name = table_name(node.table, context)
    table = table_called(context.home, f'"{DEFAULT_CATALOG}"."{name.database}"."{name.table}"')
    given = _given(engine, node.properties, context, running)
    columns = _columns(table, given.get("columns"))
    all_contents = contents(context.home, table, None, engine.executor)
    chosen = _chosen(table, all_contents, given.get("partitions"))
    gathering = _Gathering(engine, table, columns, context, running)
    found = list(gathering.of_partitions(chosen)) if table.partition_keys else []
    if given.get("partitions") is None:
        found.append(gathering.of_table(all_contents))
        running.rows = found[-1].rows or 0
    else:
        running.rows = sum(one.rows or 0 for one in found)
    with context.home.metastore.write() as transaction:
        kept = {one.values: one for one in transaction.list_statistics(table.database, table.name)}
        transaction.put_statistics(table.database, table.name, [_merged(kept.get(one.values), one) for one in found])
    return NOTHING


def _merged(known: DataStatistics | None, found: DataStatistics) -> DataStatistics:
    """With the columns that were not asked for this time, where the rows are the same still."""
    if known is None or (known.files, known.bytes, known.modified) != (found.files, found.bytes, found.modified):
        return found
    columns = {**known.columns, **found.columns}
    return DataStatistics(
        found.values, found.rows, found.files, found.bytes, found.modified, found.analyzed_time, columns
    )


# Properties -----------------------------------------------------------------------------------------------


def _given(
    engine: QueryEngine, written: Sequence[Property], context: StatementContext, running: Running
) -> Mapping[str, Any]:
    for one in written:
        if one.name.name not in _PROPERTIES:
            text = f"Catalog '{DEFAULT_CATALOG}' analyze property '{one.name.name}' does not exist"
            raise error("INVALID_ANALYZE_PROPERTY", text, one.position, hint=f"There are {', '.join(_PROPERTIES)}.")
    expressions = engine.constants(tuple(one.value for one in written), context, running) if written else ()
    values = engine.evaluate(expressions, running) if written else []
    return {one.name.name: value for one, value in zip(written, values, strict=True)}


def _columns(table: Table, names: Sequence[str] | None) -> list[Column]:
    """The columns to look at: those that have statistics. Errors: INVALID_ANALYZE_PROPERTY."""
    if names is None:
        return [column for column in table.storage.columns if statistics_type(parse_hive_type(column.type)) is not None]
    known = {column.name: column for column in table.storage.columns}
    unknown = [name for name in names if name.lower() not in known and name.lower() not in _keys(table)]
    if unknown:
        raise _invalid(f"Invalid columns specified for analysis: [{', '.join(unknown)}]")
    wanted = {name.lower() for name in names}
    return [
        one for one in known.values() if one.name in wanted and statistics_type(parse_hive_type(one.type)) is not None
    ]


def _keys(table: Table) -> list[str]:
    return [key.name for key in table.partition_keys]


def _chosen(table: Table, found: Sequence[Content], wanted: Sequence[Sequence[str | None]] | None) -> Sequence[Content]:
    """The partitions of these values. Errors: INVALID_ANALYZE_PROPERTY."""
    if wanted is None:
        return found
    if not table.partition_keys:
        raise _invalid("Partition list provided but table is not partitioned")
    by_values = {content.partition.values: content for content in found}
    chosen = []
    for one in wanted:
        values = tuple(None if value == DEFAULT_PARTITION else value for value in one)
        if len(values) != len(table.partition_keys):
            raise _invalid("Partition value count does not match partition column count")
        if values not in by_values:
            raise _invalid(f"Partition '{', '.join(map(str, one))}' does not exist")
        chosen.append(by_values[values])
    return chosen


def _invalid(text: str) -> Exception:
    return error("INVALID_ANALYZE_PROPERTY", text)


# Gathering ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Gathering:
    """Asks a table for the statistics of some of its columns."""

    engine: QueryEngine
    table: Table
    columns: Sequence[Column]
    context: StatementContext
    running: Running

    def of_partitions(self, wanted: Sequence[Content]) -> Iterator[DataStatistics]:
        """Of each of these partitions, as many at a time as there is memory for their sketches."""
        step = max(1, _SKETCHES_AT_ONCE // (len(self.columns) + 1))
        for start in range(0, len(wanted), step):
            chunk = {name_of(self.table, one.partition): one for one in wanted[start : start + step]}
            condition = " OR ".join(_condition(self.table, one) for one in chunk.values())
            sql = f'SELECT "$partition", {self._aggregates()} FROM {self._name()} WHERE {condition} GROUP BY 1'
            rows = {row[0]: row[1:] for row in self._rows(sql)}
            for name, content in chunk.items():
                values = tuple(DEFAULT_PARTITION if one is None else one for one in content.partition.values)
                yield self._statistics(values, content.files, rows.get(name) or [0, *[None] * self._width()])

    def of_table(self, found: Sequence[Content]) -> DataStatistics:
        """Of all rows."""
        (row,) = self._rows(f"SELECT {self._aggregates()} FROM {self._name()}")
        return self._statistics(None, [file for content in found for file in content.files], row)

    def _name(self) -> str:
        return ".".join(_quoted(part) for part in (DEFAULT_CATALOG, self.table.database, self.table.name))

    def _aggregates(self) -> str:
        asked = [part for column in self.columns for part in _asked(column)]
        return ", ".join(["count(*)", *asked])

    def _width(self) -> int:
        return sum(len(_asked(column)) for column in self.columns)

    def _rows(self, sql: str) -> Iterator[list[Any]]:
        _, plan = self.engine.plan(parse_query(sql), self.context, self.running)
        with self.engine.run(plan, self.running) as stream:
            for batch in stream:
                self.running.check()
                yield from map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))

    def _statistics(
        self, values: tuple[str, ...] | None, files: Sequence[DataFile], row: Sequence[Any]
    ) -> DataStatistics:
        now = self.context.query_start
        rows, rest = int(row[0]), list(row[1:])
        columns = {}
        for column in self.columns:
            given, rest = rest[: len(_asked(column))], rest[len(_asked(column)) :]
            columns[column.name] = _column_statistics(column, rows, given, now)
        size, modified = sum(file.size for file in files), max((file.modified for file in files), default=0)
        return DataStatistics(values, rows, len(files), size, modified, now, columns)


def _condition(table: Table, content: Content) -> str:
    """The rows of a partition."""
    parts = []
    for key, value in zip(table.partition_keys, content.partition.values, strict=True):
        literal = "'" + (value or "").replace("'", "''") + "'"
        type_ = parse_hive_type(key.type)
        equal = f"{_quoted(key.name)} = CAST({literal} AS {type_})"
        parts.append(f"{_quoted(key.name)} IS NULL" if value is None else equal)
    return f"({' AND '.join(parts)})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _asked(column: Column) -> list[str]:
    """The aggregates of a column: how many are not NULL, then what its kind has."""
    name, type_ = _quoted(column.name), parse_hive_type(column.type)
    count, distinct = f"count({name})", f"approx_distinct({name})"
    match statistics_type(type_):
        case "BOOLEAN":
            return [count, f"count_if({name})"]
        case "STRING":
            length = f"length(to_utf8(CAST({name} AS varchar)))"
            return [count, distinct, f"sum({length})", f"max({length})"]
        case "BINARY":
            return [count, f"sum(length({name}))", f"max(length({name}))"]
        case _:
            return [count, distinct, _counted(f"min({name})", type_), _counted(f"max({name})", type_)]


def _counted(aggregate: str, type_: Type) -> str:
    """Timestamps as microseconds since 1970: some of them are beyond Python's."""
    if not isinstance(type_, Timestamp):
        return aggregate
    return f"date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00.000', {aggregate}) * 1000"


def _column_statistics(column: Column, rows: int, given: Sequence[Any], now: datetime) -> ColumnStatistics:
    kind = statistics_type(parse_hive_type(column.type))
    assert kind is not None
    count = int(given[0] or 0)
    nulls = rows - count
    match kind:
        case "BOOLEAN":
            trues = int(given[1] or 0)
            return ColumnStatistics(
                column.name, column.type, now, kind, nulls, distinct=_of_booleans(trues, count - trues),
                trues=trues, falses=count - trues,
            )  # fmt: skip
        case "STRING" | "BINARY":
            *distinct, total, longest = given[1:]
            return ColumnStatistics(
                column.name, column.type, now, kind, nulls, distinct=_at_most(distinct[0], count) if distinct else None,
                average_length=float(total or 0) / count if count else 0.0, maximum_length=int(longest or 0),
            )  # fmt: skip
        case _:
            distinct, low, high = given[1:]
            return ColumnStatistics(
                column.name, column.type, now, kind, nulls, distinct=_at_most(distinct, count),
                minimum=_bound(low), maximum=_bound(high),
            )  # fmt: skip


def _of_booleans(trues: int, falses: int) -> int:
    return (trues > 0) + (falses > 0)


def _at_most(distinct: int | None, count: int) -> int:
    """An estimate may be too high; there are no more different values than values."""
    return min(int(distinct or 0), count)


def _bound(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
