"""Whole blocks of JSON lines by Arrow's parser, where it surely reads them as the SerDe does.

Arrow's parser is strict: proper JSON, values of exactly the column's kind, no key twice. What it accepts, both SerDes
read alike, but for three things that are looked at afterwards: keys in another case, lines that hold no object or
two, and bytes that are not UTF-8. A block for which anything of that is in doubt is read line by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

from owlake.lake.formats.json.alike import AlikeColumn, read_alike, read_alike_records
from owlake.lake.formats.text.fields import count_lines
from owlake.lake.formats.text.values import Reading, bytes_of, cut_text, floats, integers, rounded_to_milliseconds
from owlake.types.arrow import arrow_type, field_names
from owlake.types.model import (
    DATE,
    DOUBLE,
    INTEGER_BITS,
    REAL,
    VARBINARY,
    Array,
    Char,
    Map,
    Row,
    Timestamp,
    Type,
    Varchar,
)

_MOST_ATTEMPTS = 4
_MOST_FAILURES = 8
_LINE_FEED = 0x0A
_FIRST_NON_ASCII = 0x80
_OTHER_KIND = re.compile(r"Column\(/(?P<key>.*)\) changed from (?:string|number) to (?P<kind>string|number) in row")
_INTERNAL_NAME = re.compile(r"_col\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FastColumn:
    """A column by its key; nested rows have the columns of their fields. ``readings`` are those of text columns."""

    name: str
    key: str
    type: Type


@dataclass(slots=True)
class FastParser:
    """Parses blocks of one file, remembering how its keys are spelled.

    ``mappings`` are the SerDe's: field names to keys, at every level. ``dates`` and ``timestamps`` read text.
    ``spelling`` and ``kinds`` are what it has learned: keys in another case, columns that are not what they seem.
    ``is_openx``: keys that differ in case only make a line malformed, and times may end with a Z.
    """

    columns: Sequence[FastColumn]
    mappings: Mapping[str, str]
    dates: Reading
    timestamps: Reading
    is_openx: bool
    is_case_insensitive: bool
    spelling: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    _is_alike: bool = True
    _failures: int = 0

    def parse(self, data: bytes) -> list[pa.Array] | None:
        """One array for each column; None where the block is to be read line by line."""
        if self._failures >= _MOST_FAILURES or not _is_utf8(data):
            return None
        alike = self._of_lines_alike(lambda: read_alike(data))
        if alike is not None:
            return alike
        if not _are_objects(data):
            return None
        found = self._attempt(data)
        self._failures = 0 if found is not None else self._failures + 1
        return found

    def parse_records(self, records: pa.BinaryArray) -> list[pa.Array] | None:
        """The same for values that hold a line each; None also where lines have to be made of them first."""
        return self._of_lines_alike(lambda: read_alike_records(records)) if _is_utf8(bytes_of(records).data) else None

    def _of_lines_alike(self, read: Callable[[], list[AlikeColumn] | None]) -> list[pa.Array] | None:
        """The columns where all lines are written alike; what was not so once is not tried again."""
        found = read() if self._is_alike else None
        try:
            arrays = self._of_alike(found) if found else None
        except _CannotConvertError:
            arrays = None
        self._is_alike = arrays is not None
        return arrays

    def _of_alike(self, found: Sequence[AlikeColumn]) -> list[pa.Array] | None:
        by_key = {one.key.lower() if self.is_case_insensitive else one.key: one for one in found}
        has_internal_names = not self.is_openx and any(_INTERNAL_NAME.fullmatch(key) for key in by_key)
        if len(by_key) < len(found) or has_internal_names:
            return None
        arrays: list[pa.Array] = []
        for column in self.columns:
            values = by_key.pop(column.key, None)
            raw = self._raw(column.type)
            array = values.as_type(raw) if values else pa.nulls(len(found[0].values), raw)
            if array is None:
                return None
            arrays.append(self._converted(array, column.type))
        return arrays if all(one.is_proper for one in by_key.values()) else None

    def _attempt(self, data: bytes) -> list[pa.Array] | None:
        for _ in range(_MOST_ATTEMPTS + len(self.columns)):
            try:
                table = self._read(data)
            except pa.ArrowInvalid as problem:
                if not self._adapt(str(problem)):
                    return None
                continue
            try:
                found = pa.struct(list(table.schema))
                learned = self._learn(found, [(one.key, one.type) for one in self.columns])
                if learned is None or table.num_rows != count_lines(data):
                    return None
                if not learned:
                    return None if self._is_doubtful(found) else [self._value(table, one) for one in self.columns]
            except (pa.ArrowInvalid, _CannotConvertError):
                return None
            self.spelling |= learned
        return None

    def _adapt(self, message: str) -> bool:
        """OpenX reads numbers into text and numbers out of text: a column of either is read as what it is.

        Whether there is a way, and it has not been tried. A column of both is read line by line.
        """
        found = _OTHER_KIND.search(message)
        column = next((one for one in self.columns if found and self._spelled(one.key) == found["key"]), None)
        if not self.is_openx or found is None or column is None or column.key in self.kinds:
            return False
        if found["kind"] == "number" and isinstance(column.type, Varchar | Char):
            self.kinds[column.key] = "number"
            return True
        if found["kind"] == "string" and (column.type in INTEGER_BITS or column.type in (REAL, DOUBLE)):
            self.kinds[column.key] = "string"
            return True
        return False

    def _is_doubtful(self, found: pa.DataType) -> bool:
        """Whether keys that nobody asked for by their name matter: in OpenX two of one name, in Hive ``_col0``."""
        if self.is_openx:
            return self.is_case_insensitive and _has_two_spellings(found)
        return _has_name(found, _INTERNAL_NAME)

    def _read(self, data: bytes) -> pa.Table:
        raw = {"number": pa.int64(), "string": pa.string()}
        types = [raw.get(self.kinds.get(one.key, ""), self._raw(one.type)) for one in self.columns]
        schema = pa.schema([(self._spelled(one.key), type_) for one, type_ in zip(self.columns, types, strict=True)])
        return json.read_json(
            pa.BufferReader(data),
            json.ReadOptions(use_threads=False, block_size=len(data) + 1),
            json.ParseOptions(explicit_schema=schema, newlines_in_values=False, unexpected_field_behavior="infer"),
        )

    def _spelled(self, key: str) -> str:
        return self.spelling.get(key, key)

    def _key(self, name: str) -> str:
        key = self.mappings.get(name, name)
        return key.lower() if self.is_case_insensitive else key

    def _raw(self, type_: Type) -> pa.DataType:
        """The type that Arrow reads the values as."""
        match type_:
            case Varchar() | Char() | Timestamp():
                return pa.string()
            case _ if type_ == DATE:
                return pa.string()
            case Array():
                return pa.list_(self._raw(type_.element))
            case Row():
                fields = zip(field_names(type_), type_.fields, strict=True)
                return pa.struct([(self._spelled(self._key(name)), self._raw(one.type)) for name, one in fields])
        return arrow_type(type_)

    def _learn(self, found: pa.DataType, wanted: Sequence[tuple[str, Type]]) -> dict[str, str] | None:
        """Spellings of wanted keys other than those that were asked for; None where a key has two in one block."""
        if not self.is_case_insensitive:
            return {}
        names = [one.name for one in found]
        learned: dict[str, str] = {}
        for key, type_ in wanted:
            spelled = self._spelled(key)
            others = [name for name in names if name != spelled and name.lower() == key]
            if len(others) > 1 or (others and key in self.spelling):
                return None
            if others:
                learned[key] = others[0]
                continue
            nested = self._learn_nested(found.field(spelled).type, type_)
            if nested is None:
                return None
            learned |= nested
        return learned

    def _learn_nested(self, found: pa.DataType, type_: Type) -> dict[str, str] | None:
        match type_:
            case Array():
                return self._learn_nested(found.value_type, type_.element)
            case Row():
                keys = [self._key(name) for name in field_names(type_)]
                return self._learn(found, list(zip(keys, (one.type for one in type_.fields), strict=True)))
        return {}

    def _value(self, table: pa.Table, column: FastColumn) -> pa.Array:
        values = table.column(self._spelled(column.key)).combine_chunks()
        match self.kinds.get(column.key):
            case "number":
                values = values.cast(pa.string())
            case "string":
                bits = INTEGER_BITS.get(column.type)
                reading = integers(bits, give_up) if bits else floats(32 if column.type == REAL else 64, give_up)
                return reading.column(values)
        return self._converted(values, column.type)

    def _converted(self, column: pa.Array, type_: Type) -> pa.Array:
        match type_:
            case Varchar() | Char():
                text = column if type_.length is None else cut_text(column, type_.length)
                return pc.utf8_rtrim(text, " ") if isinstance(type_, Char) else text
            case Timestamp():
                return rounded_to_milliseconds(self.timestamps.column(self._without_zulu(column)))
            case _ if type_ == DATE:
                return self.dates.column(column)
            case Array():
                return self._converted_lists(column, type_)
            case Row():
                return self._converted_rows(column, type_)
        return column

    def _without_zulu(self, column: pa.Array) -> pa.Array:
        if self.is_openx and pc.all(pc.ends_with(column, "Z")).as_py():
            return pc.utf8_slice_codeunits(column, 0, -1)
        return column

    def _converted_lists(self, column: pa.Array, type_: Array) -> pa.Array:
        elements = self._converted(column.flatten(), type_.element)
        offsets = pc.subtract(column.offsets, column.offsets[0])
        return pa.ListArray.from_arrays(offsets, elements, arrow_type(type_), mask=pc.is_null(column))

    def _converted_rows(self, column: pa.Array, type_: Row) -> pa.Array:
        names = field_names(type_)
        children = [
            self._converted(pc.struct_field(column, self._spelled(self._key(name))), one.type)
            for name, one in zip(names, type_.fields, strict=True)
        ]
        fields = [pa.field(name, child.type) for name, child in zip(names, children, strict=True)]
        return pa.StructArray.from_arrays(children, fields=fields, mask=pc.is_null(column))


class _CannotConvertError(Exception):
    """A text that only the line-by-line reader can judge."""


def give_up(text: str) -> Any:
    """The one-by-one reader of a fast column: there is none, the block is read line by line instead."""
    raise _CannotConvertError(text)


def is_fast(type_: Type) -> bool:
    """Whether columns of the type can be read whole: maps cannot (a missing key and a null one are two things)."""
    match type_:
        case Map():
            return False
        case Array():
            return is_fast(type_.element)
        case Row():
            return all(is_fast(one.type) for one in type_.fields)
    return type_ != VARBINARY


def _are_objects(data: bytes) -> bool:
    """Whether every line begins with ``{`` and ends with ``}``: then none holds half an object, and none is empty."""
    characters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(characters == _LINE_FEED)
    is_closed = (characters[ends - 1] == ord("}")).all()
    return bool(is_closed and data[0] == ord("{") and (characters[ends[:-1] + 1] == ord("{")).all())


def _has_two_spellings(found: pa.DataType) -> bool:
    """Whether any object has keys that differ in case only."""
    if pa.types.is_list(found):
        return _has_two_spellings(found.value_type)
    if not pa.types.is_struct(found):
        return False
    names = {one.name.lower() for one in found}
    return len(names) < found.num_fields or any(_has_two_spellings(one.type) for one in found)


def _has_name(found: pa.DataType, pattern: re.Pattern[str]) -> bool:
    """Whether any object has a key of the pattern."""
    if pa.types.is_list(found):
        return _has_name(found.value_type, pattern)
    if not pa.types.is_struct(found):
        return False
    return any(pattern.fullmatch(one.name) or _has_name(one.type, pattern) for one in found)


def _is_utf8(data: bytes | memoryview) -> bool:
    characters = np.frombuffer(data, np.uint8)
    if not len(characters) or int(characters.max()) < _FIRST_NON_ASCII:
        return True
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
