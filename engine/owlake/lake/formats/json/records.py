"""Records of a stream that are JSON objects: read by the rules of a JSON SerDe, written as its tables are.

Where the SerDe takes what is no object for a row without values, a record is one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from owlake.lake.formats.json.fast import FastColumn, FastParser, give_up, is_fast
from owlake.lake.formats.json.hive import HiveRow, hive_decoder
from owlake.lake.formats.json.lenient import MalformedError, Node
from owlake.lake.formats.json.openx import OpenXRow, openx_decoder
from owlake.lake.formats.json.rows import ParseLine, hive_parser, openx_parser
from owlake.lake.formats.json.scalars import Decode, UnreadableError
from owlake.lake.formats.json_serdes import is_fast_openx, openx_options, own_timestamps
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
_Learned = tuple[Mapping[str, str], Mapping[str, str]]
_NOTHING: _Learned = ({}, {})
_SPACE = " \t\r\n"


class Fields(Protocol):
    """Finds the values of an object's fields."""

    def __call__(self, node: dict[str, Node]) -> Mapping[str, Node]:
        """The value of each column."""


@dataclass(frozen=True, slots=True)
class RecordRules:
    """How a SerDe reads objects.

    Attributes:
        decoder: How it reads the values of a type.
        fields: Makes of the columns' decoders what finds their values.
        parser: Makes what parses a record; told whether something behind its object makes it malformed.
        mappings: Columns to keys, at every level.
        has_fast: Whether Arrow's parser may do instead where it surely gives the same.
    """

    decoder: Callable[[Type], Decode]
    fields: Callable[[Mapping[str, Decode]], Fields]
    parser: Callable[[bool], ParseLine]
    is_openx: bool
    is_case_insensitive: bool = True
    mappings: Mapping[str, str] = field(default_factory=dict)
    has_own_timestamps: bool = False
    has_fast: bool = True


def openx_rules(properties: Mapping[str, str]) -> RecordRules:
    """OpenX's, by the SerDe's properties."""
    options = openx_options(properties)

    def fields(decoders: Mapping[str, Decode]) -> Fields:
        row = OpenXRow(decoders, options)
        return lambda node: {name: row.find(node, name) for name in decoders}

    return RecordRules(
        lambda type_: openx_decoder(type_, options),
        fields,
        lambda is_alone: openx_parser(is_case_insensitive=options.is_case_insensitive, is_alone=is_alone),
        is_openx=True,
        is_case_insensitive=options.is_case_insensitive,
        mappings=options.mappings,
        has_own_timestamps=options.read_timestamp is not None,
        has_fast=is_fast_openx(options),
    )


def hive_rules(properties: Mapping[str, str]) -> RecordRules:
    """Those of Hive's own SerDe."""
    read_timestamp = own_timestamps(properties)
    return RecordRules(
        lambda type_: hive_decoder(type_, read_timestamp),
        lambda decoders: HiveRow(decoders).select,
        lambda is_alone: hive_parser(is_alone=is_alone),
        is_openx=False,
        has_own_timestamps=read_timestamp is not None,
    )


class JsonRecords:
    """See ``owlake.lake.formats.records.RecordFormat``."""

    def __init__(self, columns: Mapping[str, Type], rules: RecordRules, *, is_alone: bool = False) -> None:
        for type_ in columns.values():
            if isinstance(type_, Timestamp) and type_.precision != _MILLISECONDS:
                raise refuse_type(type_, "JSON", "TIMESTAMP(3) is what JSON's readers know.")
        self._rules = rules
        self._types = arrow_types(columns)
        self._decoders = {name: rules.decoder(type_) for name, type_ in columns.items()}
        self._fields = rules.fields(self._decoders)
        self._parse = rules.parser(is_alone)
        self._fast = [FastColumn(name, self._key(name), type_) for name, type_ in columns.items()]
        self._has_fast = rules.has_fast and all(is_fast(type_) for type_ in columns.values())
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
        found = self._parser(_NOTHING).parse_records(records)
        if found is not None:
            return found
        lines = as_lines(records)
        for learned in (self._learned, _NOTHING) if self._learned != _NOTHING else (_NOTHING,):
            parser = self._parser(learned)
            found = parser.parse(lines)
            # A record with a line feed inside is more than one line.
            if found is not None and len(found[0]) == len(records):
                self._learned = parser.spelling, parser.kinds
                return found
        return None

    def _parser(self, learned: _Learned) -> FastParser:
        spelling, kinds = learned
        return FastParser(
            self._fast,
            self._rules.mappings,
            dates(give_up),
            timestamps(give_up, is_usual=not self._rules.has_own_timestamps),
            is_openx=self._rules.is_openx,
            is_case_insensitive=self._rules.is_case_insensitive,
            spelling=dict(spelling),
            kinds=dict(kinds),
        )

    def _single(self, record: bytes) -> list[object]:
        try:
            node = self._parse(record.decode(errors="replace"))
        except MalformedError as problem:
            text = f"not a JSON object: {problem}"
            raise RecordError(text) from problem
        if not isinstance(node, dict):
            text = "not a JSON object"
            raise RecordError(text)
        found = self._fields(node)
        return [self._value(name, found[name]) for name in self._decoders]

    def _value(self, name: str, node: Node) -> object:
        if node is None:
            return None
        try:
            return self._decoders[name](node)
        except UnreadableError as problem:
            value = "" if problem.text is None else f" '{problem.text}'"
            text = f"column {name}: cannot read the value{value}: {problem.reason}"
            raise RecordError(text) from problem

    def _key(self, name: str) -> str:
        key = self._rules.mappings.get(name, name)
        return key.lower() if self._rules.is_case_insensitive else key
