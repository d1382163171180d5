"""LazySimple's values: every type of the table from delimited bytes, nested ones by further separators.

Separators by depth: fields, elements of collections, keys of maps, then control characters for what lies deeper.
An escaped byte is hidden before a column is cut at its separators, and shown again where the text ends up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.lake.formats.text.values import (
    Convert,
    Reading,
    as_text,
    base64_bytes,
    bytes_of,
    cut_text,
    dates,
    decimals,
    floats,
    integers,
    java_decimal,
    java_float,
    lenient_days,
    lenient_timestamp,
    rounded_to_milliseconds,
    timestamps,
    without,
)
from owlake.types.arrow import arrow_type, field_names
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_BITS,
    REAL,
    VARBINARY,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Timestamp,
    Type,
    Varchar,
)

_INTEGER = re.compile(r"([+-]?)(?=.)(\d*)(?:\.\d*)?", re.ASCII)
_HIDDEN = b"\xff"
"""Never a byte of UTF-8: what follows it says which escaped byte is meant."""


@dataclass(frozen=True, slots=True)
class LazyOptions:
    """``separators`` by depth, the fields' first. ``read_timestamp`` reads the table's own forms."""

    separators: bytes
    null: bytes
    escape: int | None
    extended_booleans: bool
    read_timestamp: Callable[[str], int | None] | None = None


def lazy_converter(type_: Type, options: LazyOptions, depth: int = 1) -> Convert:
    """How a column of the type is read. Errors: NOT_SUPPORTED for types that text cannot hold."""
    if isinstance(type_, Array | Map | Row) and depth + isinstance(type_, Map) >= len(options.separators):
        raise error("HIVE_INVALID_METADATA", f"Text files nest {len(options.separators) - 1} levels at most: {type_}")
    match type_:
        case Array(element):
            return partial(_array, arrow_type(type_), options, depth, lazy_converter(element, options, depth + 1))
        case Map(key, value):
            halves = lazy_converter(key, options, depth + 2), lazy_converter(value, options, depth + 2)
            return partial(_map, arrow_type(type_), options, depth, halves)
        case Row(fields):
            children = [lazy_converter(field.type, options, depth + 1) for field in fields]
            return partial(_row, dict(zip(field_names(type_), children, strict=True)), options, depth)
        case Varchar() | Char():
            return partial(_text, type_, options)
    reading = _reading(type_, options)
    if reading is not None:
        finish = rounded_to_milliseconds if isinstance(type_, Timestamp) else _as_it_is
        return partial(_scalar, reading, options.null, finish)
    if type_ == BOOLEAN:
        return partial(_boolean, options)
    if type_ == VARBINARY:
        return partial(_binary, options)
    raise error("NOT_SUPPORTED", f"Unsupported column type of a text file: {type_}")


def _reading(type_: Type, options: LazyOptions) -> Reading | None:
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return integers(bits, partial(_integer, bits))
    match type_:
        case Decimal(precision, scale):
            return decimals(precision, scale, partial(java_decimal, precision=precision, scale=scale))
        case Timestamp():
            return timestamps(options.read_timestamp or lenient_timestamp, is_usual=options.read_timestamp is None)
        case _ if type_ in (REAL, DOUBLE):
            return floats(32 if type_ == REAL else 64, java_float)
        case _ if type_ == DATE:
            return dates(lenient_days)
    return None


def _integer(bits: int, text: str) -> int | None:
    """Digits with a sign; a fraction is read over."""
    found = _INTEGER.fullmatch(text)
    if not found or len(found[2]) > 100:
        return None
    value = int(found[1] + (found[2] or "0"))
    return value if -(1 << (bits - 1)) <= value < 1 << (bits - 1) else None


def _as_it_is(column: pa.Array) -> pa.Array:
    return column


def _scalar(reading: Reading, null: bytes, finish: Convert, column: pa.Array) -> pa.Array:
    return finish(reading.column(without(without(column, null), b"")))


def _boolean(options: LazyOptions, column: pa.Array) -> pa.Array:
    text = pc.ascii_lower(as_text(without(column, options.null)))
    words = (["true", "t", "1"], ["false", "f", "0"]) if options.extended_booleans else (["true"], ["false"])
    is_true, is_false = (pc.is_in(text, pa.array(word)) for word in words)
    return pc.if_else(pc.or_(is_true, is_false), is_true, pa.scalar(None, pa.bool_()))


def _binary(options: LazyOptions, column: pa.Array) -> pa.Array:
    """Base64, one by one: Arrow has no decoder."""
    texts = as_text(without(column, options.null)).to_pylist()
    return pa.array([None if text is None else base64_bytes(text) for text in texts], pa.binary())


def _text(type_: Varchar | Char, options: LazyOptions, column: pa.Array) -> pa.Array:
    column = without(column, options.null)
    if options.escape is not None:
        column = _unescaped(_shown(column, options), options.escape)
    text = as_text(column)
    if type_.length is not None:
        text = cut_text(text, type_.length)
    return pc.utf8_rtrim(text, " ") if isinstance(type_, Char) else text


def _array(type_: pa.DataType, options: LazyOptions, depth: int, element: Convert, column: pa.Array) -> pa.Array:
    present, offsets, values = _parts(without(column, options.null), options, depth)
    bounds = pa.array(offsets.astype(np.int32))
    return pa.ListArray.from_arrays(bounds, element(values), type_, mask=pc.invert(present))


def _map(
    type_: pa.DataType, options: LazyOptions, depth: int, halves: tuple[Convert, Convert], column: pa.Array
) -> pa.Array:
    """Of entries with the same key the first stays; one without a key is none."""
    present, offsets, entries = _parts(without(column, options.null), options, depth)
    _, bounds, texts = _parts(entries, options, depth + 1, at_most=1, keep_empty=True)
    key, value = halves
    keys = key(texts.take(bounds[:-1]))
    at = np.where(np.diff(bounds) > 1, bounds[:-1] + 1, -1)
    values = value(texts.take(pa.array(at, mask=at < 0)))
    kept = _first_of_keys(np.repeat(np.arange(len(column)), np.diff(offsets)), keys)
    counts = np.concatenate(([0], np.cumsum(kept)))[offsets]
    indexes = pa.array(np.flatnonzero(kept))
    return pa.MapArray.from_arrays(
        pa.array(counts.astype(np.int32), mask=np.append(~present.to_numpy(zero_copy_only=False), False)),
        keys.take(indexes),
        values.take(indexes),
    ).cast(type_)


def _row(children: Mapping[str, Convert], options: LazyOptions, depth: int, column: pa.Array) -> pa.Array:
    present, bounds, texts = _parts(without(column, options.null), options, depth, keep_empty=True)
    counts = np.diff(bounds)
    arrays = []
    for number, child in enumerate(children.values()):
        at = np.where(counts > number, bounds[:-1] + number, -1)
        arrays.append(child(texts.take(pa.array(at, mask=at < 0))))
    fields = [pa.field(name, array.type) for name, array in zip(children, arrays, strict=True)]
    return pa.StructArray.from_arrays(arrays, fields=fields, mask=pc.invert(present))


def _parts(
    column: pa.Array, options: LazyOptions, depth: int, *, at_most: int | None = None, keep_empty: bool = False
) -> tuple[pa.Array, np.ndarray[tuple[int], np.dtype[np.int64]], pa.Array]:
    """The values cut at the separator of the depth: which are there, where their parts begin, and all the parts.

    An empty text has no parts, or one empty one (``keep_empty``).
    """
    present = pc.is_valid(column)
    if options.escape is not None and depth == 1:
        column = _hidden(column, options)
    if not keep_empty:
        column = without(column, b"")
    parts = pc.split_pattern(column, options.separators[depth : depth + 1], max_splits=at_most)
    offsets = parts.offsets.to_numpy().astype(np.int64)
    return present, offsets - offsets[0], parts.flatten()


def _first_of_keys(
    rows: np.ndarray[tuple[int], np.dtype[np.int64]], keys: pa.Array
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which entries have a key that no entry before them in their row has."""
    kept = np.zeros(len(keys), bool)
    if len(keys):
        encoded = keys.dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
        _, first = np.unique(rows * (len(encoded.dictionary) + 1) + codes, return_index=True)
        kept[first] = True
        kept &= codes >= 0
    return kept


def _hidden(column: pa.Array, options: LazyOptions) -> pa.Array:
    """Escaped escapes and separators behind a byte that no text has."""
    for code, pair in _escaped_pairs(options):
        column = pc.replace_substring(column, pair, _HIDDEN + code)
    return column


def _shown(column: pa.Array, options: LazyOptions) -> pa.Array:
    if not (bytes_of(column) == _HIDDEN[0]).any():
        return column
    for code, pair in _escaped_pairs(options):
        column = pc.replace_substring(column, _HIDDEN + code, pair)
    return column


def _escaped_pairs(options: LazyOptions) -> list[tuple[bytes, bytes]]:
    escape = bytes([options.escape or 0])
    pairs = [escape + escape, *(escape + bytes([separator]) for separator in options.separators)]
    return [(bytes([0x80 + number]), pair) for number, pair in enumerate(pairs)]


def _unescaped(column: pa.Array, escape: int) -> pa.Array:
    """Each escape gone that has a byte behind it."""
    if not pc.any(pc.match_substring(column, bytes([escape]))).as_py():
        return column
    pattern = rf"(?s)\x{escape:02x}(.)"
    return pc.replace_substring_regex(column, pattern, r"\1")
