"""Operations that put records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.spi import operation
from owlake_connectors.firehose.model import DeliveryStream
from owlake_connectors.firehose.operations.base import OfDeliveryStreams
from owlake_connectors.firehose.putting import check_batch, check_record, put
from owlake_connectors.firehose.shapes import StreamName


@dataclass(frozen=True, slots=True)
class Record:
    """A record to put."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PutRecordOutput:
    """The id that a record got."""

    record_id: str
    encrypted: bool


@dataclass(frozen=True, slots=True)
class PutRecordBatchResponseEntry:
    """The id that a record got, or why it was not put."""

    record_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class PutRecordBatchOutput:
    """What became of each record."""

    failed_put_count: int
    encrypted: bool
    request_responses: list[PutRecordBatchResponseEntry]


class Records(OfDeliveryStreams):
    """Operations that put records."""

    @operation
    def put_record(self, delivery_stream_name: StreamName, record: Record) -> PutRecordOutput:
        """Put a record."""
        check_record(record.data)
        stream = self._store.stream(delivery_stream_name)
        (id_,) = self._put(stream, [record.data])
        return PutRecordOutput(id_, stream.is_encrypted)

    @operation
    def put_record_batch(self, delivery_stream_name: StreamName, records: Sequence[Record]) -> PutRecordBatchOutput:
        """Put up to 500 records, of 4 MiB in all."""
        data = [one.data for one in records]
        check_batch(data)
        stream = self._store.stream(delivery_stream_name)
        ids = self._put(stream, data)
        return PutRecordBatchOutput(0, stream.is_encrypted, [PutRecordBatchResponseEntry(id_) for id_ in ids])

    def _put(self, stream: DeliveryStream, data: Sequence[bytes]) -> list[str]:
        ids = put(self._store, stream, data)
        self._worker.note_put(stream, sum(map(len, data)))
        return ids
