"""Shard iterators: opaque texts that say when they were issued, of which shard they are, and what comes next.

They are the service's in length and look: eight bytes that are always the same, then what only the service reads.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from owlake.spi import from_microseconds, to_microseconds
from owlake_connectors.kinesis import errors

LIFETIME = timedelta(milliseconds=300_000)

_VERSION = b"\0\0\0\0\0\0\0\1"
_FIELDS = struct.Struct(">qqIQ")
_CHECKSUM = struct.Struct(">I")
_BLOCK = 16
_LEAST = 144


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """A place in a shard: before the record of this ordinal, or the next one that there is."""

    stream: str
    stream_id: int
    shard: int
    ordinal: int

    def token(self, now: datetime) -> str:
        """The iterator as it is given out, from now on for as long as iterators live."""
        fields = _FIELDS.pack(to_microseconds(now), self.stream_id, self.shard, self.ordinal)
        content = fields + self.stream.encode()
        size = max(_LEAST, (len(content) + _CHECKSUM.size) // _BLOCK * _BLOCK + _BLOCK)
        content += b"\0" * (size - len(content) - _CHECKSUM.size)
        return base64.b64encode(_VERSION + _CHECKSUM.pack(zlib.crc32(content)) + content).decode()


def read_token(token: str, now: datetime) -> ShardIterator:
    """The iterator that was given out.

    Errors: InvalidArgumentException, ExpiredIteratorException.
    """
    try:
        content = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        raise errors.invalid_iterator() from None
    body = content[len(_VERSION) + _CHECKSUM.size :]
    if content[: len(_VERSION)] != _VERSION or len(body) < _LEAST - _CHECKSUM.size:
        raise errors.invalid_iterator()
    if _CHECKSUM.unpack_from(content, len(_VERSION)) != (zlib.crc32(body),):
        raise errors.invalid_iterator()
    issued, stream_id, shard, ordinal = _FIELDS.unpack_from(body)
    moment = from_microseconds(issued)
    if now - moment > LIFETIME:
        raise errors.expired_iterator(moment, now)
    name = body[_FIELDS.size :].rstrip(b"\0").decode()
    return ShardIterator(name, stream_id, shard, ordinal)
