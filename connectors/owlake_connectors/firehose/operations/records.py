"""Operations that put records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.spi import operation, to_microseconds
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.limits import Mode, Settings, admit, read_settings, write_settings
from owlake_connectors.firehose.model import DeliveryStream
from owlake_connectors.firehose.operations.base import OfDeliveryStreams
from owlake_connectors.firehose.putting import check_batch, check_record, put
from owlake_connectors.firehose.rows import add_metrics
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


_REFUSED = PutRecordBatchResponseEntry(None, "ServiceUnavailableException", errors.SLOW_DOWN)


class Records(OfDeliveryStreams):
    """Operations that put records."""

    @operation
    def put_record(self, delivery_stream_name: StreamName, record: Record) -> PutRecordOutput:
        """Put a record."""
        check_record(record.data)
        stream = self._store.stream(delivery_stream_name)
        if not all(self._admitted(stream, [record.data])):
            raise errors.service_unavailable()
        (id_,) = self._put(stream, [record.data])
        return PutRecordOutput(id_, stream.is_encrypted)

    @operation
    def put_record_batch(self, delivery_stream_name: StreamName, records: Sequence[Record]) -> PutRecordBatchOutput:
        """Put up to 500 records, of 4 MiB in all."""
        data = [one.data for one in records]
        check_batch(data)
        stream = self._store.stream(delivery_stream_name)
        admitted = self._admitted(stream, data)
        taken = [one for one, is_admitted in zip(data, admitted, strict=True) if is_admitted]
        ids = iter(self._put(stream, taken) if taken else [])
        entries = [PutRecordBatchResponseEntry(next(ids)) if one else _REFUSED for one in admitted]
        return PutRecordBatchOutput(len(data) - len(taken), stream.is_encrypted, entries)

    @operation
    def update_settings(self, rate_limits: Mode | None = None, scale: float | None = None) -> Settings:
        """Change how the delivery streams of this home behave: what is not given stays as it is."""
        if scale is not None and scale <= 0:
            raise errors.invalid_argument(f"scale must be positive, not {scale}")
        with self._store.database.write() as connection:
            known = read_settings(connection)
            settings = Settings(rate_limits or known.rate_limits, scale or known.scale)
            write_settings(connection, settings)
        return settings

    def _admitted(self, stream: DeliveryStream, data: Sequence[bytes]) -> Sequence[bool]:
        """Which records the rates let through."""
        scale = self._store.settings().rates
        if scale is None or stream.type != "DirectPut":
            return [True] * len(data)
        now = to_microseconds(self._store.now())
        with self._store.database.write() as connection:
            admitted = admit(connection, stream, [len(one) for one in data], now, scale)
            if not all(admitted):
                add_metrics(connection, stream, now, [("ThrottledRecords", admitted.count(False))])
        return admitted

    def _put(self, stream: DeliveryStream, data: Sequence[bytes]) -> list[str]:
        ids = put(self._store, stream, data)
        self._worker.note_put(stream, sum(map(len, data)))
        return ids
