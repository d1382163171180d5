"""Putting records into a delivery stream: once they are in its log, they are delivered or among the errors.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from owlake.spi import LogHead, LogRun, build_frame, finding, to_microseconds, violations
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.configuration import LONGEST_RECORD
from owlake_connectors.firehose.model import DeliveryStream
from owlake_connectors.firehose.store import DeliveryStore

MOST_RECORDS, MOST_BYTES = 500, 4 << 20
"""What a batch has at most."""

_ROWS, _BYTES = 8192, 16 << 20
"""What a frame has at most, where more is put at once than the API allows."""


def check_batch(data: Sequence[bytes]) -> None:
    """Hold a batch to the service's limits.

    Errors: ValidationException, InvalidArgumentException.
    """
    if not 1 <= len(data) <= MOST_RECORDS:
        bound = f"greater than or equal to {1}" if not data else f"less than or equal to {MOST_RECORDS}"
        raise violations([finding("records", "", f"have length {bound}")])
    for number, one in enumerate(data, 1):
        check_record(one, f"records.{number}.member.data")
    if sum(map(len, data)) > MOST_BYTES:
        raise errors.invalid_argument("Records size exceeds 4 MB limit")


def check_record(data: bytes, path: str = "record.data") -> None:
    """Errors: ValidationException for a record that is too long."""
    if len(data) > LONGEST_RECORD:
        raise violations([finding(path, data, f"have length less than or equal to {LONGEST_RECORD}")])


def put(store: DeliveryStore, stream: DeliveryStream, data: Sequence[bytes]) -> list[str]:
    """Put records, all of them; their ids.

    Errors: InvalidSourceException where the delivery stream reads its records itself; OSError.
    """
    if stream.type != "DirectPut":
        raise errors.invalid_source(
            f"The delivery stream {stream.name} reads from a Kinesis data stream: records cannot be put into it."
        )
    frames = [
        build_frame([LogRun(0, len(part), sum(map(len, part)))], [""] * len(part), None, part, 0)
        for part in _parts(data)
    ]
    writer = store.incoming(stream).writer
    arrival = to_microseconds(store.now())
    first = writer.append(frames, arrival, writer.head.words[LogHead.GENERATION])
    return [record_id(stream, ordinal) for ordinal in range(first, first + len(data))]


def record_id(stream: DeliveryStream, ordinal: int) -> str:
    """The id of a record: nobody is to read anything from it."""
    return base64.b64encode(f"{stream.id:08d}{ordinal:040d}".encode()).decode()


def _parts(data: Sequence[bytes]) -> list[Sequence[bytes]]:
    parts: list[Sequence[bytes]] = []
    start = size = 0
    for place, one in enumerate(data):
        if place > start and (size + len(one) > _BYTES or place - start >= _ROWS):
            parts.append(data[start:place])
            start, size = place, 0
        size += len(one)
    parts.append(data[start:])
    return parts
