"""The rows of a connector on their way to the engine: checked, counted, and with errors that name their source."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa

from owlake.connector.failures import failures_of
from owlake.connector.table import Capability, Part, Scan, Table
from owlake.errors import OwlakeError, cancelled, error
from owlake.lake.formats.bridge import ReadPart, StreamDataset
from owlake.types.arrow import arrow_type
from owlake.types.model import Type


class ConnectorDataset(StreamDataset):
    """The rows of a scan as the engine reads them.

    ``place`` is the table's full name, ``types`` the Trino type of each wanted column.
    """

    def __init__(self, catalog: str, place: str, table: Table, scan: Scan, types: Mapping[str, Type]) -> None:
        schema = pa.schema([(name, arrow_type(type_)) for name, type_ in types.items()])
        self.bytes_opened = 0
        self._lock = threading.Lock()
        self._reading: dict[int, Any] = {}
        self._catalog = catalog
        self._place = place
        super().__init__(schema, [self._reader(part) for part in _parts(catalog, place, table, scan)])

    def _reader(self, part: Part) -> ReadPart:
        def read(_columns: Sequence[str], _filter: Any) -> Iterator[pa.RecordBatch]:
            with failures_of(self._catalog, f"reading {self._place}"):
                batches = iter(part())
                try:
                    self._begin(batches)
                    for batch in batches:
                        yield self._checked(batch)
                finally:
                    self._end(batches)

        return read

    def stop(self) -> None:
        """Cancel what is being read, where the connector can."""
        with self._lock:
            super().stop()
            reading = list(self._reading.values())
        for batches in reading:
            cancel = getattr(batches, "cancel", None)
            if cancel is not None:
                # Whatever comes of it, the statement has its own reason to end.
                with suppress(Exception):
                    cancel()

    def _begin(self, batches: Any) -> None:
        with self._lock:
            if self._stopped:
                raise cancelled()
            self._reading[id(batches)] = batches

    def _end(self, batches: Any) -> None:
        with self._lock:
            self._reading.pop(id(batches), None)
        close = getattr(batches, "close", None)
        if close is not None:
            close()

    def _checked(self, batch: object) -> pa.RecordBatch:
        """The wanted columns of a batch in their declared types; only a harmless difference is mended."""
        if not isinstance(batch, pa.RecordBatch):
            raise self._unfit(f"a scan yields record batches, not {type(batch).__name__}")
        arrays = []
        for field in self.schema:
            place = batch.schema.get_field_index(field.name)
            if place < 0:
                raise self._unfit(f"column '{field.name}' is missing; there are {', '.join(batch.schema.names)}")
            arrays.append(self._typed(batch.column(place), field))
        checked = pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        with self._lock:
            self.bytes_opened += checked.nbytes
        return checked

    def _typed(self, array: pa.Array, field: pa.Field) -> pa.Array:
        if array.type == field.type:
            return array
        try:
            return array.cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            text = f"column '{field.name}' is {array.type}, its type is held as {field.type}: {problem}"
            raise self._unfit(text) from problem

    def _unfit(self, text: str) -> OwlakeError:
        return error("GENERIC_USER_ERROR", f"Rows of {self._place} do not fit its columns: {text}")


def _parts(catalog: str, place: str, table: Table, scan: Scan) -> Sequence[Part]:
    if Capability.PARTS not in table.capabilities:
        return [lambda: table.scan(scan)]
    with failures_of(catalog, f"splitting {place}"):
        return table.parts(scan, os.cpu_count() or 1)
