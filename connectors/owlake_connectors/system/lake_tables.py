"""The tables of ``system.lake``: what lies in the folders of tables."""

from __future__ import annotations

from collections.abc import Iterator

from owlake.spi import MOMENT, Asked, rows_definition, types, upkeep
from owlake_connectors.system.conditions import values_of

_TEXT = types.VARCHAR
_COUNTED = frozenset({"rows", "row_groups"})

_Row = tuple[object, ...]


def _files(asked: Asked) -> Iterator[_Row]:
    for one in asked.home.upkeep.files(_wanted(asked)):
        yield (
            one.table_schema, one.table_name, one.partition, one.path, one.size, one.modified, one.format, one.rows,
            one.row_groups, one.bucket, one.write_number, one.state.value,
        )  # fmt: skip


FILES = rows_definition(
    _files,
    ("table_schema", _TEXT, "The database"),
    ("table_name", _TEXT, "The table whose folder it lies in"),
    ("partition", _TEXT, "The partition's name; empty without partitions"),
    ("path", _TEXT, "Where it is"),
    ("size", types.BIGINT, "Its bytes"),
    ("modified", MOMENT, "When it was last written"),
    ("format", _TEXT, "What it is read as: PARQUET, ORC, AVRO, JSON, TEXTFILE, ..."),
    ("rows", types.BIGINT, "Its rows, where Parquet or ORC says so"),
    ("row_groups", types.BIGINT, "Its row groups, or stripes"),
    ("bucket", types.INTEGER, "The bucket that it holds"),
    ("write_number", types.BIGINT, "The write of this home that it is of; NULL for files of others"),
    ("state", _TEXT, "VISIBLE, REPLACED, UNCOMMITTED, or IGNORED for its name"),
)


def _partitions(asked: Asked) -> Iterator[_Row]:
    for one in asked.home.upkeep.partitions(_wanted(asked)):
        yield (
            one.table_schema, one.table_name, one.partition, one.location, one.format, one.files, one.small_files,
            one.bytes, one.rows, one.modified,
        )  # fmt: skip


PARTITIONS = rows_definition(
    _partitions,
    ("table_schema", _TEXT, "The database"),
    ("table_name", _TEXT, "The table"),
    ("partition", _TEXT, "Its name; empty without partitions"),
    ("location", _TEXT, "Its folder"),
    ("format", _TEXT, "What its files are read as"),
    ("files", types.BIGINT, "How many files readers see"),
    ("small_files", types.BIGINT, "How many of them compaction would take"),
    ("bytes", types.BIGINT, "The bytes of the files"),
    ("rows", types.BIGINT, "Their rows, where all of them say so"),
    ("modified", MOMENT, "When the last of them was written"),
)


def _statistics(asked: Asked) -> Iterator[_Row]:
    for one in asked.home.upkeep.statistics(_wanted(asked)):
        known = one.known
        yield (
            one.table_schema, one.table_name, one.partition, known.column_name, known.column_type, one.rows,
            known.nulls, known.distinct, _text(known.minimum), _text(known.maximum), known.average_length,
            known.maximum_length, known.trues, known.analyzed_time, one.is_stale,
        )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)


STATISTICS = rows_definition(
    _statistics,
    ("table_schema", _TEXT, "The database"),
    ("table_name", _TEXT, "The table"),
    ("partition", _TEXT, "The partition's name; NULL for the table as a whole"),
    ("column_name", _TEXT, "The column"),
    ("column_type", _TEXT, "Its type when it was analysed, as Hive writes it"),
    ("rows", types.BIGINT, "How many rows there were"),
    ("nulls", types.BIGINT, "How many of them are NULL there"),
    ("distinct_values", types.BIGINT, "How many different values there are, about"),
    ("minimum", _TEXT, "The least value; timestamps are microseconds since 1970"),
    ("maximum", _TEXT, "The greatest value"),
    ("average_length", types.DOUBLE, "Of text and bytes"),
    ("maximum_length", types.BIGINT, "Of text and bytes"),
    ("trues", types.BIGINT, "How many are true, of booleans"),
    ("analyzed", MOMENT, "When ANALYZE ran"),
    ("is_stale", types.BOOLEAN, "Whether the files have changed since"),
)


def _wanted(asked: Asked) -> upkeep.Wanted:
    """The tables that a query is about are all that is listed; footers are read only for who asks for rows."""
    constraint, columns = asked.scan.constraint, asked.scan.columns
    return upkeep.Wanted(
        values_of(constraint.get("table_schema")),
        values_of(constraint.get("table_name")),
        values_of(constraint.get("partition")),
        counted=not _COUNTED.isdisjoint(columns),
        compared="is_stale" in columns,
    )


TABLES = {"files": FILES, "partitions": PARTITIONS, "statistics": STATISTICS}
"""The tables by name."""
