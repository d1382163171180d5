"""Text compressed as Hadoop's codecs write it: a piece of text in, a piece of the file out.

Endings are those by which the codec is told when the file is read.
"""

from __future__ import annotations

import bz2
import struct
import zlib
from collections.abc import Callable
from typing import Protocol

import pyarrow as pa

from owlake.lake.writing.compression import Compression

_GZIP = 31
"""zlib's word for 32 KB of window and gzip's header."""
_LEVEL = 6
_BLOCK = 256 << 10
"""Hadoop's buffer: what LZ4 and Snappy are given at once."""
_FRAME = 4 << 20
_LENGTHS = struct.Struct(">II")


class Compressor(Protocol):
    """What zlib and bz2 have."""

    def compress(self, data: bytes, /) -> bytes:
        """What can be written of the file by now."""

    def flush(self) -> bytes:
        """The rest of the file."""


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


class _Pieces:
    """Text compressed a piece at a time, each on its own."""

    def __init__(self, size: int, compressed: Callable[[bytes], bytes]) -> None:
        self._size = size
        self._compressed = compressed
        self._waiting = bytearray()

    def compress(self, data: bytes, /) -> bytes:
        self._waiting += data
        whole = len(self._waiting) // self._size * self._size
        pieces = [self._compressed(bytes(self._waiting[at : at + self._size])) for at in range(0, whole, self._size)]
        del self._waiting[:whole]
        return b"".join(pieces)

    def flush(self) -> bytes:
        rest = bytes(self._waiting)
        return self._compressed(rest) if rest else b""


ENDINGS = {"BZIP2": ".bz2", "GZIP": ".gz", "LZ4": ".lz4", "NONE": "", "SNAPPY": ".snappy", "ZSTD": ".zst"}


def compressor(compression: Compression) -> Compressor:
    """A compressor for one file."""
    match compression.codec:
        case "GZIP":
            return zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        case "BZIP2":
            return bz2.BZ2Compressor()
        case "ZSTD":
            codec = pa.Codec("zstd", compression_level=compression.level)
            return _Pieces(_FRAME, lambda data: bytes(codec.compress(data, asbytes=True)))
        case "LZ4":
            return _Pieces(_BLOCK, _hadoop_block("lz4_raw"))
        case "SNAPPY":
            return _Pieces(_BLOCK, _hadoop_block("snappy"))
        case _:
            return _Plain()


def _hadoop_block(codec: str) -> Callable[[bytes], bytes]:
    """Plain length, length, bytes."""

    def block(data: bytes) -> bytes:
        packed = bytes(pa.compress(data, codec=codec, asbytes=True))
        return _LENGTHS.pack(len(data), len(packed)) + packed

    return block
