"""How delivery streams and what they read and write are called."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from owlake.spi import ACCOUNT, REGION
from owlake_connectors.firehose import errors

_BUCKET_ARN = re.compile(r"arn:[^:]*:s3:::(.+)")
_STREAM_ARN = re.compile(r"arn:[^:]*:kinesis:[^:]*:\d{12}:stream/([a-zA-Z0-9_.-]+)")


def delivery_stream_arn(name: str) -> str:
    """The ARN of a delivery stream."""
    return f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}"


def bucket_of(arn: str) -> str:
    """The bucket that an ARN names. Errors: InvalidArgumentException."""
    found = _BUCKET_ARN.fullmatch(arn)
    if not found:
        raise errors.invalid_argument(f"BucketARN is not the ARN of a bucket: {arn}")
    return found[1]


def stream_of(arn: str) -> str:
    """The stream that an ARN names. Errors: InvalidArgumentException."""
    found = _STREAM_ARN.fullmatch(arn)
    if not found:
        raise errors.invalid_argument(f"KinesisStreamARN is not the ARN of a stream: {arn}")
    return found[1]


def object_name(stream: str, version: int, moment: datetime, zone: str, identity: UUID, ending: str) -> str:
    """What follows the prefix in the name of an object.

    https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html: the delivery stream, the version of its
    configuration, when the object's oldest record arrived, a random UUID, the ending.
    """
    time = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d-%H-%M-%S")
    return f"{stream}-{version}-{time}-{identity}{ending}"
