"""Writing delimited text as LazySimpleSerDe does: no quotes; separators are escaped where the table has an escape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.lake.formats.lazy_simple import lazy_options
from owlake.lake.formats.text.nested import LazyOptions
from owlake.lake.formats.text.values import bytes_of
from owlake.lake.writing.base import FileFormat
from owlake.lake.writing.compression import TEXTFILE
from owlake.lake.writing.compressors import ENDINGS
from owlake.lake.writing.text import TextFile
from owlake.lake.writing.texts import Text, joined, list_text, map_text, replaced, row_text, scalar_text
from owlake.types.model import Array, Char, Map, Row, Type, Varchar

_HEADER = "skip.header.line.count"
_FOOTER = "skip.footer.line.count"


def file_format(columns: Mapping[str, Type], properties: Mapping[str, str]) -> FileFormat:
    """Delimited files of a table. Errors: INVALID_TABLE_PROPERTY, NOT_SUPPORTED, HIVE_INVALID_METADATA."""
    options = lazy_options(properties)
    compression = TEXTFILE.of(properties)
    values = [_text(type_, options, 1) for type_ in columns.values()]
    separator = options.separators[:1]
    begin = partial(
        TextFile,
        lines=partial(_lines, separator, options.null, values),
        compression=compression,
        header=_header(list(columns), separator, properties),
    )
    return FileFormat(ENDINGS[compression.codec], begin)


def _header(names: Sequence[str], separator: bytes, properties: Mapping[str, str]) -> bytes:
    """The line of names that readers of the table pass over."""
    if properties.get(_FOOTER, "0") != "0":
        raise error("NOT_SUPPORTED", f"Inserting into Hive table with {_FOOTER} property not supported")
    count = properties.get(_HEADER, "0")
    if count not in ("0", "1"):
        text = f"Inserting into Hive table with value of {_HEADER} property greater than 1 is not supported"
        raise error("NOT_SUPPORTED", text)
    return separator.join(name.encode() for name in names) + b"\n" if count == "1" else b""


def _lines(separator: bytes, null: bytes, values: Sequence[Text], batch: pa.RecordBatch) -> pa.Array:
    parts = [value(column) for value, column in zip(values, batch.columns, strict=True)]
    return joined(parts, _before(separator, len(parts)), b"\n", null, batch.num_rows)


def _before(separator: bytes, count: int) -> list[bytes]:
    return [b"", *[separator] * (count - 1)]


def _text(type_: Type, options: LazyOptions, depth: int) -> Text:
    """How a column of the type is written: separators by depth, as they are read."""
    if isinstance(type_, Array | Map | Row) and depth + isinstance(type_, Map) >= len(options.separators):
        raise error("NOT_SUPPORTED", f"Text files nest {len(options.separators) - 1} levels at most: {type_}")
    separator, null = options.separators[depth : depth + 1], options.null
    match type_:
        case Array(element):
            return partial(list_text, element=_text(element, options, depth + 1), separator=separator, null=null)
        case Map(key, value):
            between = options.separators[depth + 1 : depth + 2]
            halves = _text(key, options, depth + 2), _text(value, options, depth + 2)
            return partial(map_text, key=halves[0], value=halves[1], between=between, separator=separator, null=null)
        case Row():
            fields = [_text(field.type, options, depth + 1) for field in type_.fields]
            return partial(row_text, fields=fields, before=_before(separator, len(fields)), after=b"", null=null)
        case Varchar() | Char() if options.escape is not None:
            return partial(_escaped, type_, options)
    return partial(scalar_text, type_=type_)


def _escaped(type_: Type, options: LazyOptions, column: pa.Array) -> pa.Array:
    texts = scalar_text(column, type_)
    if not len(texts):
        return texts
    escape = bytes([options.escape or 0])
    special = [byte for byte in options.separators if byte != options.escape]
    replacements = [(escape[0], escape * 2), *((byte, escape + bytes([byte])) for byte in special)]
    return replaced(texts, replacements, np.bincount(bytes_of(texts), minlength=256))
