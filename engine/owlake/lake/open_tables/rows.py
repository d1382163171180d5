"""Rows of files that we read ourselves, as they are numbered in the file: those that are deleted are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.lake.formats.bridge import Filter, ReadPart, StreamDataset
from owlake.lake.formats.text.reader import with_file
from owlake.lake.model import FILE_COLUMN, HIVE, Owner
from owlake.lake.open_tables.contents import Positions, TableFile
from owlake.lake.storage import Storage

_Wanted = Mapping[str, pa.Field]
"""Columns of the file by name, and what each is shown as."""

_BATCH_ROWS = 65_536
_STRIPES_OF_A_PIECE = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of a file that are read one after the other: its row groups or stripes ``first`` to ``last``."""

    table_file: TableFile
    first_row: int
    first: int
    last: int


@dataclass(slots=True)
class Opened:
    """The bytes of files that were read so far."""

    total: int = 0
    _lock: Lock = field(default_factory=Lock)

    def add(self, count: int) -> None:
        """Count some more."""
        with self._lock:
            self.total += count


class RowsDataset(StreamDataset):
    """Files read by us, piece by piece; ``fields`` says which column of the file is shown as what."""

    def __init__(self, storage: Storage, files: Sequence[TableFile], fields: Mapping[str, pa.Field]) -> None:
        self._opened = Opened()
        read = _Reading(storage, fields, self._opened)
        parts: list[ReadPart] = [read.part(piece) for one in files for piece in _pieces(storage, one)]
        schema = pa.schema([*fields.values(), pa.field(FILE_COLUMN, pa.string())])
        super().__init__(schema, parts)

    @property
    def bytes_opened(self) -> int:
        """How much of the files was read: of Parquet the columns, of others all."""
        return self._opened.total


def _pieces(storage: Storage, table_file: TableFile) -> list[Piece]:
    """Row groups are numbered by the footer; in other formats rows are counted as they come."""
    if table_file.format == "parquet":
        rows = _row_groups(storage, table_file)
        starts = np.concatenate(([0], np.cumsum(rows))).tolist()
        return [Piece(table_file, starts[at], at, at + 1) for at in range(len(rows))]
    if table_file.format == "orc" and table_file.deleted is None:
        stripes = _stripes(storage, table_file)
        firsts = range(0, max(stripes, 1), _STRIPES_OF_A_PIECE)
        return [Piece(table_file, 0, first, min(first + _STRIPES_OF_A_PIECE, stripes)) for first in firsts]
    return [Piece(table_file, 0, 0, -1)]


def _row_groups(storage: Storage, table_file: TableFile) -> list[int]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (only where rows are deleted by number)

    with reading(table_file), storage.open_input(table_file.file.uri) as stream:
        metadata = ParquetFile(stream).metadata
        return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


def _stripes(storage: Storage, table_file: TableFile) -> int:
    from pyarrow.orc import ORCFile  # noqa: PLC0415  (statements without ORC do not pay for it)

    with reading(table_file), storage.open_input(table_file.file.uri) as stream:
        return int(ORCFile(stream).nstripes)


@dataclass(frozen=True, slots=True)
class _Reading:
    storage: Storage
    fields: Mapping[str, pa.Field]
    opened: Opened

    def part(self, piece: Piece) -> ReadPart:
        """The piece as a part of the dataset."""

        def read(names: Sequence[str], _wanted: Filter | None) -> Iterator[pa.RecordBatch]:
            wanted = {stored: field for stored, field in self.fields.items() if field.name in names}
            for batch in self._kept(piece, wanted):
                yield with_file(batch, piece.table_file.file) if FILE_COLUMN in names else batch

        return read

    def _kept(self, piece: Piece, wanted: _Wanted) -> Iterator[pa.RecordBatch]:
        deleted = piece.table_file.deleted
        positions = None if deleted is None else deleted.positions(self.opened.add)
        row = piece.first_row
        for batch in _READERS[piece.table_file.format](self.storage, piece, wanted, self.opened):
            yield batch if positions is None else _without(batch, row, positions)
            row += batch.num_rows


def _without(batch: pa.RecordBatch, first_row: int, deleted: Positions) -> pa.RecordBatch:
    """The batch, which begins with this row of the file, without the deleted ones."""
    low, high = np.searchsorted(deleted, (first_row, first_row + batch.num_rows))
    if low == high:
        return batch
    kept = np.ones(batch.num_rows, dtype=bool)
    kept[deleted[low:high] - first_row] = False
    if not batch.num_columns:
        return _rows(int(kept.sum()))
    return batch.filter(pa.array(kept))


