"""Columns as bytes of text: scalars in Hive's form, and what lists, maps and rows of any form have in common.

https://github.com/trinodb/trino/tree/master/lib/trino-hive-formats
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.lake.formats.text.values import rounded_to_milliseconds
from owlake.types.model import VARBINARY, Char, Timestamp, Type, Varchar
from owlake.types.text_columns import text_column

Text = Callable[[pa.Array], pa.Array]
"""From a column to its values as bytes, NULL where they are NULL."""


def scalar_text(column: pa.Array, type_: Type) -> pa.Array:
    """Values as Hive writes them; char with its padding, binary as Base64."""
    if isinstance(type_, Varchar) or (isinstance(type_, Char) and column.null_count == len(column)):
        return column.cast(pa.binary())
    if isinstance(type_, Timestamp):
        texts = text_column(rounded_to_milliseconds(column.cast(pa.timestamp("us"))), Timestamp(3))
        # The fraction without the zeros at its end, the point too where nothing is left.
        return pc.utf8_rtrim(pc.utf8_rtrim(texts, "0"), ".").cast(pa.binary())
    if type_ == VARBINARY:
        values = [None if value is None else base64.b64encode(value) for value in column.to_pylist()]
        return pa.array(values, pa.binary())
    return text_column(column, type_).cast(pa.binary())


def list_text(column: pa.Array, element: Text, separator: bytes, null: bytes) -> pa.Array:
    """The elements of each list with a separator between them."""
    offsets, first, last = _bounds(column)
    return _joined(column, offsets, _filled(element(column.values.slice(first, last - first)), null), separator)


def map_text(column: pa.Array, key: Text, value: Text, between: bytes, separator: bytes, null: bytes) -> pa.Array:
    """The entries of each map, ``between`` keys and values."""
    offsets, first, last = _bounds(column)
    keys = key(column.keys.slice(first, last - first))
    values = _filled(value(column.items.slice(first, last - first)), null)
    return _joined(column, offsets, pc.binary_join_element_wise(keys, values, _binary(between)), separator)


def row_text(column: pa.Array, fields: Sequence[Text], before: Sequence[bytes], after: bytes, null: bytes) -> pa.Array:
    """The fields of each row, each with what is ``before`` it, and what comes ``after`` the last."""
    parts = [field(child) for field, child in zip(fields, column.flatten(), strict=True)]
    return _masked(joined(parts, before, after, null, len(column)), column)


def joined(parts: Sequence[pa.Array], before: Sequence[bytes], after: bytes, null: bytes, rows: int) -> pa.Array:
    """Row by row: each part with what is ``before`` it, and what comes ``after`` the last."""
    if not parts:
        return pa.array([after] * rows, pa.binary())
    pieces: list[pa.Array | pa.Scalar] = []
    for part, text in zip(parts, before, strict=True):
        pieces.extend((_binary(text), _filled(part, null)))
    return pc.binary_join_element_wise(*pieces, _binary(after), _binary(b""))


def with_ends(texts: pa.Array, before: bytes, after: bytes) -> pa.Array:
    """Each text between two others."""
    return pc.binary_join_element_wise(_binary(before), texts, _binary(after), _binary(b""))


def replaced(texts: pa.Array, replacements: Sequence[tuple[int, bytes]], present: np.ndarray) -> pa.Array:
    """The texts with bytes replaced, one after the other. ``present``: how often each of the 256 bytes is in them."""
    for byte, text in replacements:
        if present[byte]:
            texts = pc.replace_substring(texts, bytes([byte]), text)
    return texts


def _bounds(column: pa.Array) -> tuple[np.ndarray, int, int]:
    offsets = column.offsets.to_numpy()
    return offsets - offsets[0], int(offsets[0]), int(offsets[-1])


def _joined(column: pa.Array, offsets: np.ndarray, texts: pa.Array, separator: bytes) -> pa.Array:
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), texts)
    return _masked(pc.binary_join(lists, _binary(separator)), column)


def _masked(texts: pa.Array, column: pa.Array) -> pa.Array:
    return pc.if_else(column.is_valid(), texts, pa.scalar(None, pa.binary())) if column.null_count else texts


def _filled(texts: pa.Array, null: bytes) -> pa.Array:
    return pc.fill_null(texts, _binary(null)) if texts.null_count else texts


def _binary(text: bytes) -> pa.Scalar:
    return pa.scalar(text, pa.binary())
