"""Amazon Ion, text and binary, read by the ``amazon.ion`` package a value at a time.

https://docs.aws.amazon.com/athena/latest/ug/ion-serde-using-ion-serde-properties.html. Each top-level struct is a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader, BytesIO, RawIOBase, TextIOWrapper
from itertools import islice
from typing import Any

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.lake.formats.base import ScanRequest, is_true
from owlake.lake.formats.bridge import Filter, StreamDataset, shown_columns
from owlake.lake.formats.ion_reading import top_values
from owlake.lake.formats.ion_values import Decode, FieldRules, Node, UnreadableError, ion_decoder, is_null, plain
from owlake.lake.formats.text.codecs import Stream, decompressed
from owlake.lake.formats.text.reader import scan_schema, with_file
from owlake.lake.model import FILE_COLUMN, DataFile, DatasetScan, FileScan
from owlake.lake.storage import Storage
from owlake.types.arrow import arrow_type

_ROWS_OF_A_BATCH = 8192
_WILDCARD = "*"
_BINARY = b"\xe0\x01\x00\xea"
"""How binary Ion begins."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A part of a path: a field's name, an element's number, or anything; and the annotations that it must have."""

    key: str | int | None
    annotations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IonColumn:
    """A column: the path to its values, its Arrow type, how they are read."""

    name: str
    path: tuple[_Step, ...]
    type: pa.DataType
    decode: Decode


class IonFormat:
    """Files of Ion values."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan over all files."""
        files = [file for file in request.files if file.size]
        if not files:
            return []
        properties = request.properties
        rules = FieldRules(is_true(properties, "ion.path_extractor.case_sensitive"))
        columns = {column.name: _column(column.name, column.type, properties, rules) for column in request.columns}
        ignores_malformed = is_true(properties, "ion.ignore_malformed")
        parts = [IonPart(request.storage, file, columns, rules, ignores_malformed) for file in files]
        dataset = StreamDataset(scan_schema(request), parts)
        return [DatasetScan(tuple(files), dataset, shown_columns(dataset.schema, columns))]


def _column(name: str, type_: Any, properties: Mapping[str, str], rules: FieldRules) -> IonColumn:
    fails = is_true(properties, "ion.fail_on_overflow", default=True)
    fails = is_true(properties, f"ion.{name}.fail_on_overflow", default=fails)
    path = properties.get(f"ion.{name}.path_extractor")
    steps = (_Step(name, ()),) if path is None else _steps(path)
    return IonColumn(name, steps, arrow_type(type_), ion_decoder(type_, rules, fails_on_overflow=fails))


def _steps(path: str) -> tuple[_Step, ...]:
    """``(a b 0)``: an Ion S-expression of names, numbers and ``*``. Errors: HIVE_INVALID_METADATA."""
    ion = _ion()
    try:
        found = ion.load_python(BytesIO(path.encode()))
    except Exception as problem:
        raise error("HIVE_INVALID_METADATA", f"Invalid path extractor: {path} ({problem})") from problem
    if not isinstance(found, list | tuple):
        raise error("HIVE_INVALID_METADATA", f"Invalid path extractor: {path}")
    return tuple(_step(one) for one in found)


def _step(one: Node) -> _Step:
    annotations = tuple(str(getattr(each, "text", each)) for each in getattr(one, "ion_annotations", ()))
    if isinstance(one, int):
        return _Step(int(one), annotations)
    text = str(getattr(one, "text", one))
    if "$ion_extractor_field" in annotations:
        return _Step(text, ())
    return _Step(None if text == _WILDCARD else text, annotations)


@dataclass(frozen=True, slots=True)
class IonPart:
    """A file, read as a part of a streamed dataset."""

    storage: Storage
    file: DataFile
    columns: Mapping[str, IonColumn]
    rules: FieldRules
    ignores_malformed: bool

    def __call__(self, names: Sequence[str], _wanted: Filter | None) -> Iterator[pa.RecordBatch]:
        """The rows as batches of the named columns."""
        columns = [self.columns[name] for name in names if name != FILE_COLUMN]
        values = self._values()
        while chunk := list(islice(values, _ROWS_OF_A_BATCH)):
            batch = self._batch(chunk, columns)
            yield with_file(batch, self.file) if FILE_COLUMN in names else batch

    def _values(self) -> Iterator[Node]:
        """The file's top-level values. Errors: HIVE_CURSOR_ERROR."""
        _ion()
        with self.storage.open_input(self.file.uri) as raw:
            stream = BufferedReader(_Bytes(decompressed(raw, self.file.uri)))
            try:
                is_binary = stream.peek(len(_BINARY))[: len(_BINARY)] == _BINARY
                source = stream if is_binary else TextIOWrapper(stream, "utf-8")
                yield from top_values(source, is_binary=is_binary)
            except OwlakeError:
                raise
            except Exception as problem:
                # The package has an error class of its own, and raises others as well.
                if not self.ignores_malformed:
                    raise self._malformed(problem) from problem

    def _malformed(self, problem: Exception) -> OwlakeError:
        reason = str(problem).strip() or type(problem).__name__
        return error("HIVE_CURSOR_ERROR", f"Failed to read file: {self.file.uri} ({reason})")

    def _batch(self, values: Sequence[Node], columns: Sequence[IonColumn]) -> pa.RecordBatch:
        if not columns:
            return pa.RecordBatch.from_arrays([pa.nulls(len(values))], names=["row"]).select([])
        arrays = [pa.array([self._read(column, value) for value in values], column.type) for column in columns]
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])

    def _read(self, column: IonColumn, value: Node) -> Any:
        found = None if is_null(value) else _at_path(value, column.path, self.rules)
        if is_null(found):
            return None
        try:
            return column.decode(plain(found))
        except UnreadableError as problem:
            raise error("HIVE_BAD_DATA", f"{problem}; column name: {column.name} [{self.file.uri}]") from problem


class _Bytes(RawIOBase):
    """A stream as Python's own layers want it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; how much of it."""
        found = bytes(self._stream.read(len(buffer)))
        buffer[: len(found)] = found
        return len(found)


def _at_path(value: Node, path: Sequence[_Step], rules: FieldRules) -> Node:
    """The last value that the path leads to; None without one."""
    if not path:
        return value
    step, behind = path[0], path[1:]
    found = None
    for one in _inside(value, step, rules):
        if step.annotations and not _has(one, step.annotations):
            continue
        deeper = _at_path(one, behind, rules) if behind and not is_null(one) else one
        found = deeper if deeper is not None and (not behind or not is_null(one)) else found
    return found


def _inside(value: Node, step: _Step, rules: FieldRules) -> list[Node]:
    if isinstance(value, Mapping):
        if step.key is None:
            return list(value.values())
        return [rules.find(value, step.key)] if isinstance(step.key, str) else list(value.values())[step.key :][:1]
    if isinstance(value, list | tuple):
        return list(value) if step.key is None else list(value[step.key :][:1]) if isinstance(step.key, int) else []
    return []


def _has(value: Node, annotations: Sequence[str]) -> bool:
    found = [str(getattr(each, "text", each)) for each in getattr(value, "ion_annotations", ())]
    return found == list(annotations)


def _ion() -> Any:
    try:
        from amazon.ion import simpleion  # noqa: PLC0415  (an extra, 0.2 s to import)
    except ImportError as problem:
        raise error(
            "NOT_SUPPORTED", "Reading Ion files needs the package amazon.ion", hint="pip install 'owlake[ion]'"
        ) from problem
    return simpleion
