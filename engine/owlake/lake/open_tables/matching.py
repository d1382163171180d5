"""How a field of a file is read as a column of the table: found by its id, widened as the table's schema was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from owlake.lake.formats.base import quoted, text_literal
from owlake.lake.formats.parquet_types import null_of, sql_type
from owlake.lake.open_tables.fields import FileField, TableField
from owlake.types.arrow import arrow_type, field_names
from owlake.types.model import (
    BIGINT,
    DOUBLE,
    INTEGER,
    SMALLINT,
    UUID,
    VARBINARY,
    Array,
    Decimal,
    Map,
    Row,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    Type,
    Varchar,
)

_MILLISECONDS = 3
_HALF_A_MILLISECOND = 500


class MismatchError(Exception):
    """A field of the file cannot be read as the table's; its name is the argument."""


@dataclass(frozen=True, slots=True)
class FieldReading:
    """``scanned``: the type in which the file's field is asked for; ``expression``: SQL over the column ``name``."""

    scanned: pa.DataType
    expression: str


def find(field: TableField, among: Sequence[FileField]) -> FileField | None:
    """The file's field that holds the table's."""
    if field.id is not None:
        return next((one for one in among if one.id == field.id), None)
    return next((one for one in among if one.name == (field.stored_name or field.name)), None)


def read_field(field: TableField, found: FileField, name: str) -> FieldReading:
    """How the file's field, shown as a column of this name, becomes the table's column. Errors: MismatchError."""
    column = quoted(name)
    if _is_same(field, found):
        return FieldReading(arrow_type(field.type), column)
    if not field.children and _widens(found.type, field.type):
        # The reader itself casts, and still knows the statistics of the file.
        return FieldReading(arrow_type(field.type), column)
    return FieldReading(found.type, _converted(column, field, found))


def missing(field: TableField) -> str:
    """What rows of a file without the field have."""
    if field.default is None:
        return null_of(field.type)
    if isinstance(field.default, bytes):
        return f"X'{field.default.hex()}'" if field.default else "arrow_cast('', 'Binary')"
    text = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return f"arrow_cast({text_literal(text)}, {text_literal(sql_type(arrow_type(field.type)))})"


def _is_same(field: TableField, found: FileField) -> bool:
    """Whether the file's field is the table's as it stands, inside too."""
    if not field.children:
        is_exact = found.type == arrow_type(field.type) and not _is_finer(found.type, field.type)
        return bool(is_exact) and field.type != UUID
    if len(field.children) != len(found.children) or not _are_alike(field, found):
        return False
    return all(_is_same(*pair) for pair in zip(field.children, found.children, strict=True))


def _are_alike(field: TableField, found: FileField) -> bool:
    match field.type:
        case Row():
            names = field_names(field.type)
            by_id = [find(one, found.children) for one in field.children]
            return list(names) == [one.name for one in found.children] and by_id == list(found.children)
        case Map():
            return bool(pa.types.is_map(found.type))
        case _:
            return bool(pa.types.is_list(found.type))


def _is_finer(found: pa.DataType, type_: Type) -> bool:
    """Whether the file has digits of seconds that a column of milliseconds has not."""
    is_coarse = isinstance(type_, TimestampWithTimeZone) and type_.precision == _MILLISECONDS
    return bool(is_coarse and pa.types.is_timestamp(found) and found.unit == "us")


def _is_bytes(found: pa.DataType) -> bool:
    return bool(pa.types.is_binary(found) or pa.types.is_fixed_size_binary(found))


