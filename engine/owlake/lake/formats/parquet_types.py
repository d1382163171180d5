"""How a Parquet column is read as a column of the table: which types fit, and the expression that makes it so.

Which types fit: https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html and the Parquet
reader of Trino's Hive connector. Names are matched without case, struct fields by name; a field that the file does
not have is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from owlake.lake.formats.base import quoted, text_literal
from owlake.types.arrow import arrow_type, field_names
from owlake.types.model import (
    DOUBLE,
    INTEGER_BITS,
    REAL,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Timestamp,
    Type,
    Varchar,
)

_HALF_A_MILLISECOND = 500
_WHOLE_MILLISECONDS = ("s", "ms")
_BITS_OF_INT32 = 32


class MismatchError(Exception):
    """The file's type cannot be read as the table's."""


Casts = Mapping[str, Callable[[pa.DataType], bool]]
"""Which of the file's types a cast reads as the format's reader in Athena does, by the table's type."""


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """``scanned`` is the Arrow type in which the file's column is asked for; ``expression`` the SQL over it.

    ``is_rounded``: the expression moves timestamps of the file to the next millisecond.
    """

    scanned: pa.DataType
    expression: str
    is_rounded: bool = False


def null_of(type_: Type) -> str:
    """A NULL of the type, as SQL."""
    return f"arrow_cast(NULL, {text_literal(sql_type(arrow_type(type_)))})"


def read_column(name: str, found: pa.DataType, type_: Type, casts: Casts | None = None) -> ColumnReading:
    """How the file's column of this name and Arrow type becomes a value of the table's type.

    ``casts`` are those of a format with rules of its own; Parquet's if there are none. Errors: MismatchError.
    """
    column = quoted(name)
    found = plain(found)
    if pa.types.is_null(found):
        return ColumnReading(found, null_of(type_))
    target = _direct(found, type_)
    if target is not None:
        return ColumnReading(target, column)
    expression = _Expressions(casts or PARQUET_CASTS).of(column, found, type_)
    return ColumnReading(found, expression, is_rounded=isinstance(type_, Timestamp))


def plain(found: pa.DataType) -> pa.DataType:
    """The type without what only its writer's Arrow schema adds: dictionaries, 64-bit offsets, views, extensions.

    Timestamps lose their zone (the instants are UTC's) and what is finer than microseconds.
    """
    if isinstance(found, pa.BaseExtensionType):
        return plain(found.storage_type)
    for is_kind, simplify in _SIMPLER:
        if is_kind(found):
            return simplify(found)
    return found


def _is_list(found: pa.DataType) -> bool:
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_list_view)
    return any(test(found) for test in tests)


_SIMPLER: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], pa.DataType]], ...] = (
    (pa.types.is_dictionary, lambda found: plain(found.value_type)),
    (lambda found: pa.types.is_large_string(found) or pa.types.is_string_view(found), lambda _: pa.string()),
    (lambda found: pa.types.is_large_binary(found) or pa.types.is_binary_view(found), lambda _: pa.binary()),
    (pa.types.is_map, lambda found: pa.map_(plain(found.key_type), plain(found.item_type))),
    (_is_list, lambda found: pa.list_(plain(found.value_type))),
    (pa.types.is_struct, lambda found: pa.struct([(field.name, plain(field.type)) for field in found])),
    (pa.types.is_timestamp, lambda found: pa.timestamp("us" if found.unit == "ns" else found.unit)),
)


def _direct(found: pa.DataType, type_: Type) -> pa.DataType | None:
    """The Arrow type of the table's column where the reader itself turns the file's into it, exactly; else None."""
    target = arrow_type(type_)
    bits = INTEGER_BITS.get(type_)
    is_exact = (
        _is_same(found, type_)
        or (bits is not None and _is_narrower_integer(found, bits))
        or (type_ == DOUBLE and pa.types.is_floating(found))
        or (type_ == REAL and pa.types.is_float16(found))
        or (isinstance(type_, Timestamp) and pa.types.is_timestamp(found) and found.unit in _WHOLE_MILLISECONDS)
        or (isinstance(type_, Decimal) and pa.types.is_decimal(found) and _grows(found, type_))
    )
    return target if is_exact else None


def _grows(found: pa.DataType, type_: Decimal) -> bool:
    return bool(found.scale <= type_.scale and found.precision - found.scale <= type_.precision - type_.scale)


def _is_same(found: pa.DataType, type_: Type) -> bool:
    return bool(found == arrow_type(type_)) and not _needs_work(type_, found)


def _needs_work(type_: Type, found: pa.DataType) -> bool:
    """Types whose values are changed although Arrow holds them alike: bounded text, timestamps finer than they say."""
    match type_:
        case Varchar():
            needs = type_.length is not None
        case Char():
            needs = True
        case Timestamp():
            needs = found.unit not in _WHOLE_MILLISECONDS
        case Array():
            needs = _needs_work(type_.element, found.value_type)
        case Map():
            needs = _needs_work(type_.key, found.key_type) or _needs_work(type_.value, found.item_type)
        case Row():
            needs = any(_needs_work(field.type, found.field(at).type) for at, field in enumerate(type_.fields))
        case _:
            needs = False
    return needs


def _is_number(found: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(found) or pa.types.is_integer(found))


def _is_bytes(found: pa.DataType) -> bool:
    return bool(pa.types.is_binary(found) or pa.types.is_string(found) or pa.types.is_fixed_size_binary(found))


def _is_small_integer(found: pa.DataType) -> bool:
    return bool(pa.types.is_integer(found) and found.bit_width <= _BITS_OF_INT32)


