"""Which files of a snapshot can hold rows that matter, and which deletes apply to each.

Manifests are read and judged with pyiceberg: by their partition summaries, then each file by its partition and by its
column statistics. Deletes are never left out for what their columns hold, only for their partition.
https://iceberg.apache.org/spec/#scan-planning
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from pyiceberg.avro.file import AvroFile
from pyiceberg.exceptions import ValidationError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.expressions.visitors import (
    _InclusiveMetricsEvaluator,
    expression_evaluator,
    inclusive_projection,
    manifest_evaluator,
)
from pyiceberg.manifest import (
    DATA_FILE_TYPE,
    MANIFEST_ENTRY_SCHEMAS,
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    _inherit_from_manifest,
)
from pyiceberg.schema import Schema

from owlake.errors import OwlakeError, error
from owlake.lake.iceberg.remembered import ENTRIES
from owlake.lake.iceberg.table import IcebergTable, invalid

_WITH_VECTORS: Literal[3] = 3
"""The first version of the format that has deletion vectors."""
_PARALLEL_REQUESTS = 16

Judge = Callable[[DataFile], bool]


_MISUNDERSTOOD = (
    ValidationError, ValueError, KeyError, TypeError, OSError, EOFError, IndexError, AssertionError, struct.error,
)  # fmt: skip
"""What pyiceberg raises over content that makes no sense."""


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The live files of a snapshot, by what they hold."""

    data: list[ManifestEntry] = field(default_factory=list)
    positions: list[ManifestEntry] = field(default_factory=list)
    equality: list[ManifestEntry] = field(default_factory=list)


def find_files(table: IcebergTable, condition: BooleanExpression, *, parallel: bool) -> FoundFiles:
    """The files that can hold rows for which the condition is true, with every delete of their partitions.

    Errors: ICEBERG_MISSING_METADATA, ICEBERG_INVALID_METADATA.
    """
    found = FoundFiles()
    if table.snapshot is None:
        return found
    judges = _Judges(table, condition)
    kinds = {
        DataFileContent.DATA: found.data,
        DataFileContent.POSITION_DELETES: found.positions,
        DataFileContent.EQUALITY_DELETES: found.equality,
    }
    wanted = [one for one in manifests_of(table) if judges.of_manifests(one.partition_spec_id)(one)]
    for entries in _opened(table, wanted, judges, parallel=parallel):
        for entry in entries:
            kinds[entry.data_file.content].append(entry)
    return found


def manifests_of(table: IcebergTable) -> list[ManifestFile]:
    """The manifests of the snapshot. Errors: ICEBERG_MISSING_METADATA, ICEBERG_INVALID_METADATA."""
    assert table.snapshot is not None, "an empty table has none"
    with metadata_of(table, table.snapshot.manifest_list):
        return list(table.snapshot.manifests(table.io))


def entries_of(table: IcebergTable, manifest: ManifestFile) -> list[ManifestEntry]:
    """What a manifest says of live files. Errors: ICEBERG_MISSING_METADATA, ICEBERG_INVALID_METADATA."""
    return ENTRIES.of(table.io.place, manifest, lambda: _read(table, manifest))


def _read(table: IcebergTable, manifest: ManifestFile) -> list[ManifestEntry]:
    with metadata_of(table, manifest.manifest_path):
        if table.metadata.format_version >= _WITH_VECTORS and manifest.content == ManifestContent.DELETES:
            return _with_vectors(table, manifest)
        return list(manifest.fetch_manifest_entry(table.io))


def _with_vectors(table: IcebergTable, manifest: ManifestFile) -> list[ManifestEntry]:
    """The entries with where deletion vectors lie, which pyiceberg's own reading leaves out."""
    with AvroFile[ManifestEntry](
        table.io.new_input(manifest.manifest_path),
        MANIFEST_ENTRY_SCHEMAS[_WITH_VECTORS],
        read_types={-1: ManifestEntry, 2: DataFile},
        read_enums={0: ManifestEntryStatus, 101: FileFormat, 134: DataFileContent},
    ) as entries:
        live = [entry for entry in entries if entry.status != ManifestEntryStatus.DELETED]
    return [_inherit_from_manifest(entry, manifest) for entry in live]


def _opened(
    table: IcebergTable, manifests: list[ManifestFile], judges: _Judges, *, parallel: bool
) -> Iterable[list[ManifestEntry]]:
    """The entries that matter, by manifest. ``parallel``: where a request takes milliseconds."""

    def opened(manifest: ManifestFile) -> list[ManifestEntry]:
        judge = judges.of_files(manifest)
        entries = entries_of(table, manifest)
        if judge is None:
            return entries
        with metadata_of(table, manifest.manifest_path):
            return [one for one in entries if judge(one.data_file)]

    if not parallel or len(manifests) <= 1:
        return [opened(one) for one in manifests]
    with ThreadPoolExecutor(_PARALLEL_REQUESTS, "owlake-manifests") as threads:
        return list(threads.map(opened, manifests))


