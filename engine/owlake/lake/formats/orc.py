"""ORC: stripes as parts, read by pyarrow; here is decided as what.

https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html. Columns are matched by position,
by name without case where ``orc.column.index.access`` is ``false``; struct fields by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.lake.formats.base import ScanColumn, ScanRequest, is_true
from owlake.lake.formats.bridge import Filter, StreamDataset, kept_here
from owlake.lake.formats.parquet_types import (
    PARQUET_CASTS,
    Casts,
    ColumnReading,
    MismatchError,
    null_of,
    plain,
    read_column,
)
from owlake.lake.formats.remembered import Remembered
from owlake.lake.formats.text.reader import with_file
from owlake.lake.model import FILE_COLUMN, DataFile, DatasetScan, FileScan
from owlake.lake.storage import Storage
from owlake.types.model import Type, Varchar

_STRIPES_OF_A_PART = 4
_SMALLEST_PART = 8 << 20
_NAMELESS = re.compile(r"_col\d+")
"""How old versions of Hive call all columns: then names mean nothing."""


@dataclass(frozen=True, slots=True)
class Footer:
    """What is known of a file before its rows are read."""

    schema: pa.Schema
    stripes: int
    rows: int


class OrcFormat:
    """ORC files as streams of their stripes."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan for each list of columns that files have."""
        files = [file for file in request.files if file.size]
        groups: dict[pa.Schema, list[tuple[DataFile, Footer]]] = {}
        for file, footer in zip(files, footers(request.storage, files), strict=True):
            groups.setdefault(footer.schema, []).append((file, footer))
        return [_scan(request, schema, members) for schema, members in groups.items()]


def _scan(request: ScanRequest, schema: pa.Schema, members: Sequence[tuple[DataFile, Footer]]) -> DatasetScan:
    positions = _positions(request, schema)
    fields: dict[int, pa.Field] = {}
    columns: dict[str, str] = {}
    for column in request.columns:
        position = positions.get(column.name)
        if position is None:
            columns[column.name] = null_of(column.type)
            continue
        found = schema.field(position)
        reading = _read(f"c{position}", found, column, members[0][0])
        columns[column.name] = kept_here(reading.expression, reading.scanned)
        fields[position] = pa.field(f"c{position}", reading.scanned)
    parts = [OrcPart(request.storage, pieces, fields) for pieces in _parts(members, is_whole=not fields)]
    dataset = StreamDataset(pa.schema([*fields.values(), pa.field(FILE_COLUMN, pa.string())]), parts)
    return DatasetScan(tuple(file for file, _ in members), dataset, columns)


def _positions(request: ScanRequest, schema: pa.Schema) -> dict[str, int]:
    """Where the file has the columns."""
    by_index = is_true(request.properties, "orc.column.index.access", default=True)
    if by_index or all(_NAMELESS.fullmatch(name) for name in schema.names):
        found = {column.name: request.ordinal(column.name) for column in request.columns}
        return {name: position for name, position in found.items() if position < len(schema)}
    return {name.lower(): position for position, name in reversed(list(enumerate(schema.names)))}


# Types ----------------------------------------------------------------------------------------------------


def _read(name: str, found: pa.Field, column: ScanColumn, example: DataFile) -> ColumnReading:
    type_ = plain(found.type)
    try:
        return read_column(name, type_, column.type, _CASTS)
    except MismatchError as problem:
        raise _mismatch(found, column.type, example) from problem


# A number of any width; one that does not fit is an error.
_CASTS: Casts = {**PARQUET_CASTS, **dict.fromkeys(("tinyint", "smallint", "integer"), pa.types.is_integer)}


def _mismatch(found: pa.Field, type_: Type, example: DataFile) -> OwlakeError:
    shown = "varchar" if isinstance(type_, Varchar) and type_.length is None else type_
    kind = f" of type {_kind(found.type)}"
    text = f"Malformed ORC file. Cannot read SQL type {shown} from ORC stream .{found.name}{kind} [{example.uri}]"
    return error("HIVE_BAD_DATA", text, hint=f"The file has {found.name} as {plain(found.type)}.")


_KINDS: tuple[tuple[str, str], ...] = (
    ("bool", "BOOLEAN"), ("int8", "BYTE"), ("int16", "SHORT"), ("int32", "INT"), ("int64", "LONG"),
    ("float", "FLOAT"), ("double", "DOUBLE"), ("string", "STRING"), ("binary", "BINARY"), ("date", "DATE"),
    ("timestamp", "TIMESTAMP"), ("decimal", "DECIMAL"), ("list", "LIST"), ("map", "MAP"), ("struct", "STRUCT"),
)  # fmt: skip


