"""Deletion vectors: row numbers as a 64-bit Roaring bitmap, as Iceberg and Delta both keep them.

https://iceberg.apache.org/puffin-spec/#deletion-vector-v1-blob-type
"""

from __future__ import annotations

import zlib

import numpy as np
from pyroaring import BitMap

from owlake.lake.open_tables.contents import Positions

_MAGIC = b"\xd1\xd3\x39\x64"
_LENGTH = 4


def deletion_vector(blob: bytes) -> Positions:
    """The row numbers in a blob: its length, magic, bitmaps by their high bits, and a checksum. Errors: ValueError."""
    length = int.from_bytes(blob[:_LENGTH], "big")
    content = blob[_LENGTH : _LENGTH + length]
    checksum = int.from_bytes(blob[_LENGTH + length : 2 * _LENGTH + length], "big")
    if len(content) != length or content[:_LENGTH] != _MAGIC:
        raise ValueError("a deletion vector is not in its place")
    if zlib.crc32(content) != checksum:
        raise ValueError("the checksum of a deletion vector does not fit")
    return _positions(content[_LENGTH:])


def _positions(bitmaps: bytes) -> Positions:
    count = int.from_bytes(bitmaps[:8], "little")
    at, found = 8, [np.empty(0, np.int64)]
    for _ in range(count):
        high = int.from_bytes(bitmaps[at : at + 4], "little")
        low = BitMap.deserialize(bitmaps[at + 4 :])
        found.append(np.array(low.to_array(), np.int64) + (high << 32))
        at += 4 + len(low.serialize())
    return np.concatenate(found)
