"""Compressed text files, told by the end of their name: ``.gz .bz2 .zst .lz4 .snappy .deflate``.

https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html. The case of the ending counts; any other name is
plain text. Hadoop frames LZ4 and Snappy in its own way, the tools of these formats in theirs: both are read.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa

from owlake.errors import error

_CODECS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".zstd": "zstd"}
_BLOCK_CODECS = {".lz4": "lz4_raw", ".snappy": "snappy"}
_LZO = (".lzo", ".lzo_deflate")
_LZ4_FRAME = b"\x04\x22\x4d\x18"
_SNAPPY_FRAMES = b"\xff\x06\x00\x00sNaPpY"
_LENGTH = struct.Struct(">I")
_READ_SIZE = 1 << 20
_LARGEST_BLOCK = 1 << 28
"""Hadoop's blocks are of 256 KiB if nothing else was asked for; lengths of gigabytes are no lengths."""


class Stream(Protocol):
    """What text is read from."""

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, none at the end."""

    def close(self) -> None:
        """Give the file back."""


def is_compressed(name: str) -> bool:
    """Whether a file of this name is compressed: then it is read from its beginning only."""
    return ending_of(name) in {*_CODECS, *_BLOCK_CODECS, ".deflate", *_LZO}


def decompressed(stream: pa.NativeFile, name: str) -> Stream:
    """The file's text. Errors: NOT_SUPPORTED for LZO, which nothing here can read."""
    ending = ending_of(name)
    if ending in _LZO:
        raise error("NOT_SUPPORTED", f"LZO compressed files are not supported: {name}")
    if ending in _CODECS:
        return pa.CompressedInputStream(stream, _CODECS[ending])  # type: ignore[no-any-return]
    if ending == ".deflate":
        return _Chunks(stream, _inflate(stream))
    if ending in _BLOCK_CODECS:
        return _blocks(stream, ending)
    return stream  # type: ignore[no-any-return]


def ending_of(name: str) -> str:
    """What tells a file's codec: its name from the last dot on; empty where there is none."""
    base = name.rpartition("/")[2]
    return base[base.rfind(".") :] if "." in base else ""


def _blocks(stream: pa.NativeFile, ending: str) -> Stream:
    head = bytes(stream.read(len(_SNAPPY_FRAMES)))
    stream.seek(0)
    if ending == ".lz4" and head.startswith(_LZ4_FRAME):
        return pa.CompressedInputStream(stream, "lz4")  # type: ignore[no-any-return]
    if head == _SNAPPY_FRAMES:
        return _Chunks(stream, _snappy_frames(stream))
    return _Chunks(stream, _hadoop_blocks(stream, _BLOCK_CODECS[ending]))


class _Chunks:
    """A stream over pieces of text of any length."""

    def __init__(self, stream: pa.NativeFile, pieces: Iterator[bytes]) -> None:
        self._stream = stream
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int) -> bytes:
        """As many whole pieces as fit, at least one (then cut)."""
        found = [self._rest]
        length = len(self._rest)
        while length < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            found.append(piece)
            length += len(piece)
        text = b"".join(found)
        self._rest = text[size:]
        return text[:size]

    def close(self) -> None:
        """Give the file back."""
        self._stream.close()


def _inflate(stream: pa.NativeFile) -> Iterator[bytes]:
    """Hadoop's default codec: a zlib stream."""
    inflater = zlib.decompressobj()
    try:
        while data := inflater.unconsumed_tail or bytes(stream.read(_READ_SIZE)):
            yield inflater.decompress(data, _READ_SIZE)
    except zlib.error as problem:
        raise OSError(str(problem)) from problem
    yield inflater.flush()
    if not inflater.eof:
        raise OSError("Unexpected end of input stream")


def _hadoop_blocks(stream: pa.NativeFile, codec: str) -> Iterator[bytes]:
    """Blocks of (plain length, then pieces of (length, bytes) until the plain length is reached)."""
    while head := bytes(stream.read(_LENGTH.size)):
        expected = _length(head)
        if expected > _LARGEST_BLOCK:
            raise OSError(f"Corrupt block: {expected} bytes")
        while expected > 0:
            piece = _exactly(stream, _length(_exactly(stream, _LENGTH.size)))
            plain = bytes(pa.decompress(piece, _plain_length(piece, codec, expected), codec=codec, asbytes=True))
            expected -= len(plain)
            yield plain


def _plain_length(piece: bytes, codec: str, most: int) -> int:
    """LZ4 does not say how long the text is: it is what just fits. Nearly always a block is one piece: ``most``."""
    if codec == "snappy":
        return _varint(piece)
    if not _fits(piece, most - 1):
        return most
    return bisect_left(range(most), x=True, key=lambda size: _fits(piece, size))


def _fits(piece: bytes, size: int) -> bool:
    try:
        pa.decompress(piece, size, codec="lz4_raw", asbytes=True)
    except OSError:
        return False
    return True


def _varint(data: bytes) -> int:
    """The plain length that a Snappy block begins with."""
    value = 0
    for number, byte in enumerate(data[:5]):
        value |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            return value
    raise OSError("Corrupt Snappy block")


def _snappy_frames(stream: pa.NativeFile) -> Iterator[bytes]:
    """https://github.com/google/snappy/blob/main/framing_format.txt; checksums are not verified."""
    while head := bytes(stream.read(4)):
        kind, length = head[0], int.from_bytes(head[1:4], "little")
        data = _exactly(stream, length)
        if kind == 0x00:
            yield bytes(pa.decompress(data[4:], _varint(data[4:]), codec="snappy", asbytes=True))
        elif kind == 0x01:
            yield data[4:]


def _length(data: bytes) -> int:
    if len(data) < _LENGTH.size:
        raise OSError("Unexpected end of input stream")
    return int(_LENGTH.unpack(data)[0])


def _exactly(stream: pa.NativeFile, size: int) -> bytes:
    data = bytes(stream.read(size))
    if len(data) < size:
        raise OSError("Unexpected end of input stream")
    return data
