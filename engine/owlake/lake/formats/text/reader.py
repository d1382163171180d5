"""Tables of text files as scans: blocks of lines are cut into fields, fields become values."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from owlake.errors import error
from owlake.lake.formats.base import ScanRequest
from owlake.lake.formats.bridge import Filter, StreamDataset, shown_columns
from owlake.lake.formats.text.blocks import Block, TextOptions, TextRange, parts_of, read_blocks, unreadable
from owlake.lake.formats.text.fields import Splitter, count_lines
from owlake.lake.formats.text.values import BadValueError, Convert
from owlake.lake.model import FILE_COLUMN, DataFile, DatasetScan, FileScan
from owlake.lake.storage import Storage
from owlake.types.arrow import arrow_type


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of a text file: the field of each line it is made of, and how."""

    name: str
    ordinal: int
    convert: Convert


@dataclass(frozen=True, slots=True)
class TextPart:
    """Some lines of a table, read as a part of a streamed dataset."""

    storage: Storage
    ranges: Sequence[TextRange]
    options: TextOptions
    columns: Mapping[str, TextColumn]
    new_splitter: Callable[[], Splitter]

    def __call__(self, names: Sequence[str], _wanted: Filter | None) -> Iterator[pa.RecordBatch]:
        """The lines as batches of the named columns."""
        columns = [self.columns[name] for name in names if name != FILE_COLUMN]
        for text_range in self.ranges:
            splitter = self.new_splitter()
            for block in read_blocks(self.storage, text_range, self.options):
                if block.data:
                    batch = self._batch(block, columns, splitter)
                    yield with_file(batch, block.file) if FILE_COLUMN in names else batch

    def _batch(self, block: Block, columns: Sequence[TextColumn], splitter: Splitter) -> pa.RecordBatch:
        if not columns:
            return pa.RecordBatch.from_arrays([pa.nulls(count_lines(block.data))], names=["row"]).select([])
        fields = splitter.split(block.data, [column.ordinal for column in columns])
        arrays = [self._values(block, column, field) for column, field in zip(columns, fields, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])

    def _values(self, block: Block, column: TextColumn, field: pa.Array) -> pa.Array:
        try:
            return column.convert(field)
        except BadValueError as problem:
            text = problem.text
            message = f"Error parsing field value '{text}' for field {column.ordinal}: For input string: \"{text}\""
            raise unreadable(self.storage, block, problem.index, "HIVE_BAD_DATA", message) from problem


def text_scans(
    request: ScanRequest, columns: Sequence[TextColumn], new_splitter: Callable[[], Splitter]
) -> list[FileScan]:
    """One scan over all of the request's files; ``new_splitter`` is called for every file that is read."""
    files = [file for file in request.files if file.size]
    if not files:
        return []
    options = text_options(request)
    by_name = {column.name: column for column in columns}
    schema = scan_schema(request)
    parts = [
        TextPart(request.storage, ranges, options, by_name, new_splitter)
        for ranges in parts_of(files, is_whole=bool(options.footer_lines))
    ]
    dataset = StreamDataset(schema, parts)
    return [DatasetScan(tuple(files), dataset, shown_columns(dataset.schema, by_name))]


def scan_schema(request: ScanRequest) -> pa.Schema:
    """The columns of a streamed scan: what is asked for, then the file of each row."""
    columns = [(column.name, arrow_type(column.type)) for column in request.columns]
    return pa.schema([*columns, (FILE_COLUMN, pa.string())])


def with_file(batch: pa.RecordBatch, file: DataFile) -> pa.RecordBatch:
    """The batch with the URI of its file in every row."""
    uri = pa.repeat(pa.scalar(file.uri), batch.num_rows)
    return pa.RecordBatch.from_arrays([*batch.columns, uri], names=[*batch.schema.names, FILE_COLUMN])


def text_options(request: ScanRequest) -> TextOptions:
    """``skip.header.line.count``, ``skip.footer.line.count`` and ``serialization.encoding`` of a table."""
    properties = request.properties
    return TextOptions(
        line_count(properties, "skip.header.line.count"),
        line_count(properties, "skip.footer.line.count"),
        _encoding(properties.get("serialization.encoding", "")),
    )


def line_count(properties: Mapping[str, str], key: str) -> int:
    """How many lines at an end of each file are no rows. Errors: HIVE_INVALID_METADATA."""
    text = properties.get(key, "0").strip() or "0"
    if not (text.isascii() and text.isdigit()):
        raise error("HIVE_INVALID_METADATA", f"Invalid value for {key} property: {text}")
    return int(text)


def _encoding(name: str) -> str | None:
    """Python's codec; None for UTF-8. Lines are cut before they are decoded: line ends must be single bytes."""
    if not name.strip():
        return None
    try:
        found = codecs.lookup(name.strip()).name
    except LookupError as problem:
        raise error("HIVE_INVALID_METADATA", f"Unknown serialization.encoding: {name}") from problem
    if found in ("utf-8", "ascii"):
        return None
    if "\r\n".encode(found) != b"\r\n":
        raise error("NOT_SUPPORTED", f"Text files in {name} are not supported")
    return found
