"""What an Avro file says of itself before its first record: the schema it was written with.

https://avro.apache.org/docs/1.12.0/specification/. Records are read by DataFusion; here is found out what it will
find, in Arrow's types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.lake.formats.remembered import Remembered
from owlake.lake.model import DataFile
from owlake.lake.storage import Storage

_MAGIC = b"Obj\x01"
_SYNC_SIZE = 16
_FIRST_READ = 1 << 16
_LONGEST_HEADER = 1 << 26
_LONGEST_VARINT = 10
_MOST_DIGITS = 38

Schema = Any
"""A schema as JSON gives it: a name, a list (a union) or an object."""

_PRIMITIVES: dict[str, pa.DataType] = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "string": pa.string(),
}
_LOGICAL: dict[tuple[str, str], pa.DataType] = {
    ("int", "date"): pa.date32(),
    ("long", "timestamp-millis"): pa.timestamp("ms"),
    ("long", "timestamp-micros"): pa.timestamp("us"),
    ("long", "timestamp-nanos"): pa.timestamp("ns"),
    ("long", "local-timestamp-millis"): pa.timestamp("ms"),
    ("long", "local-timestamp-micros"): pa.timestamp("us"),
    ("long", "local-timestamp-nanos"): pa.timestamp("ns"),
    # What DataFusion makes of these, which no column of a table is read from.
    ("string", "uuid"): pa.binary(_SYNC_SIZE),
    ("fixed", "duration"): pa.month_day_nano_interval(),
}
UUID = _LOGICAL["string", "uuid"]


@dataclass(frozen=True, slots=True)
class AvroField:
    """A field of the record: its name in the file and its type there; None for one that no column can be read from."""

    name: str
    type: pa.DataType | None


def read_schema(storage: Storage, file: DataFile) -> tuple[AvroField, ...]:
    """The fields of the file's records. Errors: HIVE_BAD_DATA, NOT_SUPPORTED."""
    return _SCHEMAS.of(storage, file)


def _read(storage: Storage, file: DataFile) -> tuple[AvroField, ...]:
    schema = schema_of(storage, file)
    try:
        return fields_of(schema)
    except (ValueError, KeyError, TypeError, RecursionError, pa.ArrowException) as problem:
        raise _bad(file, f"Invalid schema: {problem}") from problem


def schema_of(storage: Storage, file: DataFile) -> Schema:
    """The schema that the file was written with. Errors: HIVE_BAD_DATA."""
    with storage.open_input(file.uri) as stream:
        metadata, sync = _header(stream, file)
        # Every block ends with the file's own mark. The engine takes a file that ends early for one that is over.
        if bytes(stream.read_at(_SYNC_SIZE, max(file.size - _SYNC_SIZE, 0))) != sync:
            raise _bad(file, "Unexpected end of input stream")
    try:
        return json.loads(metadata.get("avro.schema", b""))
    except (ValueError, RecursionError) as problem:
        raise _bad(file, f"Invalid schema: {problem}") from problem


_SCHEMAS = Remembered(_read)


def _bad(file: DataFile, reason: str) -> OwlakeError:
    return error("HIVE_BAD_DATA", f"Not valid Avro file: {file.uri} ({reason})")


def fields_of(schema: Schema) -> tuple[AvroField, ...]:
    """The fields of a record's schema. Errors: NOT_SUPPORTED; ValueError for what is no schema of a record."""
    types = _Types()
    if not isinstance(schema, Mapping) or schema.get("type") != "record":
        raise ValueError("the schema is not of a record")
    types.enter(schema)
    fields = tuple(AvroField(str(one["name"]), types.of(one["type"])) for one in schema["fields"])
    if all(one.type == pa.null() for one in fields):
        # They take no bytes, and the engine counts records while there are any.
        raise error("NOT_SUPPORTED", "Avro records without a field that can hold a value are not supported")
    return fields


