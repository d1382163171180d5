"""Records of Avro: with the header of the Glue schema registry, or of the one schema that the stream was given.

https://avro.apache.org/docs/1.12.0/specification/, https://github.com/awslabs/aws-glue-schema-registry
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import fastavro
import pyarrow as pa

from owlake.spi import DecodedRecords, OwlakeError, arrow_type, error, types
from owlake_connectors.kinesis.tables.headers import content, has_header, header_of, schema_version_id

if TYPE_CHECKING:
    from owlake_connectors.kinesis.tables.decoding import Schemas


class AvroRecords:
    """See ``owlake.spi.RecordFormat``."""

    def __init__(self, columns: Mapping[str, types.Type], properties: Mapping[str, str], schemas: Schemas) -> None:
        for type_ in columns.values():
            _check_type(type_)
        text = properties.get("avro_schema")
        self._schema = None if text is None else parsed_schema(text)
        self._registry = properties.get("registry_name") or "default-registry"
        self._schema_name = properties.get("schema_name")
        self._schemas = schemas
        self._known: dict[str, Any] = {}
        self._columns = columns
        self._fields = [(name, arrow_type(type_)) for name, type_ in columns.items()]

    def decode(self, records: pa.BinaryArray) -> DecodedRecords:
        """The fields by their names, without case."""
        columns: list[list[Any]] = [[] for _ in self._fields]
        problems: list[str | None] = []
        for record in records.to_pylist():
            try:
                values, problem = self._values(record), None
            except _UnreadableError as caught:
                values, problem = [None] * len(columns), str(caught)
            problems.append(problem)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        arrays = [pa.array(values, type_) for values, (_, type_) in zip(columns, self._fields, strict=True)]
        return DecodedRecords(arrays, pa.array(problems, pa.string()) if any(problems) else None)

    def encode(self, rows: pa.RecordBatch) -> pa.BinaryArray:
        """A datum for each row, with the header where the schema is one of the registry."""
        header, schema = self._writing()
        names = {one["name"].lower(): one["name"] for one in schema["fields"]}
        unknown = [name for name in self._columns if name not in names]
        if unknown:
            raise error("INVALID_TABLE_PROPERTY", f"The Avro schema has no field for the column '{unknown[0]}'")
        records = []
        for row in rows.to_pylist(maps_as_pydicts="strict"):
            sink = io.BytesIO()
            try:
                fastavro.schemaless_writer(sink, schema, {names[name]: value for name, value in row.items()})
            except (ValueError, TypeError, OverflowError, AttributeError) as problem:
                raise error("INVALID_CAST_ARGUMENT", f"The row does not fit the Avro schema: {problem}") from problem
            records.append(header + sink.getvalue())
        return pa.array(records, pa.binary())

    def _writing(self) -> tuple[bytes, Any]:
        if self._schema_name is not None:
            version, text = self._schemas.latest(self._registry, self._schema_name)
            return header_of(version), parsed_schema(text)
        if self._schema is None:
            text = "INSERT needs the stream property avro_schema or schema_name"
            raise error("INVALID_TABLE_PROPERTY", text)
        return b"", self._schema

    def _values(self, record: bytes) -> list[Any]:
        schema, datum = self._taken_apart(record)
        source = io.BytesIO(datum)
        try:
            found = fastavro.schemaless_reader(source, schema, None)
        except (ValueError, EOFError, IndexError, KeyError, TypeError, StopIteration, OverflowError) as problem:
            raise _UnreadableError(f"not a record of its Avro schema: {problem}") from problem
        if source.tell() != len(datum):
            raise _UnreadableError("not a record of its Avro schema: there are bytes behind it")
        if not isinstance(found, dict):
            raise _UnreadableError("the Avro schema is not that of a record")
        by_name = {name.lower(): value for name, value in found.items()}
        return [self._fitted(name, type_, by_name.get(name)) for name, type_ in self._fields]

    def _fitted(self, name: str, type_: pa.DataType, value: Any) -> Any:
        if value is None:
            return None
        if pa.types.is_string(type_) and not isinstance(value, str):
            value = str(value)
        if pa.types.is_map(type_) and isinstance(value, dict):
            value = list(value.items())
        try:
            return pa.scalar(value, type_).as_py() if pa.types.is_integer(type_) else _checked(value, type_)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as problem:
            raise _UnreadableError(f"column {name}: cannot read the value '{value}'") from problem

    def _taken_apart(self, record: bytes) -> tuple[Any, bytes]:
        """The schema that a record was written with, and its datum."""
        is_fixed = self._schema is not None and self._schema_name is None
        if is_fixed or not has_header(record):
            if self._schema is None:
                raise _UnreadableError("no header of the schema registry, and the stream has no avro_schema")
            return self._schema, record
        try:
            return self._registered(schema_version_id(record)), content(record)
        except ValueError as problem:
            raise _UnreadableError(str(problem)) from problem

    def _registered(self, id_: str) -> Any:
        if id_ not in self._known:
            try:
                self._known[id_] = parsed_schema(self._schemas.definition(id_))
            except OwlakeError as problem:
                raise _UnreadableError(problem.message) from problem
        return self._known[id_]


class _UnreadableError(Exception):
    """Why a record cannot be read."""


def parsed_schema(text: str) -> Any:
    """A schema as fastavro takes it. Errors: INVALID_TABLE_PROPERTY."""
    try:
        return fastavro.parse_schema(json.loads(text))
    except (
        ValueError,
        KeyError,
        TypeError,
        fastavro.schema.SchemaParseException,
        fastavro.schema.UnknownType,
    ) as problem:
        raise error("INVALID_TABLE_PROPERTY", f"Not an Avro schema: {problem}") from problem


def _checked(value: Any, type_: pa.DataType) -> Any:
    pa.scalar(value, type_)
    return value


def _check_type(type_: types.Type) -> None:
    match type_:
        case types.Array(element):
            _check_type(element)
        case types.Map(types.Varchar(), value):
            _check_type(value)
        case types.Row(fields):
            for one in fields:
                _check_type(one.type)
        case types.Varchar() | types.Decimal() | types.Timestamp() | types.TimestampWithTimeZone():
            return
        case _ if type_ not in _SIMPLE:
            raise error("NOT_SUPPORTED", f"Unsupported column type of a stream of Avro records: {type_}")


_SIMPLE = (
    types.BOOLEAN, types.TINYINT, types.SMALLINT, types.INTEGER, types.BIGINT, types.REAL, types.DOUBLE, types.DATE,
    types.VARBINARY,
)  # fmt: skip
