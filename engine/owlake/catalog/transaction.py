"""Changing the metastore inside one transaction: the create, update and delete verbs of the Glue API."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from owlake.catalog.appends import Append
from owlake.catalog.codec import encode_parameters, encode_permissions, encode_table, encode_values
from owlake.catalog.errors import AlreadyExists, ConcurrentModification, EntityNotFound, InvalidInput
from owlake.catalog.functions import Functions
from owlake.catalog.model import Column, Database, Function, Partition, PartitionIndex, Table
from owlake.catalog.partition_indexes import PartitionIndexes
from owlake.catalog.partition_store import PartitionStore
from owlake.catalog.reader import Reader
from owlake.catalog.statistics import ColumnStatistics, DataStatistics, encode_columns, forgotten, told
from owlake.catalog.table_versions import TableVersions
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.catalog.writes import Fingerprint, WritePurpose


class Transaction(Reader):
    """One transaction's changes: seen by its own reads at once, by others when it is committed.

    Names are stored in lower case. Times that the Glue API sets itself are ``now``.
    """

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        super().__init__(connection)
        self.now = now
        self._time = to_microseconds(now)

    def write_beside(self, note: Callable[[sqlite3.Connection], None]) -> None:
        """Let somebody else write into the same transaction."""
        note(self._connection)

    def create_database(self, database: Database) -> None:
        """Create a database. Errors: AlreadyExists."""
        try:
            self._connection.execute(
                "INSERT INTO databases (name, description, location_uri, parameters, create_time, table_permissions,"
                " tags) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    database.name.lower(),
                    database.description,
                    database.location_uri,
                    encode_parameters(database.parameters),
                    self._time,
                    encode_permissions(database.table_permissions),
                    encode_parameters(database.tags),
                ),
            )
        except sqlite3.IntegrityError as problem:
            raise AlreadyExists("Database already exists.") from problem

    def update_database(self, database: Database) -> None:
        """Replace everything but the name. Errors: EntityNotFound."""
        self._database_id(database.name)
        self._connection.execute(
            "UPDATE databases SET description = ?, location_uri = ?, parameters = ?, table_permissions = ?,"
            " tags = ? WHERE name = ?",
            (
                database.description,
                database.location_uri,
                encode_parameters(database.parameters),
                encode_permissions(database.table_permissions),
                encode_parameters(database.tags),
                database.name.lower(),
            ),
        )

    def delete_database(self, name: str) -> None:
        """Delete a database with its tables and functions, as Glue does. Errors: EntityNotFound."""
        database_id = self._database_id(name)
        rows = self._connection.execute("SELECT id FROM tables WHERE database_id = ?", (database_id,)).fetchall()
        for (table_id,) in rows:
            self._delete_table(table_id)
        self._connection.execute("DELETE FROM functions WHERE database_id = ?", (database_id,))
        self._connection.execute("DELETE FROM databases WHERE id = ?", (database_id,))

    def create_table(self, table: Table) -> None:
        """Create a table or view at version 0. Errors: EntityNotFound (the database), AlreadyExists."""
        database_id = self._database_id(table.database)
        try:
            self._connection.execute(
                "INSERT INTO tables (database_id, name, table_type, definition, version_id, create_time, update_time)"
                " VALUES (?, ?, ?, ?, 0, ?, ?)",
                (database_id, table.name.lower(), table.table_type, encode_table(table), self._time, self._time),
            )
        except sqlite3.IntegrityError as problem:
            raise AlreadyExists("Table already exists.") from problem

    def update_table(self, table: Table, *, expected_version: int | None = None, archive: bool = True) -> None:
        """Replace the definition and count the version up; with ``archive`` the one before is kept.

        Errors: EntityNotFound; ConcurrentModification, if the table is not at the expected version; InvalidInput,
        if the number of keys changes under existing partitions, or a key that a partition index is built on.
        """
        table_id, before = self._table_row(table.database, table.name)
        keys = before.partition_keys
        if expected_version is not None and expected_version != before.version_id:
            raise ConcurrentModification("Update table failed due to concurrent modifications.")
        PartitionIndexes(self._connection, table_id, keys).check_keys(table.partition_keys)
        if archive:
            TableVersions(self._connection, table_id, before).archive()
        self._connection.execute(
            "UPDATE tables SET table_type = ?, definition = ?, version_id = version_id + 1, update_time = ?"
            " WHERE id = ?",
            (table.table_type, encode_table(table), self._time, table_id),
        )
        if [column.type for column in keys] != [column.type for column in table.partition_keys]:
            self._retype_keys(table_id, keys, table.partition_keys)

    def rename_table(self, database: str, name: str, new_database: str, new_name: str) -> None:
        """Give a table another name, also in another database. Errors: EntityNotFound, AlreadyExists."""
        versions = self.table_versions(database, name)
        versions.archive()
        try:
            self._connection.execute(
                "UPDATE tables SET database_id = ?, name = ?, version_id = version_id + 1, update_time = ?"
                " WHERE id = ?",
                (self._database_id(new_database), new_name.lower(), self._time, versions.table_id),
            )
        except sqlite3.IntegrityError as problem:
            raise AlreadyExists("Table already exists.") from problem

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table or view with its partitions; files stay. Errors: EntityNotFound."""
        self._delete_table(self._table_row(database, name)[0])

    def create_partitions(
        self, database: str, table: str, partitions: Sequence[Partition], *, if_not_exists: bool = False
    ) -> list[tuple[str, ...]]:
        """Add partitions and give the values of those that were new, in the order given.

        Errors: EntityNotFound; AlreadyExists (unless ``if_not_exists``), then none is added; InvalidInput, if the
        values are not as many as the keys.
        """
        table_id, keys = self._table_keys(database, table)
        self._check_values(table_id, keys, [one.values for one in partitions])
        created = PartitionStore(self._connection, table_id, keys).create(partitions, self._time)
        if len(created) < len(partitions) and not if_not_exists:
            raise AlreadyExists("Partition already exists.")
        return created

    def update_partitions(self, database: str, table: str, partitions: Sequence[Partition]) -> None:
        """Replace what is stored of partitions that exist. Errors: EntityNotFound."""
        store = self._partition_store(database, table)
        for partition in partitions:
            if not store.update(partition):
                raise EntityNotFound("Cannot find partition.")

    def rename_partition(self, database: str, table: str, values: tuple[str, ...], new_values: tuple[str, ...]) -> None:
        """Give a partition other values; its location stays, and what is known of it.

        Errors: EntityNotFound; AlreadyExists; InvalidInput, if values are not as many as the keys, or not of the types
        that a partition index asks for.
        """
        self.get_partition(database, table, values)
        if self.find_partition(database, table, new_values):
            raise AlreadyExists("Partition already exists.")
        table_id, keys = self._table_keys(database, table)
        self._check_values(table_id, keys, [new_values])
        PartitionStore(self._connection, table_id, keys).rename(values, new_values)

    def delete_partitions(
        self, database: str, table: str, values: Collection[tuple[str, ...]], *, if_exists: bool = False
    ) -> None:
        """Delete the partitions of these values; files stay. Errors: EntityNotFound (unless ``if_exists``)."""
        store = self._partition_store(database, table)
        for each in values:
            if not store.delete(each) and not if_exists:
                raise EntityNotFound("Cannot find partition.")

    def create_partition_index(self, database: str, table: str, name: str, keys: Sequence[str]) -> PartitionIndex:
        """Add a partition index; one that partitions are in the way of is there, and says so.

        Errors: EntityNotFound; AlreadyExists; LimitExceeded; InvalidInput for keys that cannot have one.
        """
        table_id, columns = self._table_keys(database, table)
        return PartitionIndexes(self._connection, table_id, columns).create(name, keys, self._time)

    def delete_partition_index(self, database: str, table: str, name: str) -> None:
        """Delete a partition index. Errors: EntityNotFound."""
        table_id, columns = self._table_keys(database, table)
        PartitionIndexes(self._connection, table_id, columns).delete(name)

    def update_column_statistics(
        self, database: str, table: str, values: tuple[str, ...] | None, columns: Sequence[ColumnStatistics]
    ) -> None:
        """Keep what somebody tells of columns, of the whole table or of a partition. Errors: EntityNotFound."""
        known = self._known(database, table, values)
        self.put_statistics(database, table, [told(known, values, columns, self.now)])

    def delete_column_statistics(self, database: str, table: str, values: tuple[str, ...] | None, column: str) -> None:
        """Forget what is known of a column. Errors: EntityNotFound, also where nothing is known of it."""
        known = self._known(database, table, values)
        if known is None or column not in known.columns:
            raise EntityNotFound(f"Statistics of column {column} not found.")
        left = forgotten(known, column)
        if left is not None:
            self.put_statistics(database, table, [left])
            return
        self._connection.execute(
            "DELETE FROM statistics WHERE table_id = ? AND partition_values = ?",
            (self._table_row(database, table)[0], "" if values is None else encode_values(values)),
        )

    def _known(self, database: str, table: str, values: tuple[str, ...] | None) -> DataStatistics | None:
        if values is None:
            self.get_table(database, table)
            return self.find_statistics(database, table)
        self.get_partition(database, table, values)
        return self.find_partition_statistics(database, table, values)

    def put_statistics(self, database: str, table: str, statistics: Sequence[DataStatistics]) -> None:
        """Keep what is known of a table and its partitions in the place of what was. Errors: EntityNotFound."""
        table_id, _ = self._table_row(database, table)
        self._connection.executemany(
            "INSERT OR REPLACE INTO statistics VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    table_id,
                    "" if one.values is None else encode_values(one.values),
                    one.rows,
                    one.files,
                    one.bytes,
                    one.modified,
                    to_microseconds(one.analyzed_time),
                    encode_columns(one.columns),
                )
                for one in statistics
            ),
        )

    def note_append(self, key: str, append: Append) -> None:
        """Keep what was added under a key. Errors: AlreadyExists where something was before."""
        try:
            self._connection.execute(
                "INSERT INTO appends (key, row_count, bytes, note, time) VALUES (?, ?, ?, ?, ?)",
                (key, append.rows, append.bytes, append.note, self._time),
            )
        except sqlite3.IntegrityError as problem:
            raise AlreadyExists(f"Rows were appended as {key} already.") from problem

    def forget_append(self, key: str) -> None:
        """Drop what was added under a key."""
        self._connection.execute("DELETE FROM appends WHERE key = ?", (key,))

    def create_function(self, function: Function) -> None:
        """Keep a function for other engines. Errors: EntityNotFound (the database), AlreadyExists."""
        Functions(self._connection).create(self._database_id(function.database), function, self._time)

    def update_function(self, name: str, function: Function) -> None:
        """Replace the function of this name, and give it its name. Errors: EntityNotFound, AlreadyExists."""
        Functions(self._connection).update(self._database_id(function.database), name, function)

    def delete_function(self, database: str, name: str) -> None:
        """Forget a function. Errors: EntityNotFound."""
        Functions(self._connection).delete(self._database_id(database), name)

    def put_setting(self, key: str, value: str) -> None:
        """Keep a value under a key."""
        self._connection.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))

    def put_prepared_statement(self, workgroup: str, name: str, statement: str) -> None:
        """Keep a statement under a name; an older one of that name is replaced."""
        self._connection.execute(
            "INSERT OR REPLACE INTO prepared_statements (workgroup, name, statement, modified_time)"
            " VALUES (?, ?, ?, ?)",
            (workgroup, name, statement, self._time),
        )

    def delete_prepared_statement(self, workgroup: str, name: str) -> None:
        """Forget a prepared statement. Errors: EntityNotFound."""
        if not self._connection.execute(
            "DELETE FROM prepared_statements WHERE workgroup = ? AND name = ?", (workgroup, name)
        ).rowcount:
            raise EntityNotFound(f"PreparedStatement {name} was not found")

    def replace_files(self, write_number: int, files: Mapping[str, Fingerprint | None]) -> None:
        """Mark files as replaced by a write, by URI: from the commit on no new reader sees them."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO replaced_files (uri, write_number, replaced_time, size, modified)"
            " VALUES (?, ?, ?, ?, ?)",
            ((uri, write_number, self._time, *(found or (None, None))) for uri, found in files.items()),
        )
        self._count_replaced_generation()

    def replaced_of(self, uris: Collection[str]) -> dict[str, Fingerprint | None]:
        """Which of these files are replaced already."""
        rows = self._connection.execute(
            "SELECT uri, size, modified FROM replaced_files WHERE uri IN (SELECT value FROM json_each(?))",
            (json.dumps(list(uris)),),
        )
        return {uri: None if size is None else (size, modified) for uri, size, modified in rows}

    def forget_replaced_files(self, uris: Collection[str]) -> None:
        """Drop the marks of files that are gone from the lake."""
        self._connection.executemany("DELETE FROM replaced_files WHERE uri = ?", ((uri,) for uri in uris))
        self._count_replaced_generation()

    def add_write_location(self, write_number: int, location: str) -> None:
        """Say that a write also writes under another folder; to be committed before the first file there."""
        self._connection.execute(
            "UPDATE writes SET locations = json_insert(locations, '$[#]', ?) WHERE number = ? AND NOT EXISTS"
            " (SELECT 1 FROM json_each(writes.locations) WHERE value = ?)",
            (location, write_number, location),
        )

    def open_write(
        self,
        database: str,
        table: str,
        locations: Sequence[str],
        lease_id: str,
        purpose: WritePurpose = WritePurpose.ROWS,
    ) -> int:
        """Register a write and give its number."""
        number = self._connection.execute(
            "INSERT INTO writes (state, lease_id, database_name, table_name, locations, start_time, purpose)"
            " VALUES ('open', ?, ?, ?, ?, ?, ?)",
            (lease_id, database.lower(), table.lower(), json.dumps(list(locations)), self._time, purpose),
        ).lastrowid
        return int(number or 0)

    def compacting_since(self, database: str, table: str) -> datetime | None:
        """When the compaction of the table began that is under way; None where none is."""
        row = self._connection.execute(
            "SELECT start_time FROM writes WHERE state = 'open' AND purpose = 'compaction'"
            " AND database_name = ? AND table_name = ?",
            (database.lower(), table.lower()),
        ).fetchone()
        return from_microseconds(row[0]) if row else None

    def close_write(self, number: int, state: str) -> None:
        """Take a write from open to committed or aborted.

        Errors: ConcurrentModification, if it is not open: another process took this one for dead.
        """
        if not self._connection.execute(
            "UPDATE writes SET state = ?, end_time = ? WHERE number = ? AND state = 'open'", (state, self._time, number)
        ).rowcount:
            raise ConcurrentModification(f"Write {number} is not open any more")

    def forget_writes(self, numbers: Collection[int]) -> None:
        """Drop aborted writes whose files are gone: whatever still carried their number would be seen."""
        self._connection.executemany(
            "DELETE FROM writes WHERE number = ? AND state = 'aborted'", ((number,) for number in numbers)
        )

    def forget_committed_writes(self, keep: int) -> None:
        """Drop the rows of committed writes but the last ``keep``: a number without a row is committed anyway."""
        self._connection.execute(
            "DELETE FROM writes WHERE state = 'committed' AND number <="
            " (SELECT number FROM writes WHERE state = 'committed' ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (keep,),
        )

    def _count_replaced_generation(self) -> None:
        generation = int(self.setting("replaced_files_generation") or 0)
        self.put_setting("replaced_files_generation", str(generation + 1))

    def _database_id(self, name: str) -> int:
        row = self._connection.execute("SELECT id FROM databases WHERE name = ?", (name.lower(),)).fetchone()
        if row is None:
            raise EntityNotFound(f"Database {name.lower()} not found.")
        return int(row[0])

    def _partition_store(self, database: str, table: str) -> PartitionStore:
        table_id, keys = self._table_keys(database, table)
        return PartitionStore(self._connection, table_id, keys)

    def _check_values(self, table_id: int, keys: Sequence[Column], partitions: Sequence[tuple[str, ...]]) -> None:
        if any(len(values) != len(keys) for values in partitions):
            raise InvalidInput("The number of partition keys do not match the number of partition values")
        PartitionIndexes(self._connection, table_id, keys).check_values(partitions)

    def _retype_keys(self, table_id: int, old: Sequence[Column], new: Sequence[Column]) -> None:
        has_partitions = self._connection.execute("SELECT 1 FROM partitions WHERE table_id = ?", (table_id,)).fetchone()
        if has_partitions and len(old) != len(new):
            raise InvalidInput("The number of partition keys do not match the number of partition values")
        PartitionStore(self._connection, table_id, new).index_again()

    def _delete_table(self, table_id: int) -> None:
        for statement in (
            "DELETE FROM statistics WHERE table_id = ?",
            "DELETE FROM partition_indexes WHERE table_id = ?",
            "DELETE FROM table_versions WHERE table_id = ?",
            "DELETE FROM partition_values WHERE table_id = ?",
            "DELETE FROM partitions WHERE table_id = ?",
            "DELETE FROM partition_descriptors WHERE table_id = ?",
            "DELETE FROM tables WHERE id = ?",
        ):
            self._connection.execute(statement, (table_id,))
