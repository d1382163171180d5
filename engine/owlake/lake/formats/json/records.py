"""Records of a stream that are JSON objects: read by the rules of the OpenX SerDe, written as its tables are.

Where the SerDe takes what is no object for a row without values, a record is one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from owlake.lake.formats.json.fast import FastColumn, FastParser, give_up, is_fast
from owlake.lake.formats.json.lenient import MalformedError
from owlake.lake.formats.json.openx import OpenXOptions, OpenXRow, openx_decoder
from owlake.lake.formats.json.rows import openx_parser
from owlake.lake.formats.json.scalars import UnreadableError
from owlake.lake.formats.records import (
    DecodedRecords,
    RecordError,
    arrow_types,
    as_lines,
    read_in_pieces,
    refuse_type,
    without_line_ends,
)
from owlake.lake.formats.text.values import dates, timestamps
from owlake.lake.writing.json_lines import line_writer
from owlake.types.model import Timestamp, Type

_MILLISECONDS = 3
_OPTIONS = OpenXOptions()
_Learned = tuple[Mapping[str, str], Mapping[str, str]]
_NOTHING: _Learned = ({}, {})
_SPACE = " \t\r\n"


class JsonRecords:
    """See ``owlake.lake.formats.records.RecordFormat``."""

    def __init__(self, columns: Mapping[str, Type]) -> None:
        for type_ in columns.values():
            if isinstance(type_, Timestamp) and type_.precision != _MILLISECONDS:
                raise refuse_type(type_, "JSON", "TIMESTAMP(3) is what JSON's readers know.")
        self._names = list(columns)
        self._types = arrow_types(columns)
        self._decoders = [openx_decoder(type_, _OPTIONS) for type_ in columns.values()]
        self._row = OpenXRow(dict(zip(columns, self._decoders, strict=True)), _OPTIONS)
        self._parse = openx_parser(is_case_insensitive=True)
        self._fast = [FastColumn(name, name, type_) for name, type_ in columns.items()]
        self._has_fast = all(is_fast(type_) for type_ in columns.values())
        # Records of a stream are mostly alike.
        self._learned = _NOTHING
        self._lines = line_writer(columns, binary_is_base64=True)

    def decode(self, records: pa.BinaryArray) -> DecodedRecords:
        """The columns of records."""
        if not len(records):
            return DecodedRecords([pa.nulls(0, type_) for type_ in self._types])
        found = self._whole(records)
        if found is not None:
            return DecodedRecords(found)
        # Only ASCII is looked at, so it does not matter whether the bytes are text.
        trimmed = pc.ascii_trim(records.view(pa.string()), _SPACE).view(pa.binary())
        return read_in_pieces(trimmed, self._types, self._whole, self._single)

    def encode(self, rows: pa.RecordBatch) -> pa.BinaryArray:
        """An object for each row."""
        return without_line_ends(self._lines(rows))

    def _whole(self, records: pa.BinaryArray) -> list[pa.Array] | None:
        if not self._has_fast:
            return None
        lines = as_lines(records)
        for learned in (self._learned, _NOTHING) if self._learned != _NOTHING else (_NOTHING,):
            spelling, kinds = learned
            parser = FastParser(
                self._fast,
                {},
                dates(give_up),
                timestamps(give_up, is_usual=True),
                is_openx=True,
                is_case_insensitive=True,
                spelling=dict(spelling),
                kinds=dict(kinds),
            )
            found = parser.parse(lines)
            # A record with a line feed inside is more than one line.
            if found is not None and len(found[0]) == len(records):
                self._learned = parser.spelling, parser.kinds
                return found
        return None

    def _single(self, record: bytes) -> list[object]:
        try:
            node = self._parse(record.decode(errors="replace"))
        except MalformedError as problem:
            text = f"not a JSON object: {problem}"
            raise RecordError(text) from problem
        if not isinstance(node, dict):
            text = "not a JSON object"
            raise RecordError(text)
        return [self._value(name, node, place) for place, name in enumerate(self._names)]

    def _value(self, name: str, node: dict[str, object], place: int) -> object:
        found = self._row.find(node, name)
        if found is None:
            return None
        try:
            return self._decoders[place](found)
        except UnreadableError as problem:
            value = "" if problem.text is None else f" '{problem.text}'"
            text = f"column {name}: cannot read the value{value}: {problem.reason}"
            raise RecordError(text) from problem