PARQUET_CASTS: Casts = {
    "boolean": pa.types.is_boolean,
    "tinyint": _is_small_integer,
    "smallint": _is_small_integer,
    "integer": _is_small_integer,
    "bigint": pa.types.is_integer,
    "real": lambda found: found in (pa.float16(), pa.float32()),
    "double": pa.types.is_floating,
    "decimal": _is_number,
    "varbinary": _is_bytes,
    "date": lambda found: pa.types.is_date(found) or found == pa.int32(),
}


def _text(column: str, type_: Varchar | Char) -> str:
    if isinstance(type_, Char):
        return f"rtrim(left({column}, {type_.length}), ' ')"
    return column if type_.length is None else f"left({column}, {type_.length})"


@dataclass(frozen=True, slots=True)
class _Expressions:
    """SQL that turns columns of a file into those of the table, by a format's casts."""

    casts: Casts

    def of(self, column: str, found: pa.DataType, type_: Type) -> str:
        """SQL that turns ``column``, of Arrow type ``found``, into the table's type."""
        match type_:
            case Array() if _is_list(found):
                return self._array(column, found, type_)
            case Map() if pa.types.is_map(found):
                return self._map(column, found, type_)
            case Row() if pa.types.is_struct(found):
                return self._row(column, found, type_)
            case Varchar() | Char() if pa.types.is_string(found) or pa.types.is_binary(found):
                return _text(column if pa.types.is_string(found) else f"arrow_cast({column}, 'Utf8')", type_)
            case Timestamp() if pa.types.is_timestamp(found):
                # As a number: adding an interval, like date_bin, ends where nanoseconds do, in the years 1677 and 2262.
                moved = f"arrow_cast({column}, 'Int64') + {_HALF_A_MILLISECOND}"
                rounded = f"date_trunc('millisecond', arrow_cast({moved}, 'Timestamp(Microsecond, None)'))"
                return rounded if found.unit == "us" else f"arrow_cast({column}, 'Timestamp(Microsecond, None)')"
        if type_.base in self.casts and self.casts[type_.base](found):
            return f"arrow_cast({column}, {text_literal(sql_type(arrow_type(type_)))})"
        raise MismatchError

    def _array(self, column: str, found: pa.DataType, type_: Array) -> str:
        return f"array_transform({column}, {self._lambda(found.value_type, type_.element)})"

    def _map(self, column: str, found: pa.DataType, type_: Map) -> str:
        keys, values = f"map_keys({column})", f"map_values({column})"
        if not _is_same(found.key_type, type_.key):
            keys = f"array_transform({keys}, {self._lambda(found.key_type, type_.key)})"
        if not _is_same(found.item_type, type_.value):
            values = f"array_transform({values}, {self._lambda(found.item_type, type_.value)})"
        return f"CASE WHEN {column} IS NOT NULL THEN map({keys}, {values}) END"

    def _row(self, column: str, found: pa.DataType, type_: Row) -> str:
        there = {field.name.lower(): field for field in reversed(list(found))}
        parts: list[str] = []
        for name, field in zip(field_names(type_), type_.fields, strict=True):
            other = there.get(name.lower())
            value = null_of(field.type)
            if other is not None:
                inner = f"{column}[{text_literal(other.name)}]"
                value = inner if _is_same(other.type, field.type) else self.of(inner, other.type, field.type)
            parts += [text_literal(name), value]
        return f"CASE WHEN {column} IS NOT NULL THEN named_struct({', '.join(parts)}) END"

    def _lambda(self, found: pa.DataType, type_: Type) -> str:
        """A function from the file's element to the table's. Its variable is named by depth: inner ones never clash."""
        depth = _depth(type_)
        variable = f"element{depth}"
        body = variable if _is_same(found, type_) else self.of(variable, found, type_)
        return f"{variable} -> {body}"


def _depth(type_: Type) -> int:
    match type_:
        case Array():
            return 1 + _depth(type_.element)
        case Map():
            return 1 + max(_depth(type_.key), _depth(type_.value))
        case Row():
            return 1 + max((_depth(field.type) for field in type_.fields), default=0)
    return 0


def _is_narrower_integer(found: pa.DataType, bits: int) -> bool:
    if pa.types.is_signed_integer(found):
        return bool(found.bit_width <= bits)
    return bool(pa.types.is_unsigned_integer(found) and found.bit_width < bits)


_ARROW_NAMES: dict[pa.DataType, str] = {
    pa.bool_(): "Boolean",
    pa.int8(): "Int8",
    pa.int16(): "Int16",
    pa.int32(): "Int32",
    pa.int64(): "Int64",
    pa.float32(): "Float32",
    pa.float64(): "Float64",
    pa.string(): "Utf8",
    pa.binary(): "Binary",
    pa.date32(): "Date32",
    pa.timestamp("us"): "Timestamp(Microsecond, None)",
    pa.timestamp("us", "UTC"): 'Timestamp(µs, "UTC")',
    pa.time64("us"): "Time64(µs)",
}


def sql_type(type_: pa.DataType) -> str:
    """The type as ``arrow_cast`` reads it."""
    if pa.types.is_decimal(type_):
        return f"Decimal128({type_.precision}, {type_.scale})"
    if pa.types.is_map(type_):
        key, value = sql_type(type_.key_type), sql_type(type_.item_type)
        return f'Map("entries": non-null Struct("key": non-null {key}, "value": {value}), unsorted)'
    if pa.types.is_list(type_):
        return f"List({sql_type(type_.value_type)})"
    if pa.types.is_struct(type_):
        fields = ", ".join(f"{_arrow_name(field.name)}: {sql_type(field.type)}" for field in type_)
        return f"Struct({fields})"
    return _ARROW_NAMES[type_]


def _arrow_name(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
