"""From the bytes of records to a table's columns and back, by the format that the stream was defined with."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import DecodedRecords, RecordFormat, csv_records, error, json_records, types
from owlake_connectors.kinesis.tables.definition import RAW, Definition
from owlake_connectors.kinesis.tables.headers import Headed


class Schemas(Protocol):
    """The registry that records of Avro name their schemas in."""

    def definition(self, version_id: str) -> str:
        """The text of a schema. Errors: EntityNotFoundException."""

    def latest(self, registry: str, name: str) -> tuple[str, str]:
        """The id and the text of the latest version of a schema. Errors: EntityNotFoundException."""


def record_format(definition: Definition, schemas: Schemas) -> RecordFormat:
    """How the records of a stream are read and written. Errors: NOT_SUPPORTED, INVALID_TABLE_PROPERTY."""
    columns, properties = definition.types(), definition.properties
    match definition.format:
        case "json":
            return Headed(json_records(columns))
        case "csv":
            return csv_records(columns, properties.get("delimiter") or ",")
        case "avro":
            from owlake_connectors.kinesis.tables.avro import AvroRecords  # noqa: PLC0415  (fastavro, where it is used)

            return AvroRecords(columns, properties, schemas)
    assert definition.format == RAW
    return RawRecords(is_text=definition.columns[0].type == types.VARCHAR)


class RawRecords:
    """Records as they are: bytes, or text."""

    def __init__(self, *, is_text: bool) -> None:
        self._is_text = is_text

    def decode(self, records: pa.BinaryArray) -> DecodedRecords:
        """The one column."""
        if not self._is_text:
            return DecodedRecords([records])
        try:
            return DecodedRecords([records.cast(pa.string())])
        except pa.ArrowInvalid:
            values = [_text(one) for one in records.to_pylist()]
            problems = [None if value is not None else "not UTF-8" for value in values]
            return DecodedRecords([pa.array(values, pa.string())], pa.array(problems, pa.string()))

    def encode(self, rows: pa.RecordBatch) -> pa.BinaryArray:
        """The values of the one column."""
        values = rows.column(0).cast(pa.binary())
        if values.null_count:
            raise error("CONSTRAINT_VIOLATION", "A record of a raw stream cannot be NULL")
        return pc.cast(values, pa.binary())


def _text(record: bytes) -> str | None:
    try:
        return record.decode()
    except UnicodeDecodeError:
        return None
