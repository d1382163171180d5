"""Writing JSON as Hive's SerDe does: an object a line, every column in it, NULL as ``null``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.lake.formats.text.values import bytes_of
from owlake.lake.writing.base import FileFormat
from owlake.lake.writing.compression import JSON
from owlake.lake.writing.compressors import ENDINGS
from owlake.lake.writing.text import TextFile
from owlake.lake.writing.texts import Text, joined, list_text, map_text, replaced, row_text, scalar_text, with_ends
from owlake.types.arrow import field_names
from owlake.types.model import BOOLEAN, DOUBLE, REAL, VARBINARY, Array, Decimal, Map, Row, Type, is_integer

_NULL = b"null"
_ESCAPED = [
    (ord("\\"), b"\\\\"),
    (ord('"'), b'\\"'),
    *((code, json.dumps(chr(code))[1:-1].encode()) for code in range(0x20)),
]
"""The backslash first: the others bring some of their own."""


def file_format(columns: Mapping[str, Type], properties: Mapping[str, str]) -> FileFormat:
    """JSON files of a table. Errors: INVALID_TABLE_PROPERTY, NOT_SUPPORTED."""
    renamed = [key for key in properties if key.startswith("mapping.")]
    if renamed:
        text = f"Inserting into JSON tables with the property {renamed[0]} is not supported"
        raise error("NOT_SUPPORTED", text)
    compression = JSON.of(properties)
    lines = partial(_lines, [_key(name) for name in columns], [_value(type_) for type_ in columns.values()])
    return FileFormat(ENDINGS[compression.codec], partial(TextFile, lines=lines, compression=compression))


def _lines(keys: list[bytes], values: list[Text], batch: pa.RecordBatch) -> pa.Array:
    parts = [value(column) for value, column in zip(values, batch.columns, strict=True)]
    return joined(parts, _before(keys), b"}\n" if keys else b"{}\n", _NULL, batch.num_rows)


def _key(name: str) -> bytes:
    return json.dumps(name, ensure_ascii=False).encode() + b":"


def _before(keys: list[bytes]) -> list[bytes]:
    return [(b"," if number else b"{") + key for number, key in enumerate(keys)]


def _value(type_: Type) -> Text:
    match type_:
        case Array(element):
            inner = _value(element)
            return lambda column: with_ends(list_text(column, inner, b",", _NULL), b"[", b"]")
        case Map(key, value):
            halves = partial(_key_text, key), _value(value)
            return lambda column: with_ends(map_text(column, *halves, b":", b",", _NULL), b"{", b"}")
        case Row():
            fields = [_value(field.type) for field in type_.fields]
            before = _before([_key(name) for name in field_names(type_)])
            return lambda column: row_text(column, fields, before, b"}", _NULL)
        case Decimal():
            return partial(scalar_text, type_=type_)
        case _ if type_ in (REAL, DOUBLE):
            return partial(_number, type_)
        case _ if is_integer(type_) or type_ == BOOLEAN:
            return partial(scalar_text, type_=type_)
    return partial(_quoted, type_)


def _number(type_: Type, column: pa.Array) -> pa.Array:
    """What is no number in JSON stands in quotes."""
    texts = scalar_text(column, type_)
    is_number = pc.fill_null(pc.is_finite(column), fill_value=True)
    return (
        texts if pc.all(is_number).as_py() is not False else pc.if_else(is_number, texts, with_ends(texts, b'"', b'"'))
    )


def _key_text(type_: Type, column: pa.Array) -> pa.Array:
    return _quoted(type_, column)


def _quoted(type_: Type, column: pa.Array) -> pa.Array:
    # Hive takes binary for UTF-8. What is none would be lost: the cast refuses it.
    texts = column.cast(pa.string()).cast(pa.binary()) if type_ == VARBINARY else scalar_text(column, type_)
    present = np.bincount(bytes_of(texts), minlength=256) if len(texts) else np.zeros(256)
    return with_ends(replaced(texts, _ESCAPED, present), b'"', b'"')