@contextmanager
def metadata_of(table: IcebergTable, location: str) -> Iterator[None]:
    """What is met while metadata is read or understood. Errors: ICEBERG_MISSING_METADATA, ICEBERG_INVALID_METADATA."""
    try:
        yield
    except OwlakeError:
        raise
    except _MISUNDERSTOOD as problem:
        raise invalid(table.name, location, problem) from problem


class _Judges:
    """What the condition says of manifests and of files, by partition spec."""

    def __init__(self, table: IcebergTable, condition: BooleanExpression) -> None:
        self._table = table
        self._condition = condition
        self._specs = table.metadata.specs()
        self._of_manifests: dict[int, Callable[[ManifestFile], bool]] = {}
        self._of_partitions: dict[int, Judge] = {}
        self._is_true = isinstance(condition, AlwaysTrue)
        self._by_statistics: Judge = _InclusiveMetricsEvaluator(table.schema, condition).eval

    def of_manifests(self, spec_id: int) -> Callable[[ManifestFile], bool]:
        """Whether a manifest of this spec can hold files that matter."""
        if self._is_true:
            return lambda _: True
        if spec_id not in self._of_manifests:
            spec, schema = self._spec(spec_id), self._table.schema
            self._of_manifests[spec_id] = manifest_evaluator(spec, schema, self._projected(spec_id))
        return self._of_manifests[spec_id]

    def of_files(self, manifest: ManifestFile) -> Judge | None:
        """Whether a file that the manifest names can hold rows that matter; None where all can."""
        if self._is_true:
            return None
        by_partition = self._partition_judge(manifest.partition_spec_id)
        if manifest.content == ManifestContent.DELETES:
            return by_partition
        by_statistics = self._by_statistics
        return lambda file: by_partition(file) and by_statistics(file)

    def _partition_judge(self, spec_id: int) -> Judge:
        if spec_id not in self._of_partitions:
            fields = self._spec(spec_id).partition_type(self._table.schema).fields
            judge = expression_evaluator(Schema(*fields), self._projected(spec_id), case_sensitive=True)
            self._of_partitions[spec_id] = lambda file: judge(file.partition)
        return self._of_partitions[spec_id]

    def _projected(self, spec_id: int) -> BooleanExpression:
        return inclusive_projection(self._table.schema, self._spec(spec_id))(self._condition)

    def _spec(self, spec_id: int) -> Any:
        if spec_id not in self._specs:
            text = f"Invalid metadata file for table {self._table.name}"
            raise error("ICEBERG_INVALID_METADATA", text, hint=f"Partition spec {spec_id} is not in it")
        return self._specs[spec_id]


# Deletes ---------------------------------------------------------------------------------------------------

PartitionKey = tuple[int, Any] | None
"""Spec and values of a partition; None for deletes of the whole table."""


def partition_key(table: IcebergTable, entry: ManifestEntry, *, is_delete: bool = False) -> PartitionKey:
    """The partition that a file is of. Deletes of a spec without fields apply to the whole table."""
    spec_id = entry.data_file.spec_id
    if is_delete and table.metadata.specs()[spec_id].is_unpartitioned():
        return None
    return spec_id, entry.data_file.partition


def sequence_of(entry: ManifestEntry) -> int:
    """The number by which changes are ordered; tables of version 1 have none."""
    return entry.sequence_number or 0


def is_deletion_vector(file: DataFile) -> bool:
    """Whether positions are kept as a bitmap in a Puffin file."""
    return bool(file.file_format == FileFormat.PUFFIN)


def deletion_vector_of(file: DataFile) -> tuple[str, int, int]:
    """The data file whose rows a vector deletes, and where in its Puffin file the vector lies."""
    path, offset, size = (file[place] for place in _VECTOR_PLACES)
    if path is None or offset is None or size is None:
        text = f"Deletion vector {file.file_path} does not say where it lies, or of which data file it is"
        raise error("ICEBERG_INVALID_METADATA", text)
    return str(path), int(offset), int(size)


_VECTOR_PLACES = [
    [field.name for field in DATA_FILE_TYPE[_WITH_VECTORS].fields].index(name)
    for name in ("referenced_data_file", "content_offset", "content_size_in_bytes")
]
