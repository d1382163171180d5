"""Reading the metastore inside one transaction: the get and list verbs of the Glue API."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from owlake.catalog.appends import Append
from owlake.catalog.codec import (
    decode_parameters,
    decode_permissions,
    decode_storage,
    decode_table,
    decode_values,
    encode_values,
)
from owlake.catalog.errors import EntityNotFound
from owlake.catalog.functions import Functions
from owlake.catalog.model import Column, Database, Function, Partition, PartitionIndex, StorageDescriptor, Table
from owlake.catalog.partition_index import Entries, Selection, select
from owlake.catalog.partition_indexes import PartitionIndexes
from owlake.catalog.statistics import DataStatistics, decode_columns
from owlake.catalog.table_versions import TableVersions
from owlake.catalog.times import from_microseconds
from owlake.lake.model import Constraint

Test = Callable[[tuple[str, ...]], bool]
"""Whether a partition of these values is wanted."""

_DATABASE = "name, description, location_uri, parameters, create_time, table_permissions, tags"
_TABLE = "d.name, t.name, t.table_type, t.definition, t.version_id, t.create_time, t.update_time"
_PARTITION = (
    "p.partition_values, p.descriptor_id, p.location, p.parameters, p.create_time, p.last_access_time,"
    " p.last_analyzed_time"
)


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """A statement kept under a name in a workgroup."""

    workgroup: str
    name: str
    statement: str
    modified_time: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list of a table's partitions.

    Attributes:
        after: Behind the partition of these values.
        share: In one of so many ``shares``, which have none in common and make the whole list.
    """

    after: tuple[str, ...] | None = None
    share: int = 0
    shares: int = 1


