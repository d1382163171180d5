"""Frames: what one put appends to the log, in Arrow's layout, so that readers take it as it lies there.

    header (64 bytes)                 lengths, the first ordinal, the time of arrival, checksums
    runs                              for each shard: its number, rows, bytes; rows are in this order
    key offsets, hash offsets, data offsets      int32, one more than rows each; hash offsets if there are any
    keys, hashes, data                            the bytes, each part padded to 8

Beside it stands the index: an entry for each run, which has all that is needed to find records by shard, ordinal and
time, and to count them, without touching the frames.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

ENTRY = np.dtype(
    [
        ("position", "<u8"),
        ("ordinal", "<u8"),
        ("arrival", "<i8"),
        ("bytes", "<u8"),
        ("row", "<u4"),
        ("rows", "<u4"),
        ("shard", "<u4"),
        ("flags", "<u4"),
    ]
)
"""A run in the index: the frame's position, the ordinal of its first row, which row of the frame that is."""

HEADER = 64
HASHED = 2
"""A flag: there are explicit hash keys. The others are the caller's."""

_MAGIC = 0x4D52464B  # "KFRM"
_FIELDS = struct.Struct("<QQqIIIIIII")
_START = struct.Struct("<II")
_RUN = struct.Struct("<IIQ")
_ENTRY = struct.Struct("<QQqQIIII")


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of one shard in a frame."""

    shard: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What a frame says of itself."""

    length: int
    ordinal: int
    arrival: int
    rows: int
    runs: int
    flags: int
    key_bytes: int
    hash_bytes: int
    data_bytes: int
    checksum: int

    @property
    def offsets(self) -> tuple[int, int, int]:
        """Where in the frame the offsets of keys, hashes (0: there are none) and data are."""
        keys = HEADER + _RUN.size * self.runs
        size = _padded(4 * (self.rows + 1))
        if not self.flags & HASHED:
            return keys, 0, keys + size
        return keys, keys + size, keys + 2 * size

    @property
    def contents(self) -> tuple[int, int, int]:
        """Where in the frame the bytes of keys, hashes and data are."""
        keys = self.offsets[2] + _padded(4 * (self.rows + 1))
        hashes = keys + _padded(self.key_bytes)
        return keys, hashes, hashes + _padded(self.hash_bytes)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that is to be written: all but its header, which its place in the log decides."""

    body: bytes
    data: bytes | memoryview
    runs: tuple[Run, ...]
    rows: int
    flags: int
    key_bytes: int
    hash_bytes: int
    checksum: int

    @property
    def length(self) -> int:
        """Its bytes in the log."""
        return HEADER + len(self.body) + _padded(len(self.data))

    def header(self, ordinal: int, arrival: int) -> bytes:
        """The header of the frame with this first ordinal."""
        fields = _FIELDS.pack(
            self.length,
            ordinal,
            arrival,
            self.rows,
            len(self.runs),
            self.flags,
            self.key_bytes,
            self.hash_bytes,
            len(self.data),
            self.checksum,
        )
        return _START.pack(_MAGIC, zlib.crc32(fields)) + fields + b"\0" * (HEADER - _START.size - _FIELDS.size)

    def parts(self, ordinal: int, arrival: int) -> list[bytes | memoryview]:
        """What is written."""
        return [self.header(ordinal, arrival), self.body, self.data, b"\0" * (-len(self.data) % 8)]


def build(
    runs: Sequence[Run],
    keys: Sequence[str],
    hashes: Sequence[str] | None,
    data: Sequence[bytes],
    flags: int,
    lengths: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> Frame:
    """The frame of records that are in the order of the runs.

    ``hashes``: "" where a record has none; ``lengths``: the bytes of keys and of data, if they are known.
    """
    rows = len(keys)
    if lengths is None:
        lengths = text_lengths(keys), lengths_of(data)
    parts = [b"".join([_RUN.pack(one.shard, one.rows, one.bytes) for one in runs]), _offsets(lengths[0])]
    if hashes is not None:
        parts.append(_offsets(text_lengths(hashes)))
        flags |= HASHED
    parts.append(_offsets(lengths[1]))
    key_content = "".join(keys).encode()
    hash_content = b"" if hashes is None else "".join(hashes).encode()
    body = b"".join(map(_filled, (*parts, key_content, hash_content)))
    content = data[0] if rows == 1 else b"".join(data)
    return Frame(body, content, tuple(runs), rows, flags, len(key_content), len(hash_content), _checksum(body, content))


def build_of_arrays(runs: Sequence[Run], keys: pa.StringArray, data: pa.BinaryArray, flags: int) -> Frame:
    """The frame of records that are in the order of the runs, with their bytes as they lie; none is NULL."""
    parts = [b"".join([_RUN.pack(one.shard, one.rows, one.bytes) for one in runs])]
    (key_offsets, key_content), (offsets, content) = _lying(keys), _lying(data)
    parts += [key_offsets, offsets, bytes(key_content)]
    body = b"".join(map(_filled, parts))
    return Frame(body, content, tuple(runs), len(data), flags, len(key_content), 0, _checksum(body, content))


def _lying(values: pa.StringArray | pa.BinaryArray) -> tuple[bytes, memoryview]:
    """Where values begin, counted from the first, and their bytes."""
    _, offsets, content = values.buffers()
    found = np.frombuffer(offsets, np.int32, len(values) + 1, 4 * values.offset)
    start, stop = int(found[0]), int(found[-1])
    return (found - found[0]).tobytes(), memoryview(content or b"")[start:stop]


def lengths_of(values: Sequence[bytes]) -> NDArray[np.int64]:
    """The bytes of each value."""
    return np.fromiter(map(len, values), np.int64, len(values))


def text_lengths(values: Sequence[str]) -> NDArray[np.int64]:
    """The bytes of each text."""
    if "".join(values).isascii():
        return np.fromiter(map(len, values), np.int64, len(values))
    return lengths_of(list(map(str.encode, values)))


def read_header(source: Any, at: int) -> FrameHeader | None:
    """The header of the frame at a place of a buffer; None where no frame begins there."""
    if at + HEADER > len(source):
        return None
    magic, checksum = _START.unpack_from(source, at)
    fields = bytes(source[at + _START.size : at + _START.size + _FIELDS.size])
    if magic != _MAGIC or zlib.crc32(fields) != checksum:
        return None
    return FrameHeader(*_FIELDS.unpack(fields))


def is_whole(source: Any, at: int, header: FrameHeader) -> bool:
    """Whether the frame is there to its end, and as it was written."""
    if at + header.length > len(source):
        return False
    start, end = at + header.contents[2], at + header.contents[2] + header.data_bytes
    with memoryview(source) as view, view[at + HEADER : start] as body, view[start:end] as data:
        return _checksum(body, data) == header.checksum


def runs_of(source: Any, at: int, header: FrameHeader) -> Iterator[Run]:
    """The runs of a frame."""
    for number in range(header.runs):
        yield Run(*_RUN.unpack_from(source, at + HEADER + _RUN.size * number))


def entries(position: int, ordinal: int, arrival: int, flags: int, runs: Sequence[Run]) -> bytes:
    """The index entries of a frame."""
    row = 0
    found = []
    for one in runs:
        found.append(_ENTRY.pack(position, ordinal + row, arrival, one.bytes, row, one.rows, one.shard, flags))
        row += one.rows
    return b"".join(found)


def _checksum(body: bytes | memoryview, data: bytes | memoryview) -> int:
    """A sum that tells whether all of a frame has come to the disk.

    What is missing of a file after a loss of power are whole blocks: a sum of the words of the data notices that, in a
    tenth of the time that a CRC of them takes.
    """
    words = len(data) // 8
    total = int(np.frombuffer(data, np.uint64, words).sum(dtype=np.uint64)) if words else 0
    total += int.from_bytes(data[8 * words :], "little")
    return (total ^ total >> 32) & 0xFFFFFFFF ^ zlib.crc32(body)


def _offsets(lengths: NDArray[np.int64]) -> bytes:
    found = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=found[1:])
    return found.tobytes()


def _padded(length: int) -> int:
    return length + -length % 8


def _filled(part: bytes) -> bytes:
    return part + b"\0" * (-len(part) % 8)
