"""Rows that go into a table: where its partitions are, which rows belong together, what the catalog learns of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from owlake.catalog.model import Partition, StorageDescriptor, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.store import Metastore
from owlake.catalog.transaction import Transaction
from owlake.catalog.writes import Write
from owlake.lake import uris
from owlake.lake.buckets import bucket_hashing, bucket_types
from owlake.lake.writing.manifest import Manifest

Locations = Mapping[tuple[str | None, ...], str]
"""Where partitions are, by their values as text."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows go: a table as it is or will be, its location, and its partitions that are there already."""

    table: Table
    location: str
    partition_locations: Locations


class KnownPartitions(Locations):
    """Locations of a table's partitions, looked up in the catalog one by one as a write meets them."""

    def __init__(self, metastore: Metastore, table: Table) -> None:
        self._metastore = metastore
        self._table = table

    def __getitem__(self, values: tuple[str | None, ...]) -> str:
        texts = tuple(DEFAULT_PARTITION if value is None else value for value in values)
        with self._metastore.read() as reader:
            found = reader.find_partition(self._table.database, self._table.name, texts)
        if found is None:
            raise KeyError(values)
        return found.storage.location

    def __iter__(self) -> Iterator[tuple[str | None, ...]]:
        with self._metastore.read() as reader:
            found = reader.list_partition_values(self._table.database, self._table.name)
        return iter(tuple(None if text == DEFAULT_PARTITION else text for text in values) for values in found)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class RegisteredLocations(Locations):
    """Locations of partitions; those outside the table's own are made known to the register before they are used.

    Without that, nobody would look there for the files of a write that died.
    """

    def __init__(self, target: Target, write: Write, metastore: Metastore) -> None:
        self._known = target.partition_locations
        self._inside = uris.parse(target.location).folder_uri
        self._write = write
        self._metastore = metastore

    def __getitem__(self, values: tuple[str | None, ...]) -> str:
        location = self._known[values]
        if not uris.parse(location).folder_uri.startswith(self._inside):
            self._metastore.add_write_location(self._write, location)
        return location

    def __iter__(self) -> Iterator[tuple[str | None, ...]]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def together(batches: Iterable[pa.RecordBatch], names: Sequence[str], table: Table) -> Iterable[pa.RecordBatch]:
    """The rows of each partition and bucket together, in the order they come in; ``names`` are those of the columns."""
    stored = table.storage
    keys = names[len(stored.columns) :]
    if not keys and not stored.bucket_columns:
        return batches
    from owlake.lake.writing.grouping import as_hive_partition, grouped  # noqa: PLC0415  (numpy, only where needed)

    bucket = _bucket(table) if stored.bucket_columns else None

    def places(batch: pa.RecordBatch) -> Sequence[pa.Array]:
        found = [as_hive_partition(batch.column(key)) for key in keys]
        return found if bucket is None else [*found, bucket(batch)]

    return grouped(batches, places)


def _bucket(table: Table) -> Callable[[pa.RecordBatch], pa.Array]:
    names = [column.name for column in table.storage.columns]
    places = [names.index(name) for name in table.storage.bucket_columns]
    types, count = bucket_types(table), table.storage.number_of_buckets
    hashing = bucket_hashing(table)
    return lambda batch: hashing.bucket_numbers([batch.column(place) for place in places], types, count)


def add_partitions(transaction: Transaction, table: Table, manifest: Manifest) -> None:
    """Register the partitions that a write made; those that are there stay as they are."""
    made = [
        Partition(
            tuple(DEFAULT_PARTITION if value is None else value for value in partition.values),
            _at(table.storage, partition.location),
        )
        for partition in manifest.partitions
    ]
    if made:
        transaction.create_partitions(table.database, table.name, made, if_not_exists=True)


def _at(stored: StorageDescriptor, location: str) -> StorageDescriptor:
    return replace(stored, location=location.rstrip("/"))
