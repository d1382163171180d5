"""The properties that tables have, by the clause that they stand in, with what is known of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from owlake.statements.iceberg import PROPERTIES as ICEBERG_PROPERTIES
from owlake.statements.table_properties import TableProperties

_BOOLEAN = ("true", "false")
_CODECS = ("gzip", "lz4", "none", "snappy", "zlib", "zstd")
_FORMATS = ("avro", "json", "orc", "parquet", "textfile")

CTAS: Mapping[str, Sequence[str]] = {
    **{one.name: () for one in fields(TableProperties)},
    "format": _FORMATS,
    "is_external": (),
    "orc_compression": _CODECS,
    "parquet_compression": _CODECS,
    "table_type": ("hive", "iceberg"),
    "write_compression": _CODECS,
}
"""Of ``CREATE TABLE ... WITH (...)``."""

OF_TABLES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(ICEBERG_PROPERTIES, ()),
    "bucketing_format": ("hive", "spark"),
    "classification": ("avro", "csv", "json", "orc", "parquet"),
    "compression_level": (),
    "format": _FORMATS,
    "has_encrypted_data": _BOOLEAN,
    "orc.compress": _CODECS,
    "parquet.compression": _CODECS,
    "projection.enabled": _BOOLEAN,
    "serialization.null.format": (),
    "skip.footer.line.count": (),
    "skip.header.line.count": ("1",),
    "storage.location.template": (),
    "table_type": ("ICEBERG",),
    "transactional": _BOOLEAN,
    "write.compression": _CODECS,
    "write_compression": _CODECS,
}
"""Of ``TBLPROPERTIES (...)``."""

OF_SERDES: Mapping[str, Sequence[str]] = {
    "case.insensitive": _BOOLEAN,
    "collection.delim": (),
    "dots.in.keys": _BOOLEAN,
    "escape.delim": (),
    "escapeChar": (),
    "field.delim": (),
    "ignore.malformed.json": _BOOLEAN,
    "input.format": (),
    "input.regex": (),
    "line.delim": (),
    "mapkey.delim": (),
    "parquet.column.index.access": _BOOLEAN,
    "quoteChar": (),
    "separatorChar": (),
    "serialization.encoding": (),
    "serialization.format": (),
    "serialization.last.column.takes.rest": _BOOLEAN,
    "serialization.null.format": (),
    "timestamp.formats": (),
}
"""Of ``SERDEPROPERTIES (...)``."""

_OF_A_COLUMN: Mapping[str, Sequence[str]] = {
    "digits": (),
    "format": (),
    "interval": (),
    "interval.unit": ("days", "hours", "minutes", "months", "seconds", "weeks", "years"),
    "range": (),
    "type": ("date", "enum", "injected", "integer"),
    "values": (),
}
"""Of ``projection.<column>.``."""


def table_properties(partition_keys: Sequence[str]) -> dict[str, Sequence[str]]:
    """The properties of ``TBLPROPERTIES``, with those of partition projection for the table's keys."""
    return {**OF_TABLES, **dict(_projections(partition_keys))}


def _projections(partition_keys: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    for key in partition_keys:
        for name, values in _OF_A_COLUMN.items():
            yield f"projection.{key}.{name}", values
