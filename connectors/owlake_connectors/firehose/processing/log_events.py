"""What CloudWatch Logs sends to a delivery stream: gzipped objects with many events.

https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs-decompression.html and
https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

import pyarrow as pa

from owlake_connectors.firehose.processing.records import Failure, Outcome, Records

LONGEST = 64 << 20
"""Bytes that a record may hold decompressed; what has more is no event."""

_GZIP = 31


class _UnprocessableError(Exception):
    """Why a record cannot be processed."""


def decompress(records: Records) -> Outcome:
    """A step: gzipped records as they were before."""
    return _each(records, _gunzipped, "Decompression.Failed")


def extract_messages(records: Records) -> Outcome:
    """A step: the messages of the events of each record, a line each; control messages are dropped."""
    return _each(records, _messages, "CloudWatchLogProcessing.Failed")


def _each(records: Records, change: Callable[[bytes], bytes | None], code: str) -> Outcome:
    kept: list[int] = []
    changed: list[bytes] = []
    failures: list[Failure] = []
    for place, data in enumerate(records.data.to_pylist()):
        try:
            found = change(data)
        except _UnprocessableError as problem:
            failures.append(Failure(int(records.origins[place]), code, str(problem)))
            continue
        if found is not None:
            kept.append(place)
            changed.append(found)
    picked = records.picked(kept)
    return Outcome(Records(picked.source, pa.array(changed, pa.binary()), picked.origins, picked.keys), failures)


def _gunzipped(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(data, LONGEST)
    except zlib.error as problem:
        text = f"The record is not compressed by GZIP: {problem}"
        raise _UnprocessableError(text) from problem
    if not unpacker.eof:
        text = "The record is cut off, or holds more than 64 MiB"
        raise _UnprocessableError(text)
    return plain


def _messages(data: bytes) -> bytes | None:
    try:
        content = json.loads(data)
        if content["messageType"] == "CONTROL_MESSAGE":
            return None
        return "".join(f"{event['message']}\n" for event in content["logEvents"]).encode()
    except (ValueError, KeyError, TypeError) as problem:
        text = "The record is no object of CloudWatch Logs with logEvents"
        raise _UnprocessableError(text) from problem
