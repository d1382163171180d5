"""The properties of CTAS and UNLOAD: ``WITH (format = 'PARQUET', partitioned_by = ARRAY['year'], ...)``.

https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html#ctas-table-properties,
https://docs.aws.amazon.com/athena/latest/ug/unload.html#unload-parameters
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from owlake.catalog.file_formats import FILE_FORMATS
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Position
from owlake.dialect.nodes.statements import Property
from owlake.errors import OwlakeError, error
from owlake.lake.property_registry import Clause, properties_of
from owlake.lake.writing.compression import OF_FORMATS

_OF_ONE_FORMAT = {"parquet_compression": "PARQUET", "orc_compression": "ORC", "field_delimiter": "TEXTFILE"}
_OF_ONE_TABLE_TYPE = {
    "location": "ICEBERG",
    "partitioning": "ICEBERG",
    "external_location": "HIVE",
    "partitioned_by": "HIVE",
    "bucketed_by": "HIVE",
    "bucket_count": "HIVE",
}
_DEFAULT_CODECS = {"ICEBERG": "ZSTD"}
_CODEC_KEYS = ("write_compression", "parquet_compression", "orc_compression")


@dataclass(frozen=True, slots=True)
class TableProperties:
    """What a CTAS says of its table. None where it says nothing."""

    table_type: str = "HIVE"
    format: str = "PARQUET"
    write_compression: str | None = None
    parquet_compression: str | None = None
    orc_compression: str | None = None
    compression_level: int | None = None
    field_delimiter: str | None = None
    external_location: str | None = None
    location: str | None = None
    is_external: bool = True
    partitioned_by: tuple[str, ...] = ()
    bucketed_by: tuple[str, ...] = ()
    bucket_count: int | None = None
    partitioning: tuple[str, ...] = ()

    @property
    def codec(self) -> str:
        """The codec, under whichever name it was given, or the default of the format."""
        given = self.write_compression or self.parquet_compression or self.orc_compression
        if given is None and self.table_type == "HIVE" and self.format in OF_FORMATS:
            return OF_FORMATS[self.format].default
        return given or _DEFAULT_CODECS.get(self.table_type, "GZIP")


def table_properties(written: Sequence[Property]) -> TableProperties:
    """The properties as written, checked on their own and against each other.

    Errors: INVALID_TABLE_PROPERTY, DUPLICATE_PROPERTY.
    """
    known = {one.name for one in fields(TableProperties)}
    values: dict[str, Any] = {}
    for one in written:
        name = one.name.name
        if name not in known:
            near = get_close_matches(name, known, n=1)
            text = f"Catalog 'awsdatacatalog' table property '{name}' does not exist"
            raise error("INVALID_TABLE_PROPERTY", text, one.position, hint=f"Did you mean {near[0]}?" if near else None)
        if name in values:
            raise error("DUPLICATE_PROPERTY", f"Duplicate property: {name}", one.position)
        values[name] = _READERS[name](one)
    found = TableProperties(**values)
    _check(found, values, written)
    _check_meaning(found, written)
    return found


def unload_properties(written: Sequence[Property], position: Position) -> TableProperties:
    """The properties of UNLOAD. Errors: INVALID_TABLE_PROPERTY, DUPLICATE_PROPERTY."""
    known = properties_of(Clause.UNLOAD)
    for one in written:
        if one.name.name not in known:
            near = get_close_matches(one.name.name, known, n=1)
            text = f"UNLOAD property '{one.name.name}' does not exist"
            raise error("INVALID_TABLE_PROPERTY", text, one.position, hint=f"Did you mean {near[0]}?" if near else None)
    if all(one.name.name != "format" for one in written):
        raise error("INVALID_TABLE_PROPERTY", "UNLOAD property 'format' is required", position)
    return table_properties([_renamed(one, "compression", "write_compression") for one in written])


def _renamed(one: Property, name: str, other: str) -> Property:
    return replace(one, name=replace(one.name, value=other)) if one.name.name == name else one


def _check_meaning(found: TableProperties, written: Sequence[Property]) -> None:
    """A property that would mean nothing is refused: who writes it counts on it."""
    for one in written:
        name = one.name.name
        if _OF_ONE_FORMAT.get(name, found.format) != found.format:
            text = f"Cannot specify {name} table property for storage format: {found.format}"
            raise error("INVALID_TABLE_PROPERTY", text, one.position)
        if _OF_ONE_TABLE_TYPE.get(name, found.table_type) != found.table_type:
            text = f"Cannot specify {name} table property for table type: {found.table_type}"
            raise error("INVALID_TABLE_PROPERTY", text, one.position)
        codec = found.codec
        if name == "compression_level" and codec != "ZSTD":
            text = f"Cannot specify compression_level table property for compression: {codec}"
            raise error("INVALID_TABLE_PROPERTY", text, one.position)
        if name == "is_external" and found.table_type == "HIVE" and not found.is_external:
            text = "The is_external table property must be true for table type: HIVE"
            raise error("INVALID_TABLE_PROPERTY", text, one.position)
    if found.format in OF_FORMATS and found.table_type == "HIVE":
        OF_FORMATS[found.format].check(found.codec)


def _check(found: TableProperties, values: dict[str, Any], written: Sequence[Property]) -> None:
    position = written[0].position if written else None
    if found.format not in {*FILE_FORMATS, "JSON"}:
        raise error("INVALID_TABLE_PROPERTY", f"Unsupported file format: {found.format}", position)
    if found.table_type not in ("HIVE", "ICEBERG"):
        raise error("INVALID_TABLE_PROPERTY", f"Unsupported table type: {found.table_type}", position)
    if sum(key in values for key in _CODEC_KEYS) > 1:
        text = f"Only one of {', '.join(_CODEC_KEYS)} may be specified"
        raise error("INVALID_TABLE_PROPERTY", text, position)
    if bool(found.bucketed_by) != (found.bucket_count is not None):
        text = "bucketed_by and bucket_count must be specified together"
        raise error("INVALID_TABLE_PROPERTY", text, position)
    if found.bucket_count is not None and found.bucket_count < 1:
        raise error("INVALID_TABLE_PROPERTY", "bucket_count must be greater than zero", position)


def _text(one: Property) -> str:
    if isinstance(one.value, nodes.StringLiteral):
        return one.value.value
    raise _invalid(one, "varchar")


def _upper(one: Property) -> str:
    return _text(one).strip().upper()


def _delimiter(one: Property) -> str:
    r"""One character, or how Hive and Java spell one that is not seen: ``\t``, ``\001``, ``\u0001``."""
    text = _text(one)
    found = _SPELLED.fullmatch(text)
    if found:
        text = "\t" if found["tab"] else chr(int(found["octal"], 8) if found["octal"] else int(found["hex"], 16))
    if len(text) != 1 or ord(text) > _LAST_BYTE:
        raise error("INVALID_TABLE_PROPERTY", f"{one.name.name} must be a single character", one.position)
    return text


_SPELLED = re.compile(r"\\(?:(?P<tab>t)|(?P<octal>[0-3][0-7]{2})|u(?P<hex>00[0-9a-fA-F]{2}))")
_LAST_BYTE = 0x7F


def _integer(one: Property) -> int:
    if isinstance(one.value, nodes.LongLiteral):
        return one.value.value
    if isinstance(one.value, nodes.StringLiteral) and one.value.value.strip().isdigit():
        return int(one.value.value)
    raise _invalid(one, "integer")


def _boolean(one: Property) -> bool:
    if isinstance(one.value, nodes.BooleanLiteral):
        return one.value.value
    raise _invalid(one, "boolean")


def _names(one: Property) -> tuple[str, ...]:
    items = one.value.items if isinstance(one.value, nodes.Array) else ()
    if isinstance(one.value, nodes.Array) and all(isinstance(item, nodes.StringLiteral) for item in items):
        return tuple(item.value.lower() for item in items if isinstance(item, nodes.StringLiteral))
    raise _invalid(one, "array(varchar)")


def _invalid(one: Property, wanted: str) -> OwlakeError:
    text = f"Invalid value for catalog 'awsdatacatalog' table property '{one.name.name}': Cannot convert it to {wanted}"
    return error("INVALID_TABLE_PROPERTY", text, one.position)


_READERS: dict[str, Callable[[Property], Any]] = {
    "table_type": _upper,
    "format": _upper,
    "write_compression": _upper,
    "parquet_compression": _upper,
    "orc_compression": _upper,
    "compression_level": _integer,
    "field_delimiter": _delimiter,
    "external_location": _text,
    "location": _text,
    "is_external": _boolean,
    "partitioned_by": _names,
    "bucketed_by": _names,
    "bucket_count": _integer,
    "partitioning": _names,
}
