"""CloudTrail's log files: one object that holds all records, made lines of a record each for a JSON SerDe.

https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html. What has no schema of its own in the published
tables (``requestParameters`` and others) becomes text, and ``userIdentity`` is there as text too.
"""

from __future__ import annotations

import msgspec

from owlake.lake.formats.json.lenient import MalformedError

INPUT_FORMAT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
SERDES = frozenset({"com.amazon.emr.hive.serde.CloudTrailSerde", "com.amazon.emr.cloudtrail.CloudTrailSerde"})

_AS_TEXT = ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")
_ALSO_AS_TEXT = "userIdentity"
_SUFFIX = "_as_string"


class _LogFile(msgspec.Struct):
    """Files of other kinds that lie beside logs (digests) have no records."""

    Records: list[dict[str, msgspec.Raw]] | None = None


_DECODER = msgspec.json.Decoder(_LogFile)


def record_lines(data: bytes) -> bytes:
    """The records of each line that is a log file, a line each. Errors: MalformedError."""
    try:
        logs = [_DECODER.decode(line) for line in data.splitlines() if line.strip()]
        return b"".join(_line(record) for log in logs for record in log.Records or ())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise MalformedError(str(problem)) from problem


def _line(record: dict[str, msgspec.Raw]) -> bytes:
    for key in _AS_TEXT:
        if key in record:
            value = _compact(record.pop(key))
            if value != b"null":
                record[key] = msgspec.Raw(_text(value))
    identity = _compact(record.get(_ALSO_AS_TEXT, msgspec.Raw(b"null")))
    if identity != b"null":
        record[_ALSO_AS_TEXT + _SUFFIX] = msgspec.Raw(_text(identity))
    return _compact(msgspec.Raw(msgspec.json.encode(record))) + b"\n"


def _compact(value: msgspec.Raw) -> bytes:
    """JSON without blanks between its parts."""
    return msgspec.json.format(bytes(value), indent=-1)


def _text(value: bytes) -> bytes:
    """A text as JSON: of JSON that is a text already, itself."""
    return value if value.startswith(b'"') else msgspec.json.encode(value.decode())
