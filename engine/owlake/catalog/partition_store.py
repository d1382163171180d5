"""Writing partitions and their index: many at a time, sharing what they have in common."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from owlake.catalog.codec import decode_values, encode_parameters, encode_storage, encode_values
from owlake.catalog.model import Column, Partition, StorageDescriptor
from owlake.catalog.partition_index import index_rows
from owlake.catalog.times import to_microseconds

_BATCH = 10_000
"""Rows built at once: bounds what a million partitions take in memory."""

_INDEX = "INSERT INTO partition_values (table_id, position, value, partition_id) VALUES (?, ?, ?, ?)"


class PartitionStore:
    """The partitions of one table in one write transaction."""

    def __init__(self, connection: sqlite3.Connection, table_id: int, keys: Sequence[Column]) -> None:
        self._connection = connection
        self._table_id = table_id
        self._keys = keys
        self._descriptor_ids: dict[tuple[object, ...], int] = {}

    def create(self, partitions: Sequence[Partition], time: int) -> list[tuple[str, ...]]:
        """Add those that are not there and give their values, in the order given."""
        created: list[tuple[str, ...]] = []
        for start in range(0, len(partitions), _BATCH):
            created += self._create(partitions[start : start + _BATCH], time)
        return created

    def update(self, partition: Partition) -> bool:
        """Replace what is stored of a partition; False if it is not there."""
        return bool(
            self._connection.execute(
                "UPDATE partitions SET descriptor_id = ?, location = ?, parameters = ?, last_access_time = ?,"
                " last_analyzed_time = ? WHERE table_id = ? AND partition_values = ?",
                (
                    self._descriptor_id(partition.storage),
                    partition.storage.location,
                    encode_parameters(partition.parameters),
                    _microseconds(partition.last_access_time),
                    _microseconds(partition.last_analyzed_time),
                    self._table_id,
                    encode_values(partition.values),
                ),
            ).rowcount
        )

    def rename(self, values: tuple[str, ...], new: tuple[str, ...]) -> None:
        """Give a partition that is there other values, which none has; what is known of it stays."""
        old, key = encode_values(values), encode_values(new)
        (partition_id,) = self._connection.execute(
            "UPDATE partitions SET partition_values = ? WHERE table_id = ? AND partition_values = ? RETURNING id",
            (key, self._table_id, old),
        ).fetchone()
        self._connection.execute(
            "UPDATE statistics SET partition_values = ? WHERE table_id = ? AND partition_values = ?",
            (key, self._table_id, old),
        )
        self._take_from_index(partition_id, values)
        self._index([(partition_id, new)])

    def delete(self, values: tuple[str, ...]) -> bool:
        """Delete a partition; False if it is not there."""
        row = self._connection.execute(
            "DELETE FROM partitions WHERE table_id = ? AND partition_values = ? RETURNING id",
            (self._table_id, encode_values(values)),
        ).fetchone()
        if row is None:
            return False
        self._connection.execute(
            "DELETE FROM statistics WHERE table_id = ? AND partition_values = ?",
            (self._table_id, encode_values(values)),
        )
        self._take_from_index(row[0], values)
        return True

    def index_again(self) -> None:
        """Build the index anew: the keys' types have changed."""
        self._connection.execute("DELETE FROM partition_values WHERE table_id = ?", (self._table_id,))
        rows = self._connection.execute(
            "SELECT id, partition_values FROM partitions WHERE table_id = ?", (self._table_id,)
        )
        while batch := rows.fetchmany(_BATCH):
            self._index([(partition_id, decode_values(text)) for partition_id, text in batch])

    def _create(self, partitions: Sequence[Partition], time: int) -> list[tuple[str, ...]]:
        (last,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM partitions").fetchone()
        self._connection.executemany(
            "INSERT OR IGNORE INTO partitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [self._row(partition_id, partition, time) for partition_id, partition in enumerate(partitions, last + 1)],
        )
        rows = self._connection.execute("SELECT id FROM partitions WHERE id > ? ORDER BY id", (last,))
        new = [(partition_id, partitions[partition_id - last - 1].values) for (partition_id,) in rows]
        self._index(new)
        return [values for _, values in new]

    def _row(self, partition_id: int, partition: Partition, time: int) -> tuple[object, ...]:
        return (
            partition_id,
            self._table_id,
            encode_values(partition.values),
            self._descriptor_id(partition.storage),
            partition.storage.location,
            encode_parameters(partition.parameters),
            time,
            _microseconds(partition.last_access_time),
            _microseconds(partition.last_analyzed_time),
        )

    def _index(self, partitions: Sequence[tuple[int, tuple[str, ...]]]) -> None:
        # In the index's own order, so that its pages are filled one after the other.
        rows = sorted(index_rows(self._table_id, self._keys, partitions), key=_index_order)
        self._connection.executemany(_INDEX, rows)

    def _take_from_index(self, partition_id: int, values: tuple[str, ...]) -> None:
        self._connection.executemany(
            "DELETE FROM partition_values WHERE table_id = ? AND position = ? AND value = ? AND partition_id = ?",
            index_rows(self._table_id, self._keys, [(partition_id, values)]),
        )

    def _descriptor_id(self, storage: StorageDescriptor) -> int:
        # Partitions of one statement are copies of one descriptor: the same objects need no second look-up.
        key = (
            id(storage.columns),
            storage.input_format,
            storage.output_format,
            storage.compressed,
            storage.number_of_buckets,
            id(storage.serde),
            id(storage.bucket_columns),
            id(storage.sort_columns),
            id(storage.parameters),
            storage.stored_as_sub_directories,
            id(storage.skewed),
        )
        known = self._descriptor_ids.get(key)
        if known is None:
            known = self._descriptor_ids[key] = self._store_descriptor(encode_storage(storage, with_location=False))
        return known

    def _store_descriptor(self, definition: str) -> int:
        row = self._connection.execute(
            "INSERT INTO partition_descriptors (table_id, definition) VALUES (?, ?)"
            " ON CONFLICT (table_id, definition) DO UPDATE SET definition = excluded.definition RETURNING id",
            (self._table_id, definition),
        ).fetchone()
        return int(row[0])


def _microseconds(time: datetime | None) -> int | None:
    return None if time is None else to_microseconds(time)


def _index_order(row: tuple[int, int, int | str, int]) -> tuple[int, bool, int | str]:
    """SQLite sorts whole numbers before text."""
    return row[1], isinstance(row[2], str), row[2]
