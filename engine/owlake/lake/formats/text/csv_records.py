"""Records of a stream that are lines of comma-separated values (RFC 4180), in the order of the stream's columns.

An empty field is NULL, one in quotes an empty text; what is no value of its column makes the record one that cannot be
read, as does a field too few or too many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from owlake.errors import error
from owlake.lake.formats.records import DecodedRecords, RecordError, arrow_types, as_lines, read_in_pieces, refuse_type
from owlake.lake.formats.text.values import (
    BadValueError,
    Convert,
    as_text,
    base64_bytes,
    bytes_of,
    dates,
    decimals,
    floats,
    integers,
    java_decimal,
    java_float,
    lenient_days,
    lenient_timestamp,
    rounded_to_milliseconds,
    text_of,
    timestamps,
)
from owlake.lake.writing.texts import joined, replaced, scalar_text, with_ends
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_BITS,
    REAL,
    VARBINARY,
    Char,
    Decimal,
    Timestamp,
    Type,
    Varchar,
)

_MILLISECONDS = 3
_QUOTE = '"'
_PREFIX = re.compile(r"^CSV parse error: (Row #1: )?")


class CsvRecords:
    """See ``owlake.lake.formats.records.RecordFormat``."""

    def __init__(self, columns: Mapping[str, Type], delimiter: str) -> None:
        if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
            text = f"The delimiter of a stream is one ASCII character, no quote and no end of a line: '{delimiter}'"
            raise error("INVALID_TABLE_PROPERTY", text)
        self._names = list(columns)
        self._types = arrow_types(columns)
        self._columns = columns
        self._converts = [_converter(type_) for type_ in columns.values()]
        self._delimiter = delimiter
        self._parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False)
        self._convert = csv.ConvertOptions(
            column_types=dict.fromkeys(self._names, pa.binary()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            check_utf8=False,
        )

    def decode(self, records: pa.BinaryArray) -> DecodedRecords:
        """The columns of records."""
        if not len(records):
            return DecodedRecords([pa.nulls(0, type_) for type_ in self._types])
        trimmed = pc.ascii_rtrim(records.view(pa.string()), "\r\n").view(pa.binary())
        return read_in_pieces(trimmed, self._types, self._whole, self._single)

    def encode(self, rows: pa.RecordBatch) -> pa.BinaryArray:
        """A line for each row, without an end."""
        parts = [
            self._written(column, type_) for column, type_ in zip(rows.columns, self._columns.values(), strict=True)
        ]
        before = [b"", *[self._delimiter.encode()] * (len(parts) - 1)]
        return joined(parts, before, b"", b"", rows.num_rows)

    # Reading --------------------------------------------------------------------------------------------

    def _whole(self, records: pa.BinaryArray) -> list[pa.Array] | None:
        quotes = pc.count_substring(records, _QUOTE)
        is_torn = pc.equal(pc.bit_wise_and(quotes, 1), 1)
        if pc.any(pc.or_(is_torn, self._is_nothing(records))).as_py():
            return None
        try:
            table = self._table(records)
            if table.num_rows != len(records):
                return None
            return [
                convert(column.combine_chunks()) for convert, column in zip(self._converts, table.columns, strict=True)
            ]
        except (pa.ArrowInvalid, BadValueError):
            return None

    def _is_nothing(self, records: pa.BinaryArray) -> pa.BooleanArray:
        """Whether a record has no field at all: an empty one has the only field of a stream with one column."""
        return pc.and_(pc.equal(pc.binary_length(records), 0), len(self._names) > 1)

    def _single(self, record: bytes) -> list[object]:
        if record.count(_QUOTE.encode()) % 2:
            text = "a quote is not closed"
            raise RecordError(text)
        if not record and len(self._names) > 1:
            text = f"expected {len(self._names)} columns, got none"
            raise RecordError(text)
        try:
            table = self._table(pa.array([record], pa.binary()))
        except pa.ArrowInvalid as problem:
            raise RecordError(_PREFIX.sub("", str(problem)).replace("Expected", "expected")) from problem
        if table.num_rows != 1:
            text = f"{table.num_rows} lines in one record"
            raise RecordError(text)
        return [
            self._value(name, convert, column)
            for name, convert, column in zip(self._names, self._converts, table.columns, strict=True)
        ]

    def _table(self, records: pa.BinaryArray) -> pa.Table:
        lines = as_lines(records)
        options = csv.ReadOptions(use_threads=False, column_names=self._names, block_size=len(lines) + 1)
        return csv.read_csv(pa.BufferReader(lines), options, self._parse, self._convert)

    def _value(self, name: str, convert: Convert, column: pa.ChunkedArray) -> object:
        try:
            return convert(column.combine_chunks())[0].as_py()
        except (pa.ArrowInvalid, BadValueError) as problem:
            shown = column[0].as_py().decode(errors="replace")
            text = f"column {name}: cannot read the value '{shown}'"
            raise RecordError(text) from problem

    # Writing --------------------------------------------------------------------------------------------

    def _written(self, column: pa.Array, type_: Type) -> pa.Array:
        texts = scalar_text(column, type_)
        if not isinstance(type_, Varchar | Char) or not len(texts):
            return texts
        present = np.bincount(bytes_of(texts), minlength=256)
        special = [ord(character) for character in f"{_QUOTE}\r\n{self._delimiter}"]
        needs_quotes = pc.equal(pc.binary_length(texts), 0)
        for one in special:
            if present[one]:
                needs_quotes = pc.or_(needs_quotes, pc.match_substring(texts, chr(one)))
        quoted = with_ends(replaced(texts, [(ord(_QUOTE), b'""')], present), b'"', b'"')
        return pc.if_else(needs_quotes, quoted, texts)


def _converter(type_: Type) -> Convert:
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return integers(bits, partial(_integer, bits)).column
    match type_:
        case Varchar() | Char():
            return partial(text_of, type_)
        case Decimal(precision, scale):
            return decimals(precision, scale, _or_error(lambda text: java_decimal(text, precision, scale))).column
        case Timestamp(precision=3):
            reading = timestamps(_or_error(lenient_timestamp), is_usual=True)
            return lambda column: rounded_to_milliseconds(reading.column(column))
        case Timestamp():
            raise refuse_type(type_, "CSV", "TIMESTAMP(3) is what readers of text know.")
        case _ if type_ in (REAL, DOUBLE):
            return floats(32 if type_ == REAL else 64, _or_error(java_float)).column
    if type_ == DATE:
        return dates(_or_error(lenient_days)).column
    if type_ == BOOLEAN:
        return _boolean
    if type_ == VARBINARY:
        return _binary
    raise refuse_type(type_, "CSV")


def _or_error(read: Callable[[str], object | None]) -> Callable[[str], object]:
    def one(text: str) -> object:
        found = read(text)
        if found is None:
            raise ValueError(text)
        return found

    return one


def _integer(bits: int, text: str) -> int:
    value = int(text) if text.removeprefix("-").isdecimal() and text.isascii() else 1 << bits
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise ValueError(text)
    return value


def _boolean(column: pa.Array) -> pa.Array:
    text = pc.ascii_lower(as_text(column))
    known = pc.is_in(text, pa.array(["true", "false", None]))
    if pc.all(known).as_py():
        return pc.equal(text, "true")
    wrong = pc.index(known, pa.scalar(False)).as_py()
    raise BadValueError(text[wrong].as_py(), wrong)


def _binary(column: pa.Array) -> pa.Array:
    try:
        return pa.array(
            [None if one is None else base64_bytes(one) for one in as_text(column).to_pylist()], pa.binary()
        )
    except ValueError as problem:
        raise BadValueError(str(problem), 0) from problem
