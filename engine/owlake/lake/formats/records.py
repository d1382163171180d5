"""Values of bytes that each hold one row: the records of a stream. Typed columns are made of them, and they of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.types.arrow import arrow_type
from owlake.types.model import Type


@dataclass(frozen=True, slots=True)
class DecodedRecords:
    """Columns of records.

    Attributes:
        columns: One for each column, in order; NULL in all of them where a record could not be read.
        errors: The reason for each record that could not be read, NULL for the others; None where all could.
    """

    columns: list[pa.Array]
    errors: pa.Array | None = None


class RecordFormat(Protocol):
    """How records are written. Safe for threads."""

    def decode(self, records: pa.BinaryArray) -> DecodedRecords:
        """The columns of records, none of which is NULL."""

    def encode(self, rows: pa.RecordBatch) -> pa.BinaryArray:
        """A record for each row."""


def json_records(
    columns: Mapping[str, Type],
    properties: Mapping[str, str] | None = None,
    *,
    is_hive: bool = False,
    is_alone: bool = False,
) -> RecordFormat:
    """Objects, read as the OpenX SerDe, or Hive's, reads lines.

    Attributes:
        properties: The SerDe's, as of a table: ``case.insensitive``, ``mapping.<column>``, ``timestamp.formats``, ...
        is_alone: Whether a record is one that cannot be read where something follows its object; it is not looked at
            else, as the SerDes do not.

    Errors: NOT_SUPPORTED for types that it does not have, HIVE_INVALID_METADATA for patterns that are none.
    """
    from owlake.lake.formats.json.records import JsonRecords, hive_rules, openx_rules  # noqa: PLC0415  (few need it)

    rules = hive_rules(properties or {}) if is_hive else openx_rules(properties or {})
    return JsonRecords(columns, rules, is_alone=is_alone)


def csv_records(columns: Mapping[str, Type], delimiter: str = ",") -> RecordFormat:
    """Fields by place, with quotes where they are needed. Errors: NOT_SUPPORTED, INVALID_TABLE_PROPERTY."""
    from owlake.lake.formats.text.csv_records import CsvRecords  # noqa: PLC0415  (as above)

    return CsvRecords(columns, delimiter)


FEW = 16
"""So many records are read one by one when they cannot be read at once."""
_PIECES = 8

Whole = Callable[[pa.BinaryArray], list[pa.Array] | None]
"""Reads records at once; None where one of them may be in the way."""
Single = Callable[[bytes], list[object]]
"""Reads one record. Errors: RecordError."""


class RecordError(Exception):
    """Why a record cannot be read."""


def read_in_pieces(records: pa.BinaryArray, types: list[pa.DataType], whole: Whole, single: Single) -> DecodedRecords:
    """All records at once where that can be done, in smaller and smaller pieces around those with which it cannot."""
    found = whole(records)
    if found is not None:
        return DecodedRecords(found)
    if len(records) <= FEW:
        return _one_by_one(records, types, single)
    size = -(-len(records) // _PIECES)
    pieces = [
        read_in_pieces(records.slice(start, size), types, whole, single) for start in range(0, len(records), size)
    ]
    columns = [pa.concat_arrays([one.columns[place] for one in pieces]) for place in range(len(types))]
    if all(one.errors is None for one in pieces):
        return DecodedRecords(columns)
    sizes = [min(size, len(records) - start) for start in range(0, len(records), size)]
    errors = [
        pa.nulls(count, pa.string()) if one.errors is None else one.errors
        for one, count in zip(pieces, sizes, strict=True)
    ]
    return DecodedRecords(columns, pa.concat_arrays(errors))


def _one_by_one(records: pa.BinaryArray, types: list[pa.DataType], single: Single) -> DecodedRecords:
    columns: list[list[object]] = [[] for _ in types]
    errors: list[str | None] = []
    for record in records.to_pylist():
        try:
            values, problem = single(record), None
        except RecordError as caught:
            values, problem = [None] * len(types), str(caught)
        errors.append(problem)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    arrays = [pa.array(values, type_) for values, type_ in zip(columns, types, strict=True)]
    return DecodedRecords(arrays, pa.array(errors, pa.string()) if any(errors) else None)


def arrow_types(columns: Mapping[str, Type]) -> list[pa.DataType]:
    """How each column is held."""
    return [arrow_type(type_) for type_ in columns.values()]


def as_lines(records: pa.BinaryArray) -> bytes:
    """The records one after the other, each with a line feed behind it."""
    whole = pa.ListArray.from_arrays(pa.array([0, len(records)], pa.int32()), records)
    return b"".join((pc.binary_join(whole, b"\n")[0].as_buffer(), b"\n"))


def without_line_ends(lines: pa.BinaryArray) -> pa.BinaryArray:
    """Lines as records: each without the line feed at its end."""
    return pc.binary_slice(lines, 0, -1)


def refuse_type(type_: Type, kind: str, hint: str | None = None) -> OwlakeError:
    """A type that records of this kind do not hold."""
    return error("NOT_SUPPORTED", f"Unsupported column type of a stream of {kind} records: {type_}", hint=hint)
