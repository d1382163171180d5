"""Records transformed by a function: the contract of Lambda, whatever the function is.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html and
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.spi import REGION
from owlake_connectors.firehose.names import delivery_stream_arn
from owlake_connectors.firehose.prefixes import FROM_LAMBDA
from owlake_connectors.firehose.processing.records import Failure, Keys, Outcome, Records

Function = Callable[[Mapping[str, Any]], Any]
"""Takes an event and gives a response, as a Lambda function does. What it raises fails the invocation."""

LARGEST_RESPONSE = 6 << 20
"""Bytes of data that a function may give back."""


class InvocationError(Exception):
    """The function could not be called; another attempt may succeed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Transformation:
    """A step that has a function transform records.

    Attributes:
        arn: What the delivery stream calls the function.
        retries: Attempts after the first one that failed as a whole.
        batch_bytes: How much data an invocation gets.
        stream: The delivery stream's name.
        source_arn: The stream that records are read from.
    """

    function: Function
    arn: str
    retries: int
    batch_bytes: int
    stream: str
    source_arn: str | None = None

    def __call__(self, records: Records) -> Outcome:
        """The records as the function gave them back."""
        outcomes = [self._transform(records.picked(places)) for places in self._batches(records)]
        data = pa.concat_arrays([one.records.data for one in outcomes])
        keys = [key for one in outcomes for key in one.records.keys or ()]
        origins = np.concatenate([one.records.origins for one in outcomes])
        failures = [failure for one in outcomes for failure in one.failures]
        return Outcome(Records(records.source, data, origins, keys), failures)

    def _batches(self, records: Records) -> Iterator[Sequence[int]]:
        start = size = 0
        for place, data in enumerate(records.data):
            length = len(data.as_buffer())
            if place > start and size + length > self.batch_bytes:
                yield range(start, place)
                start, size = place, 0
            size += length
        yield range(start, len(records))

    def _transform(self, records: Records) -> Outcome:
        event = self._event(records)
        attempts = self.retries + 1
        for _ in range(attempts):
            try:
                answers = _answers(self.function(event))
            except InvocationError as problem:
                failed = problem
            else:
                return _outcome(records, answers, self.arn)
        details = {"lambdaArn": self.arn}
        return Outcome(
            records.picked([]),
            [
                Failure(int(origin), failed.code, str(failed), attempts=attempts, details=details)
                for origin in records.origins
            ],
        )

    def _event(self, records: Records) -> dict[str, Any]:
        event: dict[str, Any] = {
            "invocationId": str(uuid.uuid4()),
            "deliveryStreamArn": delivery_stream_arn(self.stream),
            "region": REGION,
        }
        if self.source_arn is not None:
            event["sourceKinesisStreamArn"] = self.source_arn
        event["records"] = [_record(records, place, data) for place, data in enumerate(records.data.to_pylist())]
        return event


def _record(records: Records, place: int, data: bytes) -> dict[str, Any]:
    origin = int(records.origins[place])
    arrived = int(records.source.arrived[origin]) // 1000
    record = {
        "recordId": _record_id(place),
        "approximateArrivalTimestamp": arrived,
        "data": base64.b64encode(data).decode(),
    }
    position = records.source.position(origin)
    if position is not None:
        record["kinesisRecordMetadata"] = {
            "sequenceNumber": position["sequence_number"],
            "subsequenceNumber": position["subsequence_number"],
            "partitionKey": position["partition_key"],
            "shardId": position["shard_id"],
            "approximateArrivalTimestamp": arrived,
        }
    return record


def _record_id(place: int) -> str:
    return f"{place:056d}"


def _answers(response: Any) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The answers for each record id. Errors: InvocationError for what is no response."""
    records = response.get("records") if isinstance(response, Mapping) else None
    if not isinstance(records, list) or not all(isinstance(one, Mapping) for one in records):
        raise InvocationError("Lambda.JsonProcessingException", "The response has no list of records")
    if sum(len(str(one.get("data") or "")) for one in records) > LARGEST_RESPONSE:
        raise InvocationError("Lambda.ResponseTooLarge", "The response has more than 6 MB")
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in records:
        found.setdefault(str(one.get("recordId")), []).append(one)
    return found


def _outcome(records: Records, answers: Mapping[str, Sequence[Mapping[str, Any]]], arn: str) -> Outcome:
    kept: list[int] = []
    data: list[bytes] = []
    keys: list[Keys] = []
    failures: list[Failure] = []
    for place, origin in enumerate(records.origins):
        found = _read(answers.get(_record_id(place), ()))
        if isinstance(found, _Refusal):
            failures.append(Failure(int(origin), found.code, found.message, details={"lambdaArn": arn}))
        elif found is not None:
            kept.append(place)
            data.append(found.data)
            keys.append({**(records.keys[place] if records.keys is not None else {}), **found.keys})
    return Outcome(
        replace(records.picked(kept), data=pa.array(data, pa.binary()), keys=keys),
        failures,
    )


@dataclass(frozen=True, slots=True)
class _Transformed:
    data: bytes
    keys: Keys


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: str
    message: str


def _read(answers: Sequence[Mapping[str, Any]]) -> _Transformed | _Refusal | None:
    """What became of a record; None where it was dropped."""
    if not answers:
        return _Refusal("Lambda.MissingRecordId", "The response has no record with this record id")
    if len(answers) > 1:
        return _Refusal("Lambda.DuplicatedRecordId", "The response has several records with this record id")
    match answers[0].get("result"):
        case "Dropped":
            return None
        case "Ok":
            return _ok(answers[0])
        case "ProcessingFailed":
            return _Refusal("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")
        case other:
            return _Refusal(
                "Lambda.JsonProcessingException", f"The result is not Ok, Dropped or ProcessingFailed: {other}"
            )


def _ok(answer: Mapping[str, Any]) -> _Transformed | _Refusal:
    try:
        data = base64.b64decode(answer.get("data") or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        return _Refusal("Lambda.JsonProcessingException", "The data of the record are not base64")
    metadata = answer.get("metadata") or {}
    keys = metadata.get("partitionKeys") or {} if isinstance(metadata, Mapping) else None
    if not isinstance(keys, Mapping):
        return _Refusal("Lambda.JsonProcessingException", "The partition keys of the record are no object")
    return _Transformed(data, {(FROM_LAMBDA, str(name)): str(value) for name, value in keys.items()})
