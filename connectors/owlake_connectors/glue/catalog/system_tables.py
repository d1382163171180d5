"""The tables of ``glue.system`` about the Data Catalog: databases, tables, columns, versions, functions, connections.

A condition on a database or a table is a look-up: what is asked of one table reads no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from owlake.spi import (
    MOMENT,
    TEXTS,
    TEXTS_BY_NAME,
    Asked,
    CatalogReader,
    Row,
    RowsDefinition,
    catalog_model,
    rows_definition,
    types,
)
from owlake_connectors.glue.catalog.connections import ConnectionStore, without_secrets
from owlake_connectors.glue.conditions import texts

_TEXT = types.VARCHAR
_COLUMNS = types.Array(types.Row((types.RowField("name", _TEXT), types.RowField("type", _TEXT))))
_RESOURCES = types.Array(types.Row((types.RowField("resource_type", _TEXT), types.RowField("uri", _TEXT))))


_SHOWN: Mapping[str, Sequence[tuple[str, types.Type, str]]] = {
    "databases": (
        ("name", _TEXT, "Its name"),
        ("description", _TEXT, "What it is for"),
        ("location_uri", _TEXT, "Where its tables lie that say no place of their own"),
        ("parameters", TEXTS_BY_NAME, "Its properties"),
        ("create_time", MOMENT, "When it was made"),
    ),
    "tables": (
        ("database_name", _TEXT, "Its database"),
        ("name", _TEXT, "Its name"),
        ("table_type", _TEXT, "EXTERNAL_TABLE or VIRTUAL_VIEW; whatever else somebody wrote"),
        ("description", _TEXT, "What it is"),
        ("owner", _TEXT, "Whose it is"),
        ("location", _TEXT, "Where its files lie"),
        ("serialization_library", _TEXT, "The SerDe that reads them"),
        ("serde_parameters", TEXTS_BY_NAME, "How the SerDe reads them"),
        ("input_format", _TEXT, "The class that splits them"),
        ("output_format", _TEXT, "The class that writes them"),
        ("compressed", types.BOOLEAN, "Whether they are said to be compressed"),
        ("number_of_buckets", types.BIGINT, "How many buckets there are; none where it is not positive"),
        ("bucket_columns", TEXTS, "What rows are put into buckets by"),
        ("sort_columns", TEXTS, "What rows are sorted by in a bucket"),
        ("storage_parameters", TEXTS_BY_NAME, "Properties of the storage descriptor"),
        ("partition_keys", TEXTS, "Names of the partition keys"),
        ("parameters", TEXTS_BY_NAME, "Its properties"),
        ("view_original_text", _TEXT, "What a view is"),
        ("view_expanded_text", _TEXT, "The same, for Hive"),
        ("retention", types.BIGINT, "How long it is kept, for whom that matters"),
        ("version_id", types.BIGINT, "Counts its changes"),
        ("created_by", _TEXT, "Who made it"),
        ("create_time", MOMENT, "When it was made"),
        ("update_time", MOMENT, "When it was changed"),
        ("last_access_time", MOMENT, "When it was read, if somebody said so"),
        ("last_analyzed_time", MOMENT, "When it was analysed, if somebody said so"),
    ),
    "columns": (
        ("database_name", _TEXT, "The database"),
        ("table_name", _TEXT, "The table"),
        ("position", types.BIGINT, "Its place, partition keys last"),
        ("name", _TEXT, "Its name"),
        ("type", _TEXT, "Its type, as Hive writes it"),
        ("comment", _TEXT, "What it is"),
        ("is_partition_key", types.BOOLEAN, "Whether it is a partition key"),
        ("parameters", TEXTS_BY_NAME, "Its properties"),
    ),
    "table_versions": (
        ("database_name", _TEXT, "The database"),
        ("table_name", _TEXT, "The table"),
        ("version_id", types.BIGINT, "Its number"),
        ("is_current", types.BOOLEAN, "Whether the table has it"),
        ("update_time", MOMENT, "When the table became that"),
        ("table_type", _TEXT, "What kind it was"),
        ("columns", _COLUMNS, "The columns that it had"),
        ("partition_keys", _COLUMNS, "The partition keys that it had"),
        ("location", _TEXT, "Where its files lay"),
        ("serialization_library", _TEXT, "The SerDe that read them"),
        ("parameters", TEXTS_BY_NAME, "Its properties"),
        ("view_original_text", _TEXT, "What the view was"),
    ),
    "functions": (
        ("database_name", _TEXT, "The database"),
        ("name", _TEXT, "Its name"),
        ("class_name", _TEXT, "The class that has its code"),
        ("function_type", _TEXT, "REGULAR_FUNCTION, AGGREGATE_FUNCTION or STORED_PROCEDURE"),
        ("owner_name", _TEXT, "Whose it is"),
        ("owner_type", _TEXT, "USER, ROLE or GROUP"),
        ("resource_uris", _RESOURCES, "The files that it needs"),
        ("create_time", MOMENT, "When it was made"),
    ),
    "connections": (
        ("name", _TEXT, "Its name"),
        ("connection_type", _TEXT, "What it leads to: JDBC, MONGODB, KAFKA, ..."),
        ("description", _TEXT, "What it is for"),
        ("connection_properties", TEXTS_BY_NAME, "How one connects; passwords are hidden"),
        ("match_criteria", TEXTS, "What it can be found by"),
        ("status", _TEXT, "READY, or FAILED where the last test did not connect"),
        ("status_reason", _TEXT, "Why"),
        ("last_connection_validation_time", MOMENT, "When it was last tested"),
        ("creation_time", MOMENT, "When it was made"),
        ("last_updated_time", MOMENT, "When it was changed"),
    ),
}
"""The columns of each table: name, type, what it says."""


def catalog_tables(connections: ConnectionStore) -> Mapping[str, RowsDefinition]:
    """The tables by name."""
    rows = {
        "databases": _databases,
        "tables": _tables,
        "columns": _columns,
        "table_versions": _table_versions,
        "functions": _functions,
        "connections": lambda asked: _connections(connections, asked),
    }
    return {name: rows_definition(rows[name], *columns) for name, columns in _SHOWN.items()}


def _databases(asked: Asked) -> Iterator[Row]:
    names = _folded(texts(asked, "name"))
    with asked.home.metastore.read() as catalog:
        found = catalog.list_databases() if names is None else map(catalog.find_database, names)
        for one in found:
            if one is not None:
                yield one.name, one.description, one.location_uri, dict(one.parameters), one.create_time


def _tables(asked: Asked) -> Iterator[Row]:
    with asked.home.metastore.read() as catalog:
        for one in _asked_tables(catalog, asked, "name"):
            storage = one.storage
            yield (
                one.database, one.name, one.table_type or None, one.description, one.owner, storage.location or None,
                storage.serde.library or None, dict(storage.serde.parameters), storage.input_format or None,
                storage.output_format or None, storage.compressed, storage.number_of_buckets,
                list(storage.bucket_columns), [each.column for each in storage.sort_columns],
                dict(storage.parameters), [key.name for key in one.partition_keys], dict(one.parameters),
                one.view_original_text, one.view_expanded_text, one.retention, one.version_id, one.created_by,
                one.create_time, one.update_time, one.last_access_time, one.last_analyzed_time,
            )  # fmt: skip


def _columns(asked: Asked) -> Iterator[Row]:
    with asked.home.metastore.read() as catalog:
        for table in _asked_tables(catalog, asked, "table_name"):
            ordinary = len(table.storage.columns)
            for position, one in enumerate((*table.storage.columns, *table.partition_keys), 1):
                yield (
                    table.database, table.name, position, one.name, one.type or None, one.comment,
                    position > ordinary, dict(one.parameters),
                )  # fmt: skip


def _table_versions(asked: Asked) -> Iterator[Row]:
    with asked.home.metastore.read() as catalog:
        for table in _asked_tables(catalog, asked, "table_name"):
            for one in catalog.table_versions(table.database, table.name).newest_first():
                yield (
                    one.database, one.name, one.version_id, one.version_id == table.version_id, one.update_time,
                    one.table_type or None, _typed(one.storage.columns), _typed(one.partition_keys),
                    one.storage.location or None, one.storage.serde.library or None, dict(one.parameters),
                    one.view_original_text,
                )  # fmt: skip


def _functions(asked: Asked) -> Iterator[Row]:
    databases = _folded(texts(asked, "database_name"))
    with asked.home.metastore.read() as catalog:
        for database in [None] if databases is None else databases:
            for one in catalog.list_functions(database):
                resources = [{"resource_type": each.resource_type, "uri": each.uri} for each in one.resources]
                yield (
                    one.database, one.name, one.class_name, one.function_type, one.owner_name, one.owner_type,
                    resources, one.create_time,
                )  # fmt: skip


def _connections(store: ConnectionStore, _: Asked) -> Iterator[Row]:
    for kept in store.all():
        one = kept.definition
        yield (
            one.name, one.connection_type, one.description, without_secrets(one.connection_properties),
            list(one.match_criteria or ()), kept.status, kept.status_reason, kept.validated, kept.created, kept.updated,
        )  # fmt: skip


def _asked_tables(catalog: CatalogReader, asked: Asked, name: str) -> Iterator[catalog_model.Table]:
    return catalog.list_tables(texts(asked, "database_name"), texts(asked, name))


def _folded(names: list[str] | None) -> list[str] | None:
    """The names to look up, each once: names in capitals are found too, and the query leaves them out again."""
    return None if names is None else sorted({name.lower() for name in names})


def _typed(columns: tuple[catalog_model.Column, ...]) -> list[dict[str, str]]:
    return [{"name": one.name, "type": one.type} for one in columns]
