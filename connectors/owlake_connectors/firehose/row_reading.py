"""JSON records read as the rows of a table.

A record may hold several objects, one after the other: each is a row. It is read whole or not at all.
https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import ACCOUNT, REGION, RecordFormat, RefusedRecord
from owlake_connectors.firehose.processing.deaggregation import json_values

MALFORMED = "DataFormatConversion.MalformedData"


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one delivery.

    Attributes:
        names: The columns' names, in the order in which ``format`` has them.
        details: What the error output says beside what all lines do.
        refused: The records that are no rows, as far as they are read.
    """

    names: list[str]
    format: RecordFormat
    details: Mapping[str, Any]
    refused: list[RefusedRecord] = field(default_factory=list)
    _read: int = 0

    def rows(self, records: Iterable[pa.BinaryArray]) -> Iterator[pa.RecordBatch]:
        """The rows of records."""
        for data in records:
            columns, faulty = self._decode(data)
            self.refused += [
                RefusedRecord(self._read + place, MALFORMED, message, self.details) for place, message in faulty.items()
            ]
            self._read += len(data)
            rows = pa.RecordBatch.from_arrays(columns, names=self.names)
            if rows.num_rows:
                yield rows

    def _decode(self, data: pa.BinaryArray) -> tuple[list[pa.Array], dict[int, str]]:
        """Columns of the records that fit, and why the others do not, by their places among these."""
        decoded = self.format.decode(data)
        if decoded.errors is None:
            return decoded.columns, {}
        pieces = [[column.filter(pc.is_null(decoded.errors)) for column in decoded.columns]]
        faulty: dict[int, str] = {}
        for place in pc.indices_nonzero(pc.is_valid(decoded.errors)).to_pylist():
            several = self._several(data[place].as_py())
            if several is None:
                faulty[place] = decoded.errors[place].as_py()
            else:
                pieces.append(several)
        return [pa.concat_arrays(of_column) for of_column in zip(*pieces, strict=True)], faulty

    def _several(self, record: bytes) -> list[pa.Array] | None:
        """The rows of a record of several objects; None where it is not that, or one of them is no row."""
        objects = json_values(record)
        if len(objects) <= 1:
            return None
        decoded = self.format.decode(pa.array(objects, pa.binary()))
        return decoded.columns if decoded.errors is None else None


def table_details(database: str, table: str, version: str = "LATEST") -> dict[str, Any]:
    """What the error output says of the table that records did not fit."""
    return {
        "sequenceNumber": None,
        "subSequenceNumber": None,
        "dataCatalogTable": {
            "catalogId": ACCOUNT,
            "databaseName": database,
            "tableName": table,
            "region": REGION,
            "versionId": version,
            "catalogArn": f"arn:aws:glue:{REGION}:{ACCOUNT}:catalog",
        },
    }
