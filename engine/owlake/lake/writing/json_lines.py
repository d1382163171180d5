"""Writing JSON as Hive's SerDe does: an object a line, every column in it, NULL as ``null``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.lake.formats.json.documents import PATH, WHOLE
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
    if properties.get(PATH, WHOLE) != WHOLE:
        raise error("NOT_SUPPORTED", f"Inserting into JSON tables with the property {PATH} is not supported")
    compression = JSON.of(properties)
    begin = partial(TextFile, lines=line_writer(columns), compression=compression)
    return FileFormat(ENDINGS[compression.codec], begin)


def line_writer(columns: Mapping[str, Type], *, binary_is_base64: bool = False) -> Callable[[pa.RecordBatch], pa.Array]:
    """From rows to their lines. Hive's SerDe takes the bytes of varbinary for text, OpenX's has them in Base64."""
    binary = partial(_quoted, VARBINARY) if binary_is_base64 else _utf8
    return partial(_lines, [_key(name) for name in columns], [_value(type_, binary) for type_ in columns.values()])


def _lines(keys: list[bytes], values: list[Text], batch: pa.RecordBatch) -> pa.Array:
    parts = [value(column) for value, column in zip(values, batch.columns, strict=True)]
    return joined(parts, _before(keys), b"}\n" if keys else b"{}\n", _NULL, batch.num_rows)


def _key(name: str) -> bytes:
    return json.dumps(name, ensure_ascii=False).encode() + b":"


def _before(keys: list[bytes]) -> list[bytes]:
    return [(b"," if number else b"{") + key for number, key in enumerate(keys)]


def _value(type_: Type, binary: Text) -> Text:
    match type_:
        case Array(element):
            inner = _value(element, binary)
            return lambda column: with_ends(list_text(column, inner, b",", _NULL), b"[", b"]")
        case Map(key, value):
            halves = binary if key == VARBINARY else partial(_quoted, key), _value(value, binary)
            return lambda column: with_ends(map_text(column, *halves, b":", b",", _NULL), b"{", b"}")
        case Row():
            fields = [_value(field.type, binary) for field in type_.fields]
            before = _before([_key(name) for name in field_names(type_)])
            return lambda column: row_text(column, fields, before, b"}", _NULL)
        case Decimal():
            return partial(scalar_text, type_=type_)
        case _ if type_ in (REAL, DOUBLE):
            return partial(_number, type_)
        case _ if is_integer(type_) or type_ == BOOLEAN:
            return partial(scalar_text, type_=type_)
    return binary if type_ == VARBINARY else partial(_quoted, type_)


def _number(type_: Type, column: pa.Array) -> pa.Array:
    """What is no number in JSON stands in quotes."""
    texts = scalar_text(column, type_)
    is_number = pc.fill_null(pc.is_finite(column), fill_value=True)
    return (
        texts if pc.all(is_number).as_py() is not False else pc.if_else(is_number, texts, with_ends(texts, b'"', b'"'))
    )


def _utf8(column: pa.Array) -> pa.Array:
    # What is no text would be lost: the cast refuses it.
    return _in_quotes(column.cast(pa.string()).cast(pa.binary()))


def _quoted(type_: Type, column: pa.Array) -> pa.Array:
    return _in_quotes(scalar_text(column, type_))


def _in_quotes(texts: pa.Array) -> pa.Array:
    present = np.bincount(bytes_of(texts), minlength=256) if len(texts) else np.zeros(256)
    return with_ends(replaced(texts, _ESCAPED, present), b'"', b'"')