def _widens(found: pa.DataType, type_: Type) -> bool:
    """Whether a cast reads the file's primitive type as the table's without loss."""
    match type_:
        case Decimal():
            is_number = pa.types.is_decimal(found) and found.scale == type_.scale
            return bool(is_number and found.precision <= type_.precision)
        case TimestampWithTimeZone() if _is_finer(found, type_):
            return False
        case Timestamp() | TimestampWithTimeZone():
            return bool(pa.types.is_timestamp(found) or (isinstance(type_, Timestamp) and pa.types.is_date(found)))
        case Time():
            return bool(pa.types.is_time(found))
        case Varchar():
            return bool(pa.types.is_string(found) or pa.types.is_binary(found))
    widths: dict[Type, bool] = {
        SMALLINT: found in (pa.int8(), pa.int16(), pa.int32()),
        INTEGER: found in (pa.int8(), pa.int16(), pa.int32()),
        BIGINT: bool(pa.types.is_signed_integer(found)),
        DOUBLE: found in (pa.float32(), pa.float64()),
        VARBINARY: _is_bytes(found),
    }
    return widths.get(type_, bool(found == arrow_type(type_)))


def _converted(column: str, field: TableField, found: FileField) -> str:
    """SQL that turns ``column`` into the table's type."""
    type_ = field.type
    if isinstance(type_, Row) and pa.types.is_struct(found.type):
        return _row(column, field, found)
    if isinstance(type_, TimestampWithTimeZone) and _is_finer(found.type, type_):
        # As a number: adding an interval ends where nanoseconds do, in the years 1677 and 2262.
        moved = f"arrow_cast({column}, 'Int64') + {_HALF_A_MILLISECOND}"
        return f"date_trunc('millisecond', arrow_cast({moved}, {text_literal(sql_type(arrow_type(type_)))}))"
    if isinstance(type_, Array) and pa.types.is_list(found.type):
        return f"array_transform({column}, {_lambda(field.children[0], found.children[0])})"
    if isinstance(type_, Map):
        return _map(column, field, found)
    if type_ == UUID and _is_bytes(found.type):
        return uuid_text(column)
    if not field.children and _widens(found.type, type_):
        return f"arrow_cast({column}, {text_literal(sql_type(arrow_type(type_)))})"
    raise MismatchError(found.name)


def _row(column: str, field: TableField, found: FileField) -> str:
    parts: list[str] = []
    assert isinstance(field.type, Row)
    for name, one in zip(field_names(field.type), field.children, strict=True):
        other = find(one, found.children)
        value = missing(one)
        if other is not None:
            inner = f"{column}[{text_literal(other.name)}]"
            value = inner if _is_same(one, other) else _converted(inner, one, other)
        parts += [text_literal(name), value]
    return f"CASE WHEN {column} IS NOT NULL THEN named_struct({', '.join(parts)}) END"


def _map(column: str, field: TableField, found: FileField) -> str:
    if pa.types.is_map(found.type):
        sides, keys, values = found.children, f"map_keys({column})", f"map_values({column})"
    elif pa.types.is_list(found.type) and len(found.children[0].children) == 2:
        # Avro's maps have keys of text: others are written as arrays of pairs.
        sides = found.children[0].children
        keys, values = (f"array_transform({column}, pair -> pair[{text_literal(one.name)}])" for one in sides)
    else:
        raise MismatchError(found.name)
    texts = [
        text if _is_same(one, other) else f"array_transform({text}, {_lambda(one, other)})"
        for text, one, other in zip((keys, values), field.children, sides, strict=True)
    ]
    return f"CASE WHEN {column} IS NOT NULL THEN map({texts[0]}, {texts[1]}) END"


def _lambda(field: TableField, found: FileField) -> str:
    """A function over elements. Its variable is named by depth: inner ones never clash."""
    variable = f"element{_depth(field)}"
    body = variable if _is_same(field, found) else _converted(variable, field, found)
    return f"{variable} -> {body}"


def _depth(field: TableField) -> int:
    return 1 + max((_depth(one) for one in field.children), default=0)


def uuid_text(column: str) -> str:
    """Sixteen bytes as the text of a UUID."""
    digits = f"encode(arrow_cast({column}, 'Binary'), 'hex')"
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(f"substr({digits}, {start}, {length})" for start, length in parts)
