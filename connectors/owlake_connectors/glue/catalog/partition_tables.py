"""The tables of ``glue.system`` about partitions, their indexes, and what is known of columns.

A condition on a database, a table or a partition's name is a look-up: what is asked of one partition reads no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from owlake.spi import (
    MOMENT,
    TEXTS,
    TEXTS_BY_NAME,
    Asked,
    CatalogReader,
    DataStatistics,
    Row,
    RowsDefinition,
    catalog_model,
    partition_names,
    rows_definition,
    types,
)
from owlake_connectors.glue.conditions import texts

_TEXT = types.VARCHAR
_TYPED = types.Array(types.Row((types.RowField("name", _TEXT), types.RowField("type", _TEXT))))
_ERRORS = types.Array(
    types.Row((types.RowField("code", _TEXT), types.RowField("partitions", types.Array(types.Array(_TEXT)))))
)
_PLACE = (
    ("database_name", _TEXT, "The database"),
    ("table_name", _TEXT, "The table"),
)


def partition_tables() -> Mapping[str, RowsDefinition]:
    """The tables by name."""
    return {
        "partitions": rows_definition(
            _partitions,
            *_PLACE,
            ("partition", _TEXT, "Its name, as folders have it: day=2024-01-01/country=de"),
            ("partition_values", TEXTS, "Its values, in the order of the keys"),
            ("location", _TEXT, "Where its files lie"),
            ("serialization_library", _TEXT, "The SerDe that reads them"),
            ("serde_parameters", TEXTS_BY_NAME, "How the SerDe reads them"),
            ("input_format", _TEXT, "The class that splits them"),
            ("output_format", _TEXT, "The class that writes them"),
            ("columns", _TYPED, "Its columns, which need not be the table's"),
            ("parameters", TEXTS_BY_NAME, "Its properties"),
            ("create_time", MOMENT, "When it was added"),
            ("last_access_time", MOMENT, "When it was read, if somebody said so"),
            ("last_analyzed_time", MOMENT, "When it was analysed, if somebody said so"),
        ),
        "partition_indexes": rows_definition(
            _partition_indexes,
            *_PLACE,
            ("index_name", _TEXT, "Its name"),
            ("keys", _TYPED, "Its keys, in its own order"),
            ("index_status", _TEXT, "ACTIVE, or FAILED where partitions are in its way"),
            ("backfill_errors", _ERRORS, "What is in its way, with some of the partitions"),
            ("create_time", MOMENT, "When it was made"),
        ),
        "column_statistics": rows_definition(
            _column_statistics,
            *_PLACE,
            ("partition", _TEXT, "The partition's name; NULL for the whole table"),
            ("column_name", _TEXT, "The column"),
            ("column_type", _TEXT, "Its type"),
            ("statistics_type", _TEXT, "LONG, DOUBLE, DECIMAL, DATE, STRING, BINARY or BOOLEAN"),
            ("analyzed_time", MOMENT, "Since when it is known"),
            ("row_count", types.BIGINT, "How many rows there are, where they were counted"),
            ("nulls", types.BIGINT, "How many values are NULL"),
            ("distinct_values", types.BIGINT, "How many different values there are, about"),
            ("minimum", _TEXT, "The least value; timestamps are microseconds since 1970"),
            ("maximum", _TEXT, "The greatest value"),
            ("average_length", types.DOUBLE, "Of text and bytes, in bytes"),
            ("maximum_length", types.BIGINT, "Of text and bytes, in bytes"),
            ("trues", types.BIGINT, "Of booleans"),
            ("falses", types.BIGINT, "Of booleans"),
        ),
    }


def _partitions(asked: Asked) -> Iterator[Row]:
    # There may be a million: what nobody asks for is not made.
    makers = [(place, make) for place, (name, make) in enumerate(_MAKERS.items()) if name in asked.scan.columns]
    with asked.home.metastore.read() as catalog:
        for table in _tables(catalog, asked):
            for one in _of_table(catalog, table, texts(asked, "partition")):
                row: list[Any] = [None] * len(_MAKERS)
                for place, make in makers:
                    row[place] = make(table, one)
                yield tuple(row)


def _of_table(
    catalog: CatalogReader, table: catalog_model.Table, names: Sequence[str] | None
) -> Iterator[catalog_model.Partition]:
    named = _named(table, names)
    if named is None:
        yield from catalog.iterate_partitions(table.database, table.name)
        return
    for values in named:
        found = catalog.find_partition(table.database, table.name, values)
        if found is not None:
            yield found


def _partition_indexes(asked: Asked) -> Iterator[Row]:
    with asked.home.metastore.read() as catalog:
        for table in _tables(catalog, asked):
            types_by_key = {key.name: key.type for key in table.partition_keys}
            for one in catalog.list_partition_indexes(table.database, table.name):
                keys = [{"name": key, "type": types_by_key.get(key)} for key in one.keys]
                errors = [
                    {"code": each.code, "partitions": [list(values) for values in each.partitions]}
                    for each in one.errors
                ]
                yield table.database, table.name, one.name, keys, one.state, errors, one.create_time


def _column_statistics(asked: Asked) -> Iterator[Row]:
    columns, partitions = texts(asked, "column_name"), texts(asked, "partition")
    with asked.home.metastore.read() as catalog:
        for table in _tables(catalog, asked):
            for known in _known(catalog, table, partitions):
                name = None if known.values is None else _name(table, known.values)
                for one in known.columns.values():
                    if columns is None or one.column_name in columns:
                        yield (
                            table.database, table.name, name, one.column_name, one.column_type, one.type,
                            one.analyzed_time, known.rows, one.nulls, one.distinct, _text(one.minimum),
                            _text(one.maximum), one.average_length, one.maximum_length, one.trues, one.falses,
                        )  # fmt: skip


def _known(catalog: CatalogReader, table: catalog_model.Table, names: Sequence[str] | None) -> Iterator[DataStatistics]:
    named = _named(table, names)
    if named is None:
        yield from catalog.list_statistics(table.database, table.name)
        return
    for values in named:
        found = catalog.find_partition_statistics(table.database, table.name, values)
        if found is not None:
            yield found


def _tables(catalog: CatalogReader, asked: Asked) -> Iterator[catalog_model.Table]:
    return catalog.list_tables(texts(asked, "database_name"), texts(asked, "table_name"))


def _name(table: catalog_model.Table, values: Sequence[str]) -> str:
    return partition_names.partition_name([key.name for key in table.partition_keys], values)


def _named(table: catalog_model.Table, names: Sequence[str] | None) -> list[tuple[str, ...]] | None:
    """The values of the partitions of these names; None where names do not tell."""
    if names is None or any(partition_names.DEFAULT_PARTITION in name for name in names):
        # No characters and NULL have the same name.
        return None
    keys = [key.name for key in table.partition_keys]
    found = set()
    for name in names:
        parts = [partition_names.parse_folder(part) for part in name.split("/")]
        if [part and part[0] for part in parts] == keys:
            found.add(tuple(part[1] for part in parts if part is not None))
    return sorted(found)


def _typed(columns: Sequence[catalog_model.Column]) -> list[dict[str, str]]:
    return [{"name": one.name, "type": one.type} for one in columns]


def _text(bound: object) -> str | None:
    return None if bound is None else str(bound)


_MAKERS: Mapping[str, Callable[[catalog_model.Table, catalog_model.Partition], Any]] = {
    "database_name": lambda table, _: table.database,
    "table_name": lambda table, _: table.name,
    "partition": lambda table, one: _name(table, one.values),
    "partition_values": lambda _, one: list(one.values),
    "location": lambda _, one: one.storage.location or None,
    "serialization_library": lambda _, one: one.storage.serde.library or None,
    "serde_parameters": lambda _, one: dict(one.storage.serde.parameters),
    "input_format": lambda _, one: one.storage.input_format or None,
    "output_format": lambda _, one: one.storage.output_format or None,
    "columns": lambda _, one: _typed(one.storage.columns),
    "parameters": lambda _, one: dict(one.parameters),
    "create_time": lambda _, one: one.create_time,
    "last_access_time": lambda _, one: one.last_access_time,
    "last_analyzed_time": lambda _, one: one.last_analyzed_time,
}
"""How the columns of ``partitions`` are made, in their order."""
