"""ORC files: stripes are read by Apache's reader and written by its writer, in the columns that the files have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyarrow import orc

from owlake.catalog.model import StorageDescriptor
from owlake.execution.executor import Executor
from owlake.lake.formats.orc import footers, malformed
from owlake.lake.model import DataFile
from owlake.lake.storage import Storage
from owlake.lake.writing.orc import OrcSettings, StoredOrcFile
from owlake.upkeep.merging.base import Mergeable


def merger(
    _stored: StorageDescriptor, properties: Mapping[str, str], storage: Storage, _executor: Executor
) -> OrcMerger:
    """What merges the ORC files of a table or partition. Errors: INVALID_TABLE_PROPERTY."""
    return OrcMerger(properties, storage)


class OrcMerger:
    """See ``owlake.upkeep.merging.base.Merger``; pieces are record batches."""

    def __init__(self, properties: Mapping[str, str], storage: Storage) -> None:
        self._settings = OrcSettings.of(properties)
        self._storage = storage

    def kinds(self, files: Sequence[DataFile]) -> list[Mergeable]:
        """By columns. Unions have no writer."""
        whole = [file for file in files if file.size]
        found: dict[pa.Schema, list[tuple[DataFile, int]]] = {}
        for file, footer in zip(whole, footers(self._storage, whole), strict=True):
            if not any("union" in str(field.type) for field in footer.schema):
                found.setdefault(footer.schema, []).append((file, footer.rows))
        return [
            Mergeable(tuple(file for file, _ in members), schema, sum(rows for _, rows in members))
            for schema, members in found.items()
        ]

    def pieces(self, files: Mergeable) -> Iterator[pa.RecordBatch]:
        """The stripes, in the order of the files."""
        for file in files.files:
            try:
                with self._storage.open_input(file.uri) as stream:
                    reader = orc.ORCFile(stream)
                    for stripe in range(reader.nstripes):
                        yield _in(reader.read_stripe(stripe), files.kind)
            except (pa.ArrowException, OSError) as problem:
                raise malformed(file, problem) from problem

    def rows_of(self, piece: pa.RecordBatch) -> int:
        """The batch's."""
        return int(piece.num_rows)

    def ending(self, _files: Mergeable) -> str:
        """That of ORC files."""
        return ".orc"

    def begin(self, files: Mergeable, storage: Storage, uri: str) -> StoredOrcFile:
        """A file of the same columns."""
        return StoredOrcFile(storage, uri, files.kind, self._settings)


def _in(batch: Any, schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(batch.columns, schema=schema)
