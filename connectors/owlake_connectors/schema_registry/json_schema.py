"""JSON schemas side by side: whether every value that one allows is allowed by the other.

That cannot be told of all schemas. What is compared here are the keywords of records (types, properties, items, enums,
bounds); any other one has to be the same on both sides, so that what is taken for compatible surely is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_NOTES = frozenset({"$schema", "$id", "id", "title", "description", "default", "examples", "$comment"})
_COMPARED = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum", "const"})
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_TYPES = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})


def not_accepted(reader: Any, writer: Any) -> list[str]:
    """Why a value that the writer's schema allows may not be allowed by the reader's; nothing if all are."""
    return list(_differences(reader, writer, "#"))


def _differences(reader: Any, writer: Any, place: str) -> Iterator[str]:
    if reader is True or reader == {} or writer is False or reader == writer:
        return
    if not isinstance(reader, Mapping):
        yield f"{place} allows nothing"
        return
    allowed: Mapping[str, Any] = writer if isinstance(writer, Mapping) else {}
    yield from _of_types(reader, allowed, place)
    yield from _of_values(reader, allowed, place)
    yield from _of_bounds(reader, allowed, place)
    yield from _of_objects(reader, allowed, place)
    if "items" in reader and _may_be(allowed, "array"):
        yield from _differences(reader["items"], allowed.get("items", True), f"{place}/items")
    for key in sorted(reader.keys() - _NOTES - _COMPARED - {*_LEAST, *_MOST}):
        if allowed.get(key) != reader[key]:
            yield f"{place}/{key} is not what it was"


def _of_types(reader: Mapping[str, Any], writer: Mapping[str, Any], place: str) -> Iterator[str]:
    here = _types(reader)
    gone = {one for one in _types(writer) if one not in here and not (one == "integer" and "number" in here)}
    if gone:
        yield f"{place}/type leaves out {', '.join(sorted(gone))}"


def _of_values(reader: Mapping[str, Any], writer: Mapping[str, Any], place: str) -> Iterator[str]:
    wanted, given = _values(reader), _values(writer)
    if wanted is None:
        return
    if given is None:
        yield f"{place}/enum was not there"
    elif gone := sorted({json.dumps(one) for one in given} - {json.dumps(one) for one in wanted}):
        yield f"{place}/enum leaves out {', '.join(gone)}"


def _of_bounds(reader: Mapping[str, Any], writer: Mapping[str, Any], place: str) -> Iterator[str]:
    for key in (*_LEAST, *_MOST):
        new, old = reader.get(key), writer.get(key)
        if new is None or new == old:
            continue
        is_wider = _is_number(new) and _is_number(old) and (new <= old if key in _LEAST else new >= old)
        if not is_wider:
            yield f"{place}/{key} is narrower"


def _of_objects(reader: Mapping[str, Any], writer: Mapping[str, Any], place: str) -> Iterator[str]:
    if not _may_be(writer, "object"):
        return
    for name in sorted(set(reader.get("required", ())) - set(writer.get("required", ()))):
        yield f"{place}/required has {name}"
    here, there = reader.get("properties", {}), writer.get("properties", {})
    others, other_values = reader.get("additionalProperties", True), writer.get("additionalProperties", True)
    for name in sorted(here.keys() | there.keys()):
        yield from _differences(here.get(name, others), there.get(name, other_values), f"{place}/properties/{name}")
    yield from _differences(others, other_values, f"{place}/additionalProperties")


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    written = schema.get("type")
    if written is None:
        return _TYPES
    return frozenset([written] if isinstance(written, str) else written)


def _may_be(schema: Mapping[str, Any], type_: str) -> bool:
    return type_ in _types(schema)


def _values(schema: Mapping[str, Any]) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