def _kind(found: pa.DataType) -> str:
    """The type in ORC's own words."""
    return next((kind for start, kind in _KINDS if str(found).startswith(start)), "UNION")


# Reading --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some stripes of a file."""

    file: DataFile
    footer: Footer
    first: int
    last: int


def _parts(members: Sequence[tuple[DataFile, Footer]], *, is_whole: bool) -> list[list[_Piece]]:
    """The stripes, dealt into parts: small files together, large ones cut."""
    parts: list[list[_Piece]] = []
    room = 0
    for file, footer in members:
        step = max(footer.stripes, 1) if is_whole else _STRIPES_OF_A_PART
        for first in range(0, max(footer.stripes, 1), step):
            last = min(first + step, footer.stripes)
            weight = file.size * (last - first) // max(footer.stripes, 1)
            if not parts or weight > room:
                parts.append([])
                room = _SMALLEST_PART
            parts[-1].append(_Piece(file, footer, first, last))
            room -= weight
    return parts


@dataclass(frozen=True, slots=True)
class OrcPart:
    """Stripes, read as a part of a streamed dataset. ``fields``: what the columns at these positions are read as."""

    storage: Storage
    pieces: Sequence[_Piece]
    fields: Mapping[int, pa.Field]

    def __call__(self, names: Sequence[str], _wanted: Filter | None) -> Iterator[pa.RecordBatch]:
        """The rows as batches of the named columns."""
        fields = {position: field for position, field in self.fields.items() if field.name in names}
        for piece in self.pieces:
            for batch in self._batches(piece, fields):
                yield with_file(batch, piece.file) if FILE_COLUMN in names else batch

    def _batches(self, piece: _Piece, fields: Mapping[int, pa.Field]) -> Iterator[pa.RecordBatch]:
        if not fields and piece.last - piece.first == piece.footer.stripes:
            yield _rows(piece.footer.rows)
            return
        from pyarrow.orc import ORCFile  # noqa: PLC0415  (statements without ORC do not pay for it)

        positions = sorted(fields)
        try:
            with self.storage.open_input(piece.file.uri) as stream:
                reader = ORCFile(stream)
                for stripe in range(piece.first, piece.last):
                    read = reader.read_stripe(stripe, columns=positions or [0])
                    yield _typed(read, [fields[position] for position in positions])
        except (pa.ArrowException, OSError) as problem:
            raise malformed(piece.file, problem) from problem


def _rows(count: int) -> pa.RecordBatch:
    """Rows without columns."""
    return pa.RecordBatch.from_arrays([pa.nulls(count)], names=["row"]).select([])


def _typed(batch: pa.RecordBatch, fields: Sequence[pa.Field]) -> pa.RecordBatch:
    if not fields:
        return _rows(batch.num_rows)
    # Nanoseconds are cut to microseconds: rounding to milliseconds follows.
    arrays = [_cast(array, one.type) for array, one in zip(batch.columns, fields, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=[one.name for one in fields])


def _cast(array: pa.Array, type_: pa.DataType) -> pa.Array:
    return array if array.type == type_ else pc.cast(array, type_, safe=False)


def _look(storage: Storage, file: DataFile) -> Footer:
    from pyarrow.orc import ORCFile  # noqa: PLC0415  (as above)

    try:
        with storage.open_input(file.uri) as stream:
            reader = ORCFile(stream)
            return Footer(reader.schema.remove_metadata(), reader.nstripes, reader.nrows)
    except (pa.ArrowException, OSError) as problem:
        raise malformed(file, problem) from problem


_FOOTERS = Remembered(_look)


def footers(storage: Storage, files: Sequence[DataFile]) -> Iterable[Footer]:
    """What is known of each file before its rows are read. Errors: HIVE_BAD_DATA."""
    return _FOOTERS.of_all(storage, files)


def malformed(file: DataFile, problem: Exception) -> OwlakeError:
    """HIVE_BAD_DATA: the file is no ORC file, or a broken one."""
    reason = str(problem).removeprefix("Unknown error: ").splitlines()[0]
    return error("HIVE_BAD_DATA", f"Malformed ORC file. {reason} [{file.uri}]")