class Reader:
    """What one transaction sees. Names are looked up without case; lists come sorted by name."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find_database(self, name: str) -> Database | None:
        """The database, or None."""
        row = self._connection.execute(
            f"SELECT {_DATABASE} FROM databases WHERE name = ?",
            (name.lower(),),
        ).fetchone()
        return _database(row) if row else None

    def get_database(self, name: str) -> Database:
        """The database. Errors: EntityNotFound."""
        database = self.find_database(name)
        if database is None:
            raise EntityNotFound(f"Database {name.lower()} not found.")
        return database

    def list_databases(self) -> list[Database]:
        """All databases."""
        rows = self._connection.execute(f"SELECT {_DATABASE} FROM databases ORDER BY name")
        return [_database(row) for row in rows]

    def find_table(self, database: str, name: str) -> Table | None:
        """The table or view, or None."""
        row = self._connection.execute(
            f"SELECT {_TABLE} FROM tables t JOIN databases d ON d.id = t.database_id WHERE d.name = ? AND t.name = ?",
            (database.lower(), name.lower()),
        ).fetchone()
        return decode_table(row) if row else None

    def get_table(self, database: str, name: str) -> Table:
        """The table or view. Errors: EntityNotFound."""
        table = self.find_table(database, name)
        if table is None:
            raise EntityNotFound(f"Table {name.lower()} not found.")
        return table

    def table_versions(self, database: str, name: str) -> TableVersions:
        """What the table was, and is. Errors: EntityNotFound."""
        table_id, table = self._table_row(database, name)
        return TableVersions(self._connection, table_id, table)

    def list_table_names(self, database: str, table_type: str | None = None) -> list[str]:
        """The names of a database's tables and views, or of those of one kind."""
        rows = self._connection.execute(
            "SELECT t.name FROM tables t JOIN databases d ON d.id = t.database_id"
            " WHERE d.name = ? AND (? IS NULL OR t.table_type = ?) ORDER BY t.name",
            (database.lower(), table_type, table_type),
        )
        return [name for (name,) in rows]

    def list_tables(
        self, databases: Collection[str] | None = None, names: Collection[str] | None = None
    ) -> Iterator[Table]:
        """Tables and views by database and name, read one by one while the transaction lasts.

        Only those of the given databases and names, where they are given.
        """
        conditions, parameters = ["true"], []
        for column, wanted in (("d.name", databases), ("t.name", names)):
            if wanted is not None:
                conditions.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                parameters += [name.lower() for name in wanted]
        rows = self._connection.execute(
            f"SELECT {_TABLE} FROM tables t JOIN databases d ON d.id = t.database_id"
            f" WHERE {' AND '.join(conditions)} ORDER BY d.name, t.name",
            parameters,
        )
        for row in rows:
            yield decode_table(row)

    def find_partition(self, database: str, table: str, values: tuple[str, ...]) -> Partition | None:
        """The partition of exactly these values, or None."""
        table_id, _ = self._table_keys(database, table)
        row = self._connection.execute(
            f"SELECT {_PARTITION} FROM partitions p WHERE p.table_id = ? AND p.partition_values = ?",
            (table_id, encode_values(values)),
        ).fetchone()
        return self._partition(values, row, {}) if row else None

    def get_partition(self, database: str, table: str, values: tuple[str, ...]) -> Partition:
        """The partition of exactly these values. Errors: EntityNotFound."""
        partition = self.find_partition(database, table, values)
        if partition is None:
            raise EntityNotFound("Cannot find partition.")
        return partition

    def list_partitions(self, database: str, table: str, constraint: Constraint | None = None) -> list[Partition]:
        """The partitions that can satisfy the constraint, always in the same order (by their values as text).

        Equality and ranges on text, whole numbers, dates and booleans use an index; the rest is tested one by one.
        """
        return list(self._partitions(database, table, constraint, Place()))

    def iterate_partitions(
        self,
        database: str,
        table: str,
        constraint: Constraint | None = None,
        place: Place | None = None,
        test: Test | None = None,
    ) -> Iterator[Partition]:
        """As ``list_partitions``, read one by one while the transaction lasts: for who takes only some of them.

        From a place on, and of a share of the table, where that is given; only those whose values pass the test.
        """
        return self._partitions(database, table, constraint, place or Place(), test, few=True)

    def list_partition_values(
        self, database: str, table: str, constraint: Constraint | None = None
    ) -> list[tuple[str, ...]]:
        """As ``list_partitions``, the values only."""
        table_id, keys = self._table_keys(database, table)
        selection = select(table_id, keys, constraint, self._count)
        values = (decode_values(text) for (text,) in self._select("p.partition_values", selection))
        return [each for each in values if selection.accepts(each)]

    def list_partition_indexes(self, database: str, table: str) -> list[PartitionIndex]:
        """The partition indexes of a table. Errors: EntityNotFound."""
        return PartitionIndexes(self._connection, *self._table_keys(database, table)).all()

    def find_statistics(self, database: str, table: str) -> DataStatistics | None:
        """What is known of the rows of a whole table, or None."""
        found = self._statistics(database, table, " AND s.partition_values = ''")
        return next(found, None)

    def find_partition_statistics(self, database: str, table: str, values: tuple[str, ...]) -> DataStatistics | None:
        """What is known of the rows of a partition, or None."""
        found = self._statistics(database, table, " AND s.partition_values = ?", encode_values(values))
        return next(found, None)

    def list_statistics(self, database: str, table: str) -> list[DataStatistics]:
        """What is known of a table, as a whole (first) and by partition."""
        return list(self._statistics(database, table, ""))

    def _statistics(self, database: str, table: str, condition: str, *parameters: str) -> Iterator[DataStatistics]:
        rows = self._connection.execute(
            "SELECT s.partition_values, s.row_count, s.files, s.bytes, s.modified, s.analyzed_time, s.columns"
            " FROM statistics s JOIN tables t ON t.id = s.table_id JOIN databases d ON d.id = t.database_id"
            f" WHERE d.name = ? AND t.name = ?{condition} ORDER BY s.partition_values",
            (database.lower(), table.lower(), *parameters),
        )
        for values, row_count, files, size, modified, analyzed, columns in rows:
            yield DataStatistics(
                decode_values(values) if values else None,
                row_count,
                files,
                size,
                modified,
                from_microseconds(analyzed),
                decode_columns(columns),
            )

    def _partitions(
        self,
        database: str,
        table: str,
        constraint: Constraint | None,
        place: Place,
        test: Test | None = None,
        *,
        few: bool = False,
    ) -> Iterator[Partition]:
        table_id, keys = self._table_keys(database, table)
        selection = select(table_id, keys, constraint, self._count, few=few)
        if place.after is not None:
            selection.where("p.partition_values > ?", encode_values(place.after))
        if place.shares > 1:
            selection.where("p.id % ? = ?", place.shares, place.share)
        shared: dict[int, StorageDescriptor] = {}
        for row in self._select(_PARTITION, selection):
            values = decode_values(row[0])
            if selection.accepts(values) and (test is None or test(values)):
                yield self._partition(values, row, shared)

    def _select(self, columns: str, selection: Selection) -> sqlite3.Cursor:
        return self._connection.execute(
            f"SELECT {columns} FROM {selection.source} WHERE {' AND '.join(selection.conditions)}"
            " ORDER BY p.partition_values",
            selection.parameters,
        )

    def _count(self, entries: Entries) -> int:
        (count,) = self._connection.execute(entries.counting, entries.parameters).fetchone()
        return int(count)

    def _partition(
        self,
        values: tuple[str, ...],
        row: tuple[str, int, str, str, int, int | None, int | None],
        shared: dict[int, StorageDescriptor],
    ) -> Partition:
        _, descriptor_id, location, parameters, created, accessed, analyzed = row
        common = shared.get(descriptor_id)
        if common is None:
            common = shared[descriptor_id] = self._descriptor(descriptor_id)
        return Partition(
            values,
            _at(common, location),
            decode_parameters(parameters),
            from_microseconds(created),
            None if accessed is None else from_microseconds(accessed),
            None if analyzed is None else from_microseconds(analyzed),
        )

    def _descriptor(self, descriptor_id: int) -> StorageDescriptor:
        (text,) = self._connection.execute(
            "SELECT definition FROM partition_descriptors WHERE id = ?", (descriptor_id,)
        ).fetchone()
        return decode_storage(text)

    def _table_keys(self, database: str, table: str) -> tuple[int, tuple[Column, ...]]:
        table_id, found = self._table_row(database, table)
        return table_id, found.partition_keys

    def _table_row(self, database: str, name: str) -> tuple[int, Table]:
        """Its id, and the table."""
        row = self._connection.execute(
            f"SELECT t.id, {_TABLE} FROM tables t JOIN databases d ON d.id = t.database_id"
            " WHERE d.name = ? AND t.name = ?",
            (database.lower(), name.lower()),
        ).fetchone()
        if row is None:
            raise EntityNotFound(f"Table {name.lower()} not found.")
        return row[0], decode_table(row[1:])

    def find_append(self, key: str) -> Append | None:
        """What was added under this key, as far as it is not forgotten."""
        row = self._connection.execute("SELECT row_count, bytes, note FROM appends WHERE key = ?", (key,)).fetchone()
        return Append(*row) if row else None

    def find_function(self, database: str, name: str) -> Function | None:
        """The function that is kept for other engines, or None."""
        return Functions(self._connection).find(database, name)

    def list_functions(self, database: str | None = None) -> list[Function]:
        """The functions of a database, or of all, by database and name."""
        return Functions(self._connection).of(database)

    def setting(self, key: str) -> str | None:
        """The value kept under the key, or None."""
        row = self._connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def workgroup_settings(self, name: str) -> tuple[str, str | None] | None:
        """State and configuration (JSON) of a workgroup, or None; see ``owlake.queries.workgroups``."""
        row = self._connection.execute("SELECT state, configuration FROM workgroups WHERE name = ?", (name,)).fetchone()
        return (row[0], row[1]) if row else None

    def find_prepared_statement(self, workgroup: str, name: str) -> PreparedStatement | None:
        """The prepared statement, or None. Its name counts case."""
        row = self._connection.execute(
            "SELECT workgroup, name, statement, modified_time FROM prepared_statements"
            " WHERE workgroup = ? AND name = ?",
            (workgroup, name),
        ).fetchone()
        return _prepared(row) if row else None

    def list_prepared_statements(self, workgroup: str) -> list[PreparedStatement]:
        """The prepared statements of a workgroup."""
        rows = self._connection.execute(
            "SELECT workgroup, name, statement, modified_time FROM prepared_statements WHERE workgroup = ?"
            " ORDER BY name",
            (workgroup,),
        )
        return [_prepared(row) for row in rows]


def _database(row: tuple[str, str | None, str | None, str, int, str | None, str]) -> Database:
    name, description, location_uri, parameters, created, permissions, tags = row
    return Database(
        name,
        description,
        location_uri,
        decode_parameters(parameters),
        from_microseconds(created),
        decode_permissions(permissions),
        decode_parameters(tags),
    )


def _prepared(row: tuple[str, str, str, int]) -> PreparedStatement:
    workgroup, name, statement, modified = row
    return PreparedStatement(workgroup, name, statement, from_microseconds(modified))


def _at(common: StorageDescriptor, location: str) -> StorageDescriptor:
    """``dataclasses.replace`` by hand: listings make one a partition."""
    return StorageDescriptor(
        common.columns,
        location,
        common.input_format,
        common.output_format,
        common.compressed,
        common.number_of_buckets,
        common.serde,
        common.bucket_columns,
        common.sort_columns,
        common.parameters,
        common.stored_as_sub_directories,
        common.skewed,
    )
