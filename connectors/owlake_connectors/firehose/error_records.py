"""Records that could not be delivered, as lines of JSON in the error output.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html and
https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ErrorType(StrEnum):
    """What failed: the error output's folder."""

    PROCESSING = "processing-failed"
    CONVERSION = "format-conversion-failed"
    HTTP = "http-endpoint-failed"
    ICEBERG = "iceberg-failed"
    PARTITIONS = "activePartitionExceeded"


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """A record with the reason why it is not in the destination.

    Attributes:
        data: The record as it was put.
        arrived: When it was put.
        ended: When the last attempt ended.
        details: What the kind of error adds: ``lambdaArn``, ``sequenceNumber``, ``dataCatalogTable``, ...
    """

    data: bytes
    arrived: datetime
    code: str
    message: str
    ended: datetime
    attempts: int = 1
    details: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        """The line of the error output, with its end."""
        content = {
            "attemptsMade": self.attempts,
            "arrivalTimestamp": _milliseconds(self.arrived),
            "errorCode": self.code,
            "errorMessage": self.message,
            "attemptEndingTimestamp": _milliseconds(self.ended),
            "rawData": base64.b64encode(self.data).decode(),
            **self.details,
        }
        return json.dumps(content, separators=(",", ":")).encode() + b"\n"


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
