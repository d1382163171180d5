"""The schemas of data files with the ids of their fields, read once and remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from owlake.errors import error
from owlake.lake.formats.avro_schema import fields_of, schema_of
from owlake.lake.formats.remembered import Remembered
from owlake.lake.model import DataFile
from owlake.lake.open_tables.fields import FileField, FileSchema, file_fields
from owlake.lake.storage import Storage

_BY_ARROW: dict[bytes, FileSchema] = {}
_DISTINCT: dict[FileSchema, FileSchema] = {}


def _shared(schema: FileSchema) -> FileSchema:
    """One object for all equal ones: thousands of files have few schemas."""
    return _DISTINCT.setdefault(schema, schema)


def _of_arrow(schema: pa.Schema) -> FileSchema:
    key = schema.serialize().to_pybytes()
    found = _BY_ARROW.get(key)
    if found is None:
        found = _BY_ARROW[key] = _shared(file_fields(schema))
    return found


def _parquet(storage: Storage, file: DataFile) -> FileSchema:
    from pyarrow.parquet import read_schema  # noqa: PLC0415  (statements without Parquet do not pay for it)

    with _valid("Parquet", file), storage.open_input(file.uri) as stream:
        return _of_arrow(read_schema(stream))


def _orc(storage: Storage, file: DataFile) -> FileSchema:
    from pyarrow.orc import ORCFile  # noqa: PLC0415  (as above)

    with _valid("ORC", file), storage.open_input(file.uri) as stream:
        return _of_arrow(ORCFile(stream).schema)


def _avro(storage: Storage, file: DataFile) -> FileSchema:
    written = schema_of(storage, file)
    with _valid("Avro", file):
        typed = {one.name: one.type for one in fields_of(written)}
        fields = (_avro_field(one, typed[one["name"]], "field-id") for one in written["fields"])
        return _shared(tuple(field for field in fields if field is not None))


@contextmanager
def _valid(kind: str, file: DataFile) -> Iterator[None]:
    """Errors: HIVE_BAD_DATA, which names the file; whose table it is says the same in its own words."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as problem:
        raise error("HIVE_BAD_DATA", f"Not valid {kind} file: {file.uri} ({problem})") from problem


def _avro_field(written: Mapping[str, Any], type_: pa.DataType | None, id_key: str) -> FileField | None:
    """A field of a record; None for one that no column can be read from."""
    if type_ is None:
        return None
    return FileField(str(written["name"]), type_, written.get(id_key), _avro_children(written["type"], type_))


def _avro_children(written: Any, type_: pa.DataType) -> tuple[FileField, ...]:
    if isinstance(written, list):
        others = [one for one in written if one != "null"]
        return _avro_children(others[0], type_) if len(others) == 1 else ()
    if not isinstance(written, Mapping):
        return ()
    if pa.types.is_struct(type_):
        inner = {one["name"]: one for one in written["fields"]}
        found = (_avro_field(inner[one.name], one.type, "field-id") for one in type_)
        return tuple(one for one in found if one is not None)
    if pa.types.is_list(type_):
        items = written["items"]
        return (
            FileField("element", type_.value_type, written.get("element-id"), _avro_children(items, type_.value_type)),
        )
    if pa.types.is_map(type_):
        values = _avro_children(written["values"], type_.item_type)
        key = FileField("key", pa.string(), written.get("key-id"))
        return (key, FileField("value", type_.item_type, written.get("value-id"), values))
    return ()


FILE_SCHEMAS: Mapping[str, Remembered[FileSchema]] = {
    "parquet": Remembered(_parquet),
    "orc": Remembered(_orc),
    "avro": Remembered(_avro),
}
"""What is known of files, by format."""
