"""A delivery stream as a table: what is gathered in it and not delivered yet; INSERT puts records.

One column inserted is the record as it is; rows of several are records of JSON, an object each.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import Batches, Capability, Column, Scan, Table, arrow_type, types
from owlake_connectors.firehose.delivery import stretches
from owlake_connectors.firehose.model import DeliveryStream
from owlake_connectors.firehose.pipeline import incoming
from owlake_connectors.firehose.putting import check_record, put
from owlake_connectors.firehose.rows import read_gaps
from owlake_connectors.firehose.store import INCOMING, DeliveryStore
from owlake_connectors.firehose.worker import Worker

_MOMENT = types.TimestampWithTimeZone(3, "UTC")
_HIDDEN = (
    Column("$approximate_arrival_timestamp", _MOMENT, comment="When it was put", hidden=True),
    Column("$kind", types.VARCHAR, comment="incoming, records, backup, or the type of an error", hidden=True),
)


class DeliveryTable(Table):
    """The records that a delivery stream has gathered."""

    capabilities = frozenset({Capability.INSERT})
    columns = (Column("data", types.VARBINARY, comment="The record"), *_HIDDEN)

    def __init__(self, store: DeliveryStore, worker: Worker, stream: DeliveryStream) -> None:
        self._store = store
        self._worker = worker
        self._stream = stream

    def scan(self, scan: Scan) -> Batches:
        """The records, buffer by buffer; behind them those that are not processed yet."""
        with self._store.database.read() as connection:
            gaps = read_gaps(connection, self._stream)
        for buffer in self._store.buffers(self._stream):
            for one in stretches(self._store, self._stream, buffer, gaps):
                yield _batch(one.data, one.arrived.cast(pa.int64()), buffer.kind, scan)
        for taken in incoming(self._store, self._stream) if self._stream.source is None else ():
            yield _batch(taken.source.data, pa.array(taken.source.arrived), INCOMING, scan)

    def insert(self, batches: Batches) -> int:
        """Put records."""
        count = 0
        for batch in batches:
            data = batch.column("data").to_pylist()
            for one in data:
                check_record(one or b"")
            put(self._store, self._stream, [one or b"" for one in data])
            self._worker.note_put(self._stream, sum(len(one or b"") for one in data))
            count += len(data)
        return count


def _batch(data: pa.BinaryArray, arrived: pa.Int64Array, kind: str, scan: Scan) -> pa.RecordBatch:
    milliseconds = pc.multiply(pc.divide(arrived, 1000), 1000)
    values = {
        "data": data,
        "$approximate_arrival_timestamp": milliseconds.cast(arrow_type(_MOMENT)),
        "$kind": pa.array([kind] * len(data), arrow_type(types.VARCHAR)),
    }
    return pa.RecordBatch.from_pydict({name: values[name] for name in scan.columns})
