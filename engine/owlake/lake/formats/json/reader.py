"""Tables of JSON lines as scans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from owlake.lake.formats.base import ScanRequest
from owlake.lake.formats.bridge import Filter, StreamDataset, shown_columns
from owlake.lake.formats.json.cloudtrail import INPUT_FORMAT, SERDES, record_lines
from owlake.lake.formats.json.documents import PATH, JsonPath, check_depth, parse_json_path, row_lines
from owlake.lake.formats.json.fast import FastParser
from owlake.lake.formats.json.lenient import MalformedError, Node
from owlake.lake.formats.json.rows import ParseLine
from owlake.lake.formats.json.scalars import Decode, UnreadableError
from owlake.lake.formats.text.blocks import Block, TextOptions, TextRange, parts_of, read_blocks, unreadable
from owlake.lake.formats.text.fields import count_lines
from owlake.lake.formats.text.reader import scan_schema, text_options, with_file
from owlake.lake.model import FILE_COLUMN, DatasetScan, FileScan
from owlake.lake.storage import Storage


@dataclass(frozen=True, slots=True)
class JsonColumn:
    """A column: where it stands among the table's, its Arrow type, and how its values are read one by one."""

    name: str
    ordinal: int
    type: pa.DataType
    decode: Decode


@dataclass(frozen=True, slots=True)
class JsonRules:
    """How a SerDe reads lines.

    ``select`` gives the values of some columns of a parsed line. ``malformed`` words the error of a line that is
    none. ``new_fast_parser`` is called for every file with the columns to read; None: there is no fast way.
    """

    parse: ParseLine
    select: Callable[[Node, Sequence[JsonColumn]], list[Node]]
    malformed: Callable[[str], str]
    ignores_malformed: bool
    new_fast_parser: Callable[[Sequence[JsonColumn]], FastParser | None]


Records = Callable[[bytes], Iterable[bytes]]
"""From a file to its records, a line each, in blocks. Errors: MalformedError."""


@dataclass(frozen=True, slots=True)
class JsonPart:
    """Some lines of a table, read as a part of a streamed dataset. ``records``: of files whose lines are no rows."""

    storage: Storage
    ranges: Sequence[TextRange]
    options: TextOptions
    columns: Mapping[str, JsonColumn]
    rules: JsonRules
    records: Records | None = None

    def __call__(self, names: Sequence[str], _wanted: Filter | None) -> Iterator[pa.RecordBatch]:
        """The lines as batches of the named columns."""
        columns = [self.columns[name] for name in names if name != FILE_COLUMN]
        for text_range in self.ranges:
            fast = self.rules.new_fast_parser(columns)
            blocks = read_blocks(self.storage, text_range, self.options)
            for block in blocks if self.records is None else self._records(text_range, blocks, self.records):
                if block.data:
                    batch = self._batch(block, columns, fast)
                    yield with_file(batch, block.file) if FILE_COLUMN in names else batch

    def _records(self, text_range: TextRange, blocks: Iterable[Block], records: Records) -> Iterator[Block]:
        """The records of a file in place of its lines."""
        whole = Block(b"".join(block.data for block in blocks), text_range.file, 0, line="Record")
        try:
            for data in records(whole.data):
                yield replace(whole, data=data)
                whole = replace(whole, skipped=whole.skipped + count_lines(data))
        except MalformedError as problem:
            message = self.rules.malformed(str(problem))
            raise unreadable(self.storage, whole, 0, "HIVE_CURSOR_ERROR", message) from problem

    def _batch(self, block: Block, columns: Sequence[JsonColumn], fast: FastParser | None) -> pa.RecordBatch:
        arrays = fast.parse(block.data) if fast else None
        if arrays is None:
            arrays = self._read_lines(block, columns)
        if not columns:
            return pa.RecordBatch.from_arrays([pa.nulls(count_lines(block.data))], names=["row"]).select([])
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])

    def _read_lines(self, block: Block, columns: Sequence[JsonColumn]) -> list[pa.Array]:
        """Line by line: a Python loop, for what no kernel can decide."""
        values: list[list[object]] = [[] for _ in columns]
        lines = block.data[:-1].split(b"\n")
        for index, line in enumerate(lines):
            nodes = self._select(block, index, line, columns)
            for column, node, found in zip(columns, nodes, values, strict=True):
                found.append(None if node is None else self._decode(block, index, column, node))
        return [pa.array(found, column.type) for column, found in zip(columns, values, strict=True)]

    def _select(self, block: Block, index: int, line: bytes, columns: Sequence[JsonColumn]) -> list[Node]:
        try:
            return self.rules.select(self.rules.parse(line.decode(errors="replace")), columns)
        except MalformedError as problem:
            if self.rules.ignores_malformed:
                return [None] * len(columns)
            message = self.rules.malformed(str(problem))
            raise unreadable(self.storage, block, index, "HIVE_CURSOR_ERROR", message) from problem

    def _decode(self, block: Block, index: int, column: JsonColumn, node: Node) -> object:
        try:
            return column.decode(node)
        except UnreadableError as problem:
            value = "" if problem.text is None else f" '{problem.text}'"
            message = f"Error parsing field value{value} for field {column.ordinal}: {problem.reason}"
            raise unreadable(self.storage, block, index, "HIVE_BAD_DATA", message) from problem


def json_scans(request: ScanRequest, columns: Sequence[JsonColumn], rules: JsonRules) -> list[FileScan]:
    """One scan over all of the request's files."""
    files = [file for file in request.files if file.size]
    if not files:
        return []
    options = text_options(request)
    by_name = {column.name: column for column in columns}
    records = _records_of(request)
    parts = [
        JsonPart(request.storage, ranges, options, by_name, rules, records)
        for ranges in parts_of(files, is_whole=bool(options.footer_lines) or records is not None)
    ]
    dataset = StreamDataset(scan_schema(request), parts)
    return [DatasetScan(tuple(files), dataset, shown_columns(dataset.schema, by_name))]


def _records_of(request: ScanRequest) -> Records | None:
    """How the records of files are found that are none of lines: CloudTrail's logs, and where a path leads."""
    if request.stored.input_format == INPUT_FORMAT or request.stored.serde.library in SERDES:
        return _logs
    path = request.properties.get(PATH)
    return partial(_at_path, parse_json_path(path)) if path else None


def _logs(data: bytes) -> Iterable[bytes]:
    check_depth(data)
    return (record_lines(data),)


def _at_path(path: JsonPath, data: bytes) -> Iterable[bytes]:
    return row_lines(data, path)