def _rows(count: int) -> pa.RecordBatch:
    """Rows without columns."""
    return pa.RecordBatch.from_arrays([pa.nulls(count)], names=["row"]).select([])


def _typed(columns: Sequence[pa.Array], wanted: _Wanted, count: int) -> pa.RecordBatch:
    if not wanted:
        return _rows(count)
    fields = list(wanted.values())
    arrays = [
        column if column.type == one.type else pc.cast(column, one.type, safe=False)
        for column, one in zip(columns, fields, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


# Formats --------------------------------------------------------------------------------------------------

_Read = Callable[[Storage, Piece, _Wanted, Opened], Iterator[pa.RecordBatch]]


def _parquet(storage: Storage, piece: Piece, wanted: _Wanted, opened: Opened) -> Iterator[pa.RecordBatch]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (as above)

    table_file = piece.table_file
    file = table_file.file
    with reading(table_file), storage.open_input(file.uri) as stream:
        reader = ParquetFile(stream)
        group = reader.metadata.row_group(piece.first)
        if not wanted:
            yield _rows(group.num_rows)
            return
        chunks = (group.column(number) for number in range(group.num_columns))
        opened.add(sum(one.total_compressed_size for one in chunks if one.path_in_schema.partition(".")[0] in wanted))
        for batch in reader.iter_batches(_BATCH_ROWS, row_groups=[piece.first], columns=list(wanted)):
            yield _typed([batch.column(name) for name in wanted], wanted, batch.num_rows)


def _orc(storage: Storage, piece: Piece, wanted: _Wanted, opened: Opened) -> Iterator[pa.RecordBatch]:
    from pyarrow.orc import ORCFile  # noqa: PLC0415  (as above)

    table_file = piece.table_file
    file = table_file.file
    with reading(table_file), storage.open_input(file.uri) as stream:
        reader = ORCFile(stream)
        last = reader.nstripes if piece.last < 0 else piece.last
        opened.add(file.size * (last - piece.first) // max(reader.nstripes, 1))
        names = list(reader.schema.names)
        positions = [names.index(name) for name in wanted]
        for stripe in range(piece.first, last):
            batch = reader.read_stripe(stripe, columns=positions or [0])
            yield _typed([batch.column(name) for name in wanted], wanted, batch.num_rows)


def _avro(storage: Storage, piece: Piece, wanted: _Wanted, opened: Opened) -> Iterator[pa.RecordBatch]:
    from itertools import islice  # noqa: PLC0415  (as above)

    import fastavro  # noqa: PLC0415  (as above)

    table_file = piece.table_file
    file = table_file.file
    opened.add(file.size)
    with reading(table_file), storage.open_input(file.uri) as stream:
        records: Any = fastavro.reader(stream)
        while rows := list(islice(records, _BATCH_ROWS)):
            arrays = [pa.array([_plain(row.get(name)) for row in rows], one.type) for name, one in wanted.items()]
            yield _typed(arrays, wanted, len(rows))


def _plain(value: Any) -> Any:
    """UUIDs as their bytes; the rest is what Arrow takes."""
    return value.bytes if hasattr(value, "fields") and hasattr(value, "bytes") else value


_READERS: Mapping[str, _Read] = {"parquet": _parquet, "orc": _orc, "avro": _avro}


@contextmanager
def reading(table_file: TableFile) -> Iterator[None]:
    """What is met while the file is read, as an error in the words of its table."""
    try:
        yield
    except OwlakeError as problem:
        raise _in_words_of(table_file.owner, problem) from problem
    except (pa.ArrowException, OSError, ValueError, KeyError, EOFError) as problem:
        text = f"Error reading file {table_file.file.uri}: {problem}"
        raise error(table_file.owner.bad_data, text) from problem


def _in_words_of(owner: Owner, problem: OwlakeError) -> OwlakeError:
    codes = {HIVE.bad_data: owner.bad_data, HIVE.cannot_open: owner.cannot_open}
    if problem.code not in codes:
        return problem
    text = problem.message.replace(f"{HIVE.name} split", f"{owner.name} split")
    return error(codes[problem.code], text, hint=problem.hint)
