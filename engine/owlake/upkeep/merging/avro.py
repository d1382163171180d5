"""Avro files: their blocks are copied, small ones put together; records are not looked into."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastavro import block_reader
from fastavro.write import Writer

from owlake.catalog.model import StorageDescriptor
from owlake.errors import error
from owlake.execution.executor import Executor
from owlake.lake.model import DataFile
from owlake.lake.storage import Storage
from owlake.lake.writing.avro import CODECS
from owlake.lake.writing.base import SinkFile
from owlake.lake.writing.compression import AVRO, Compression
from owlake.upkeep.merging.base import Mergeable

_BLOCK = 64_000
"""Java's: the bytes after which a block ends."""
_HEADER = "avro.schema"


@dataclass(frozen=True, slots=True)
class AvroPiece:
    """Records of one schema one after the other, as fastavro wants a block."""

    num_records: int
    bytes_: io.BytesIO


def merger(
    _stored: StorageDescriptor, properties: Mapping[str, str], storage: Storage, _executor: Executor
) -> AvroMerger:
    """What merges the Avro files of a table or partition. Errors: INVALID_TABLE_PROPERTY."""
    return AvroMerger(properties, storage)


class AvroMerger:
    """See ``owlake.upkeep.merging.base.Merger``; pieces are blocks."""

    def __init__(self, properties: Mapping[str, str], storage: Storage) -> None:
        self._compression = AVRO.of(properties)
        self._storage = storage

    def kinds(self, files: Sequence[DataFile]) -> list[Mergeable]:
        """By schema."""
        found: dict[str, list[DataFile]] = {}
        for file in files:
            if file.size:
                found.setdefault(self._schema(file), []).append(file)
        return [Mergeable(tuple(members), schema) for schema, members in found.items()]

    def pieces(self, files: Mergeable) -> Iterator[AvroPiece]:
        """The blocks, in the order of the files."""
        records, waiting = 0, io.BytesIO()
        for file in files.files:
            for block in self._blocks(file):
                records += block.num_records
                waiting.write(block.bytes_.getvalue())
                if waiting.tell() >= _BLOCK:
                    yield AvroPiece(records, waiting)
                    records, waiting = 0, io.BytesIO()
        if records:
            yield AvroPiece(records, waiting)

    def rows_of(self, piece: AvroPiece) -> int:
        """The block's."""
        return piece.num_records

    def ending(self, _files: Mergeable) -> str:
        """That of Avro files."""
        return ".avro"

    def begin(self, files: Mergeable, storage: Storage, uri: str) -> MergedAvroFile:
        """A file of the same schema."""
        return MergedAvroFile(storage, uri, json.loads(files.kind), self._compression)

    def _schema(self, file: DataFile) -> str:
        try:
            with self._storage.open_input(file.uri) as stream:
                return json.dumps(block_reader(stream).writer_schema, sort_keys=True)
        except (ValueError, EOFError, OSError, IndexError) as problem:
            raise _bad(file, problem) from problem

    def _blocks(self, file: DataFile) -> Iterator[Any]:
        try:
            with self._storage.open_input(file.uri) as stream:
                yield from block_reader(stream)
        except (ValueError, EOFError, OSError, IndexError) as problem:
            raise _bad(file, problem) from problem


class MergedAvroFile(SinkFile):
    """An Avro file that is being written, block by block."""

    def __init__(self, storage: Storage, uri: str, schema: Any, compression: Compression) -> None:
        super().__init__(storage, uri)
        codec, level = CODECS[compression.codec], compression.level
        self._writer = Writer(self._sink, schema, codec, compression_level=level)

    def write(self, piece: AvroPiece) -> None:
        """Add a block."""
        self._writer.write_block(piece)

    def _finish(self) -> None:
        self._writer.flush()


def _bad(file: DataFile, problem: Exception) -> Exception:
    return error("HIVE_BAD_DATA", f"Not a data file: {file.uri} ({problem or type(problem).__name__})")
