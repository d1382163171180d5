"""Parquet: DataFusion reads the files itself; here is decided as what.

Every file's footer is read once and remembered, files with the same columns go into one scan. Columns are matched by
name without case, or by position where ``parquet.column.index.access`` says so.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.lake.formats.base import ScanColumn, ScanRequest, is_true
from owlake.lake.formats.parquet_statistics import MOST_FILES, greatest_magnitude
from owlake.lake.formats.parquet_types import ColumnReading, MismatchError, null_of, plain, read_column
from owlake.lake.model import DataFile, FileScan, NativeScan
from owlake.lake.storage import Storage
from owlake.types.model import Type

_REMEMBERED_FILES = 200_000
_PARALLEL_REQUESTS = 16
_Fingerprint = tuple[str, int, int]


class ParquetFormat:
    """Parquet files as native scans."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan for each bucket and each list of columns that files have."""
        files = [file for file in request.files if file.size]
        by_index = is_true(request.properties, "parquet.column.index.access")
        groups: dict[tuple[str | None, int], tuple[pa.Schema, list[DataFile]]] = {}
        for file, schema in zip(files, _schemas(request.storage, files), strict=True):
            bucket = file.uri.split("/", 3)[2] if file.uri.startswith("s3://") else None
            groups.setdefault((bucket, id(schema)), (schema, []))[1].append(file)
        return [_scan(request, schema, members, by_index=by_index) for schema, members in groups.values()]

    def magnitude(self, request: ScanRequest) -> int | None:
        """See ``owlake.lake.formats.base.Measured``."""
        (column,) = request.columns
        files = [file for file in request.files if file.size]
        if len(files) > MOST_FILES or is_true(request.properties, "parquet.column.index.access"):
            return None
        greatest = 0
        for file, schema in zip(files, _schemas(request.storage, files), strict=True):
            named = [field for field in schema if field.name.lower() == column.name.lower()]
            # A column that a file does not have is NULL there.
            if not named:
                continue
            if len(named) > 1 or not (pa.types.is_integer(named[0].type) or pa.types.is_decimal(named[0].type)):
                return None
            found = greatest_magnitude(request.storage, file, named[0].name)
            if found is None:
                return None
            # One more, where the table has fewer digits than the file and rounds.
            greatest = max(greatest, found + 1)
        return greatest


def _scan(request: ScanRequest, schema: pa.Schema, files: Sequence[DataFile], *, by_index: bool) -> NativeScan:
    fields: dict[str, pa.Field] = {}
    columns: dict[str, str] = {}
    rounded: dict[str, str] = {}
    by_name = {name.lower(): position for position, name in reversed(list(enumerate(schema.names)))}
    for column in request.columns:
        position = request.ordinal(column.name) if by_index else by_name.get(column.name.lower())
        if position is None or position >= len(schema):
            columns[column.name] = null_of(column.type)
            continue
        field = schema.field(position)
        reading = _read(request.storage, field, column, files[0])
        columns[column.name] = reading.expression
        scanned = pa.field(field.name, _in_views(reading.scanned), field.nullable)
        fields[field.name] = _wider(fields.get(field.name), scanned)
        if reading.is_rounded:
            rounded[column.name] = field.name
    if not fields and len(schema):
        # Rows are counted by a column's metadata: there must be one.
        first = schema.field(0)
        fields[first.name] = pa.field(first.name, _in_views(plain(first.type)), first.nullable)
    return NativeScan("parquet", tuple(files), pa.schema(list(fields.values())), columns, {}, rounded)


def _in_views(type_: pa.DataType) -> pa.DataType:
    """Text as views into the pages that were read: comparing and grouping it is twice as fast as with copies."""
    return pa.string_view() if type_ == pa.string() else type_


def _wider(known: pa.Field | None, field: pa.Field) -> pa.Field:
    """Two table columns read one column of the file only by index, and then in the same type or not at all."""
    if known is not None and known.type != field.type:
        raise error("HIVE_BAD_DATA", f"Column {field.name} of a Parquet file is asked for in two types")
    return field