@dataclass(slots=True)
class _Types:
    """Avro's types as Arrow's; remembers the named ones."""

    _known: dict[str, pa.DataType | None] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _namespaces: list[str] = field(default_factory=lambda: [""])

    def of(self, schema: Schema) -> pa.DataType | None:
        if isinstance(schema, str):
            return _PRIMITIVES[schema] if schema in _PRIMITIVES else self._named(schema)
        if isinstance(schema, list):
            return self._union(schema)
        kind = schema["type"]
        if not isinstance(kind, str):
            return self.of(kind)
        match kind:
            case "record" | "error":
                return self._record(schema)
            case "enum":
                return self._remember(schema, pa.string())
            case "fixed":
                found = self._logical(schema) or pa.binary(int(schema["size"]))
                return self._remember(schema, found)
            case "array":
                element = self.of(schema["items"])
                return None if element is None else pa.list_(element)
            case "map":
                value = self.of(schema["values"])
                return None if value is None else pa.map_(pa.string(), value)
        return self._logical(schema) or self.of(kind)

    def _union(self, branches: list[Schema]) -> pa.DataType | None:
        """What may be null is what it is else; other unions are read as nothing."""
        others = [self.of(one) for one in branches if one not in ("null", {"type": "null"})]
        if len(others) == 1:
            return others[0]
        return None if others else pa.null()

    def _record(self, schema: Mapping[str, Any]) -> pa.DataType | None:
        name = self.enter(schema)
        fields = [(str(one["name"]), self.of(one["type"])) for one in schema["fields"]]
        self._open.discard(name)
        self._namespaces.pop()
        types = [(key, type_) for key, type_ in fields if type_ is not None]
        found = pa.struct(types) if len(types) == len(fields) else None
        self._known[name] = found
        return found

    def enter(self, schema: Mapping[str, Any]) -> str:
        """Begin a record: what it refers to by its own name would never end."""
        name = self._full_name(schema)
        self._open.add(name)
        self._namespaces.append(name.rpartition(".")[0])
        return name

    def _remember(self, schema: Mapping[str, Any], found: pa.DataType) -> pa.DataType:
        self._known[self._full_name(schema)] = found
        return found

    def _full_name(self, schema: Mapping[str, Any]) -> str:
        name = str(schema["name"])
        if "." in name:
            return name
        namespace = schema.get("namespace", self._namespaces[-1])
        return f"{namespace}.{name}" if namespace else name

    def _named(self, name: str) -> pa.DataType | None:
        namespace = self._namespaces[-1]
        full = f"{namespace}.{name}" if namespace and "." not in name else name
        if full in self._open or name in self._open:
            raise error("NOT_SUPPORTED", f"Recursive Avro schemas are not supported: {name}")
        return self._known[full] if full in self._known else self._known[name]

    def _logical(self, schema: Mapping[str, Any]) -> pa.DataType | None:
        kind, logical = schema["type"], schema.get("logicalType")
        if logical == "decimal" and kind in ("bytes", "fixed"):
            precision, scale = int(schema["precision"]), int(schema.get("scale", 0))
            return pa.decimal128(precision, scale) if precision <= _MOST_DIGITS else pa.decimal256(precision, scale)
        return _LOGICAL.get((kind, logical)) if isinstance(logical, str) else None


# The header -----------------------------------------------------------------------------------------------


class _Short(Exception):  # noqa: N818  (more is to be read, which is no error)
    """The header goes on behind what was read of it."""


def _header(stream: pa.NativeFile, file: DataFile) -> tuple[dict[str, bytes], bytes]:
    """The file's metadata, and the mark that ends its blocks."""
    size = _FIRST_READ
    while True:
        data = bytes(stream.read_at(min(size, file.size), 0))
        if not data.startswith(_MAGIC):
            raise _bad(file, "Not an Avro data file")
        try:
            return _Header(data).read()
        except _Short:
            if size >= min(file.size, _LONGEST_HEADER):
                raise _bad(file, "Unexpected end of input stream") from None
            size *= 16


class _Header:
    """Reads a map of bytes, in blocks of entries."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = len(_MAGIC)

    def read(self) -> tuple[dict[str, bytes], bytes]:
        metadata: dict[str, bytes] = {}
        while count := self._long():
            if count < 0:
                count = -count
                self._long()
            for _ in range(count):
                key = self._bytes(self._long())
                metadata[key.decode(errors="replace")] = self._bytes(self._long())
        return metadata, self._bytes(_SYNC_SIZE)

    def _bytes(self, size: int) -> bytes:
        end = self._at + size
        if size < 0 or end > len(self._data):
            raise _Short
        found = self._data[self._at : end]
        self._at = end
        return found

    def _long(self) -> int:
        value = 0
        for number in range(_LONGEST_VARINT):
            byte = self._bytes(1)[0]
            value |= (byte & 0x7F) << (7 * number)
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
        raise _Short
