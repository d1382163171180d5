"""Rows appended to a table exactly once, by what is not a statement: the sinks of streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import pyarrow as pa

from owlake.catalog.appends import Append
from owlake.catalog.model import Table
from owlake.catalog.store import Metastore
from owlake.catalog.transaction import Transaction
from owlake.catalog.writes import Write
from owlake.errors import OwlakeError, error
from owlake.lake import projection
from owlake.lake.filling import KnownPartitions, Locations, RegisteredLocations, Target, add_partitions, together
from owlake.lake.projection import ProjectedLocations
from owlake.lake.publish import publish
from owlake.lake.storage import Storage
from owlake.lake.writing import TARGET_FILE_SIZE, Manifest, WriteTarget, file_format, write_table


def why_not_appendable(table: Table) -> str | None:
    """Why rows cannot be added to what the table is; None where they can."""
    if table.is_view:
        return "Inserting into views is not supported"
    if table.open_format is not None:
        return f"Writing {table.open_format} tables is not supported yet"
    return None


def check_appendable(table: Table) -> None:
    """Errors: NOT_SUPPORTED for views, and for what cannot be written; INVALID_TABLE_PROPERTY."""
    reason = why_not_appendable(table)
    if reason is not None:
        raise error("NOT_SUPPORTED", reason)
    file_format(table)


class Appending:
    """Appends to the tables of one home."""

    def __init__(self, metastore: Metastore, storage: Storage, now: Callable[[], datetime]) -> None:
        self._metastore = metastore
        self._storage = storage
        self._now = now

    def find(self, key: str) -> Append | None:
        """What was added under this key; None where nothing was."""
        with self._metastore.read() as reader:
            return reader.find_append(key)

    def append(
        self, table: Table, batches: Iterable[pa.RecordBatch], key: str, note: Callable[[], str] = str
    ) -> Append:
        """Add rows, the table's columns and then its partition keys: all are seen at once, with what is told of them.

        ``note`` is asked when the batches are through; what it says is kept under the key. Rows that were added
        under this key before are not added again: then no batch is asked for, and the answer is what was kept.

        Errors: those of ``check_appendable``; TABLE_NOT_FOUND where the table is no more; HIVE_WRITER_*; whatever the
        batches raise. Nothing is added then.
        """
        known = self.find(key)
        if known is not None:
            return known
        check_appendable(table)
        names = [column.name for column in (*table.storage.columns, *table.partition_keys)]
        target = Target(table, table.storage.location, self._locations(table))
        made: list[Append] = []

        def write_files(write: Write) -> Manifest:
            places = RegisteredLocations(target, write, self._metastore)
            where = WriteTarget(table, target.location, write.token, places)
            rows = together(batches, names, table)
            return write_table(self._storage, where, rows, target_file_size=TARGET_FILE_SIZE)

        def apply(transaction: Transaction, manifest: Manifest) -> None:
            if transaction.find_table(table.database, table.name) is None:
                raise _missing(table)
            add_partitions(transaction, table, manifest)
            made.append(Append(manifest.rows, manifest.size, note()))
            transaction.note_append(key, made[-1])

        publish(
            self._metastore,
            self._storage,
            database=table.database,
            table=table.name,
            locations=[target.location],
            write_files=write_files,
            apply=apply,
        )
        return made[-1]

    def forget(self, key: str) -> None:
        """Forget a key: nobody will append under it again."""
        with self._metastore.write() as transaction:
            transaction.forget_append(key)

    def _locations(self, table: Table) -> Locations:
        if projection.is_enabled(table):
            return ProjectedLocations(table, self._now)
        return KnownPartitions(self._metastore, table) if table.partition_keys else {}


def _missing(table: Table) -> OwlakeError:
    return error("TABLE_NOT_FOUND", f"Table {table.name} not found in database {table.database}", bare=True)
