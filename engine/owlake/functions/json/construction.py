"""JSON_OBJECT and JSON_ARRAY (https://trino.io/docs/current/functions/json.html#json-array)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import expanded, length_of
from owlake.functions.json.documents import Value, java_order
from owlake.functions.json.invocation import BAD_INPUT, Input, passed_values
from owlake.functions.json.path.evaluation import EMPTY_SEQUENCE
from owlake.functions.json.path.items import json_of
from owlake.functions.json.path_functions import writer
from owlake.types.arrow import arrow_type
from owlake.types.model import Type

Kernel = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ConstructorCall:
    """JSON_ARRAY, or JSON_OBJECT, whose arguments are all keys and then all values.

    ``values`` says what the values are; NULL among them is JSON's null, or left out unless ``null_on_null``.
    """

    values: tuple[Input, ...]
    null_on_null: bool
    returning: Type
    output_format: str = "JSON"
    unique_keys: bool = False


_ABSENT = object()


def _column(column: pa.Array, given: Input, call: ConstructorCall) -> list[Value]:
    instead = None if call.null_on_null else _ABSENT
    return [_value(item, instead) for item in passed_values(column, given)]


def _value(item: Any, instead: Any) -> Value:
    if item is None or item is EMPTY_SEQUENCE:
        return instead
    if item is BAD_INPUT:
        raise error("JSON_INPUT_CONVERSION_ERROR", "conversion to JSON failed: ")
    return json_of(item)


def _columns(columns: Sequence[Any]) -> list[pa.Array]:
    length = length_of(columns)
    return [expanded(column, length) for column in columns]


@cache
def array_kernel(call: ConstructorCall) -> Kernel:
    """The kernel of JSON_ARRAY over its values."""
    output = writer(call.returning, call.output_format)

    def json_array(*columns: Any) -> pa.Array:
        values = [_column(array, given, call) for array, given in zip(_columns(columns), call.values, strict=True)]
        rows = ([value for value in row if value is not _ABSENT] for row in zip(*values, strict=True))
        return pa.array([output(row) for row in rows], arrow_type(call.returning))

    return json_array


@cache
def object_kernel(call: ConstructorCall) -> Kernel:
    """The kernel of JSON_OBJECT over its keys and its values."""
    output = writer(call.returning, call.output_format)
    count = len(call.values)

    def json_object(*columns: Any) -> pa.Array:
        arrays = _columns(columns)
        keys = [array.to_pylist() for array in arrays[:count]]
        values = [_column(array, given, call) for array, given in zip(arrays[count:], call.values, strict=True)]
        rows = zip(zip(*keys, strict=True), zip(*values, strict=True), strict=True)
        return pa.array([output(_members(call, *row)) for row in rows], arrow_type(call.returning))

    return json_object


def _members(call: ConstructorCall, keys: Sequence[str | None], values: Sequence[Value]) -> Value:
    found: dict[str, Value] = {}
    for key, value in zip(keys, values, strict=True):
        if key is None:
            text = "null value passed for JSON object key to JSON_OBJECT function"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
        if value is _ABSENT:
            continue
        if key in found:
            if call.unique_keys:
                raise error("INVALID_FUNCTION_ARGUMENT", "duplicate key passed to JSON_OBJECT function")
            raise error("NOT_SUPPORTED", "cannot construct a JSON object with duplicate key")
        found[key] = value
    return {key: found[key] for key in in_hash_order(list(found))}


def in_hash_order(keys: Sequence[str]) -> list[str]:
    """The keys as a Java HashMap lists them: Trino's objects keep no order of their own."""
    size = 16
    while len(keys) > size * 3 // 4:
        size *= 2
    return sorted(keys, key=lambda key: _spread(_java_hash(key)) & (size - 1))


def _java_hash(text: str) -> int:
    units = java_order(text)
    found = 0
    for at in range(0, len(units), 2):
        found = (found * 31 + (units[at] << 8) + units[at + 1]) & 0xFFFFFFFF
    return found


def _spread(hash_: int) -> int:
    return hash_ ^ hash_ >> 16
