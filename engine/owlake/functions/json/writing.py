"""CAST to JSON: columns as JSON texts, a whole level of nesting at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.json.documents import java_order, json_double, write_string
from owlake.functions.temporal import writing as temporal
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_BITS,
    JSON,
    REAL,
    UNKNOWN,
    Array,
    Decimal,
    Map,
    Row,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)
from owlake.types.rendering import double_text, real_text

_TEMPORAL: dict[type[Type], Callable[..., pa.Array]] = {
    Timestamp: temporal.timestamp_to_text,
    TimestampWithTimeZone: temporal.timestamp_with_zone_to_text,
    Time: temporal.time_to_text,
    TimeWithTimeZone: temporal.time_with_zone_to_text,
}


@cache
def to_json_kernel(type_: Type) -> Callable[[pa.Array], pa.Array]:
    """The kernel of ``CAST(value AS json)`` for values of a type."""

    def type_to_json(values: pa.Array) -> pa.Array:
        return json_texts(values, type_)

    return type_to_json


def json_texts(values: pa.Array, type_: Type) -> pa.Array:
    """The values as JSON texts; NULL stays NULL."""
    match type_:
        case Array():
            return _wrapped(_joined(values, json_texts(values.flatten(), type_.element)), "[", "]")
        case Map():
            return _maps(values, type_)
        case Row():
            return _rows(values, type_)
        case Varchar():
            return pa.array([None if one is None else write_string(one) for one in values.to_pylist()], pa.string())
        case Decimal():
            return _each(values, str)
        case Timestamp() | TimestampWithTimeZone() | Time() | TimeWithTimeZone():
            texts = _TEMPORAL[type(type_)](values, pa.scalar(type_.precision))
            return _wrapped(texts, '"', '"')
        case _:
            return _primitives(values, type_)


def _primitives(values: pa.Array, type_: Type) -> pa.Array:
    if type_ == JSON:
        return values
    if type_ in INTEGER_BITS or type_ in (BOOLEAN, UNKNOWN):
        return values.cast(pa.string())
    if type_ == DATE:
        return _wrapped(temporal.date_to_text(values), '"', '"')
    return _each(values, json_double if type_ == DOUBLE else _json_real)


def _json_real(value: float) -> str:
    text = real_text(value)
    return text if text[-1].isdigit() else f'"{text}"'


def _each(values: pa.Array, shown: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if value is None else shown(value) for value in values.to_pylist()], pa.string())


def _wrapped(texts: pa.Array, before: str, after: str) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(before), texts, pa.scalar(after), "")


def _joined(lists: pa.Array, texts: pa.Array, separator: str = ",") -> pa.Array:
    """The texts of each list's elements with commas between; ``texts`` are those of all lists behind each other."""
    counts = pc.list_value_length(lists).fill_null(0)
    ends = pc.cumulative_sum(counts).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    rows = pa.ListArray.from_arrays(offsets, texts.fill_null("null"))
    joined = pc.binary_join(rows, separator)
    return pc.if_else(lists.is_valid(), joined, pa.scalar(None, pa.string())) if lists.null_count else joined


def _maps(values: pa.Array, type_: Map) -> pa.Array:
    """Objects, their keys in Java's order; of keys that are the same text the last one counts."""
    as_lists = values.cast(pa.list_(pa.struct([("key", values.type.key_type), ("value", values.type.item_type)])))
    entries = as_lists.flatten()
    keys = object_keys(entries.field("key"), type_.key).to_pylist()
    items = json_texts(entries.field("value"), type_.value).fill_null("null").to_pylist()
    counts = pc.list_value_length(as_lists).to_pylist()
    found: list[str | None] = []
    at = 0
    for count in counts:
        if count is None:
            found.append(None)
            continue
        members = dict(zip(keys[at : at + count], items[at : at + count], strict=True))
        ordered = sorted(members, key=java_order) if len(members) > 1 else members
        found.append("{" + ",".join(f"{write_string(key)}:{members[key]}" for key in ordered) + "}")
        at += count
    return pa.array(found, pa.string())


def object_keys(keys: pa.Array, type_: Type) -> pa.Array:
    """A map's keys as names of members."""
    match type_:
        case Varchar():
            return keys
        case Decimal():
            return _each(keys, lambda value: f"{value:f}")
        case _ if type_ in (DOUBLE, REAL):
            return _each(keys, double_text if type_ == DOUBLE else real_text)
        case _:
            return pc.replace_substring(json_texts(keys, type_), '"', "")


def _rows(values: pa.Array, type_: Row) -> pa.Array:
    pieces: list[Any] = []
    for place, (field, part) in enumerate(zip(type_.fields, values.flatten(), strict=True)):
        pieces.append(pa.scalar(f"{',' if place else '{'}{write_string(field.name or '')}:"))
        pieces.append(json_texts(part, field.type).fill_null("null"))
    texts = pc.binary_join_element_wise(*pieces, pa.scalar("}"), "")
    return pc.if_else(values.is_valid(), texts, pa.scalar(None, pa.string())) if values.null_count else texts
