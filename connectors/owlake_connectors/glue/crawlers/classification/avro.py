"""Avro: the schema stands at the file's beginning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any

from owlake_connectors.glue.crawlers.classification.found import Classified, Layout, estimated_records
from owlake_connectors.glue.crawlers.classification.parquet import notes_of
from owlake_connectors.glue.crawlers.classification.sample import SAMPLE_BYTES, Sample, UnreadableFileError
from owlake_connectors.glue.crawlers.inference.merging import MOST_DIGITS
from owlake_connectors.glue.crawlers.inference.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    NULL,
    STRING,
    TIMESTAMP,
    Array,
    Decimal,
    Field,
    FoundType,
    Map,
    Struct,
)

LAYOUT = Layout("avro", "AVRO", serde_parameters=(("serialization.format", "1"),), has_schema=True)
_MAGIC = b"Obj\x01"
_PRIMITIVE: dict[str, FoundType] = {
    "null": NULL,
    "boolean": BOOLEAN,
    "int": INT,
    "long": BIGINT,
    "float": FLOAT,
    "double": DOUBLE,
    "bytes": BINARY,
    "fixed": BINARY,
    "string": STRING,
    "enum": STRING,
}
_LOGICAL: dict[str, FoundType] = {
    "date": DATE,
    "timestamp-millis": TIMESTAMP,
    "timestamp-micros": TIMESTAMP,
    "local-timestamp-millis": TIMESTAMP,
    "local-timestamp-micros": TIMESTAMP,
}


def classify(sample: Sample) -> Classified | None:
    """An Avro container of records."""
    if not sample.data.startswith(_MAGIC):
        return None
    import fastavro  # noqa: PLC0415  (seldom)

    try:
        with sample.source() as stream:
            reader = fastavro.block_reader(stream)
            schema = json.loads(reader.metadata["avro.schema"])
            blocks = list(islice(reader, 1 + SAMPLE_BYTES // (1 << 16)))
            counted = sum(block.num_records for block in blocks)
            end = stream.tell()
    except (OSError, ValueError, KeyError, EOFError) as problem:
        raise UnreadableFileError(f"The Avro file is damaged: {type(problem).__name__}: {problem}") from problem
    if not isinstance(schema, Mapping) or schema.get("type") != "record":
        raise UnreadableFileError("The Avro file has no records")
    records = counted if end >= sample.file.size else estimated_records(sample, counted, end)
    columns, left_out = _columns(schema)
    text = json.dumps(schema, separators=(",", ":"))
    return Classified(LAYOUT, columns, records, schema=text, notes=notes_of(left_out))


class _UnwritableError(Exception):
    """A union of several types, a decimal of 39 digits, a record within itself: no table's type has them."""


def _columns(schema: Mapping[str, Any]) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """The columns, and the names of those that no table can have."""
    named: dict[str, FoundType] = {}
    found: list[Field] = []
    left_out: list[str] = []
    for one in schema["fields"]:
        try:
            found.append(Field(one["name"].lower(), _type(one["type"], named)))
        except _UnwritableError:
            left_out.append(one["name"])
    return tuple(found), tuple(left_out)


def _fields(schema: Mapping[str, Any], named: dict[str, FoundType]) -> tuple[Field, ...]:
    return tuple(Field(one["name"].lower(), _type(one["type"], named)) for one in schema["fields"])


def _type(schema: Any, named: dict[str, FoundType]) -> FoundType:
    match schema:
        case str():
            known = _PRIMITIVE.get(schema) or named.get(schema) or named.get(schema.rpartition(".")[2])
            if known is None:
                raise _UnwritableError
            return known
        case list():
            given = [one for one in schema if one != "null"]
            if len(given) > 1:
                raise _UnwritableError
            return _type(given[0], named) if given else NULL
    logical = schema.get("logicalType")
    if logical == "decimal":
        if schema["precision"] > MOST_DIGITS:
            raise _UnwritableError
        return Decimal(schema["precision"], schema.get("scale", 0))
    if logical in _LOGICAL:
        return _LOGICAL[logical]
    match schema["type"]:
        case "record":
            found: FoundType = Struct(_fields(schema, named))
        case "array":
            return Array(_type(schema["items"], named))
        case "map":
            return Map(STRING, _type(schema["values"], named))
        case other:
            found = _type(other, named)
    if "name" in schema:
        named[schema["name"].rpartition(".")[2]] = found
    return found
