"""Operations that put records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.spi import operation
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
        (id_,) = self._put(delivery_stream_name, [record.data])
        return PutRecordOutput(id_, encrypted=False)

    @operation
    def put_record_batch(self, delivery_stream_name: StreamName, records: Sequence[Record]) -> PutRecordBatchOutput:
        """Put up to 500 records, of 4 MiB in all."""
        data = [one.data for one in records]
        check_batch(data)
        ids = self._put(delivery_stream_name, data)
        return PutRecordBatchOutput(
            0, encrypted=False, request_responses=[PutRecordBatchResponseEntry(id_) for id_ in ids]
        )

    def _put(self, name: str, data: Sequence[bytes]) -> list[str]:
        stream = self._store.stream(name)
        ids = put(self._store, stream, data)
        self._worker.note_put(stream, sum(map(len, data)))
        return ids