def _read(storage: Storage, field: pa.Field, column: ScanColumn, example: DataFile) -> ColumnReading:
    try:
        return read_column(field.name, field.type, column.type)
    except MismatchError as problem:
        raise _mismatch(storage, field, column.name, column.type, example) from problem


def _mismatch(storage: Storage, field: pa.Field, name: str, type_: Type, example: DataFile) -> OwlakeError:
    return error(
        "HIVE_BAD_DATA",
        f"Field {name}'s type {_physical_type(storage, example, field)} in parquet file {example.uri} is"
        f" incompatible with type {type_} defined in table schema",
        hint=f"The file has {field.name} as {plain(field.type)}: change the column's type in the table.",
    )


def _physical_type(storage: Storage, file: DataFile, field: pa.Field) -> str:
    """The column's type in Parquet's own words: ``INT64``, ``BINARY``; GROUP for nested ones."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (only to tell what is wrong)

    with storage.open_input(file.uri) as stream:
        schema = ParquetFile(stream).schema
        paths = {schema.column(number).path: schema.column(number) for number in range(len(schema))}
    leaf = paths.get(field.name)
    physical = leaf.physical_type if leaf else "GROUP"
    return "BINARY" if physical == "BYTE_ARRAY" else str(physical)


class _Footers:
    """The schemas of files that were looked at, one object for all files with equal ones. Bounded, for all threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._schemas: OrderedDict[_Fingerprint, pa.Schema] = OrderedDict()
        self._distinct: list[pa.Schema] = []

    def get(self, key: _Fingerprint) -> pa.Schema | None:
        """The schema of the file, if it is still remembered and still the same file."""
        with self._lock:
            found = self._schemas.get(key)
            if found is not None:
                self._schemas.move_to_end(key)
            return found

    def put(self, key: _Fingerprint, schema: pa.Schema) -> pa.Schema:
        """Remember the schema; the answer is the object to use for it."""
        bare = schema.remove_metadata()
        with self._lock:
            # Tables have few kinds of files, and the kind just seen comes again.
            known = next((other for other in reversed(self._distinct) if other.equals(bare)), None)
            if known is None:
                known = bare
                self._distinct.append(bare)
            self._schemas[key] = known
            if len(self._schemas) > self._limit:
                self._schemas.popitem(last=False)
                self._forget_unused()
            return known

    def _forget_unused(self) -> None:
        if len(self._distinct) > self._limit // 100:
            used = {id(schema) for schema in self._schemas.values()}
            self._distinct = [schema for schema in self._distinct if id(schema) in used]


_FOOTERS = _Footers(_REMEMBERED_FILES)


def forget_footers() -> None:
    """Read every file's footer again when it is asked for."""
    global _FOOTERS  # noqa: PLW0603  (the process's memory of files)
    _FOOTERS = _Footers(_REMEMBERED_FILES)


def _schemas(storage: Storage, files: Sequence[DataFile]) -> Iterable[pa.Schema]:
    """The schemas of the files; equal ones are one object."""
    if storage.endpoint is None:
        return [_schema(storage, file) for file in files]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (only where a request takes milliseconds)

    with ThreadPoolExecutor(_PARALLEL_REQUESTS, "owlake-footers") as threads:
        return list(threads.map(lambda file: _schema(storage, file), files))


def _schema(storage: Storage, file: DataFile) -> pa.Schema:
    place = storage.local_path(file.uri) or (storage.endpoint and storage.endpoint.endpoint_url, file.uri)
    key = (str(place), file.size, file.modified)
    known = _FOOTERS.get(key)
    if known is not None:
        return known
    from pyarrow.parquet import read_schema  # noqa: PLC0415  (30 ms that statements without Parquet do not pay)

    try:
        with storage.open_input(file.uri) as stream:
            return _FOOTERS.put(key, read_schema(stream))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as problem:
        raise error("HIVE_BAD_DATA", f"Not valid Parquet file: {file.uri} ({problem})") from problem
