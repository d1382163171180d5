"""What lies in the log's files, read by the description of their layout and by nothing that the engine reads with."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("<IIQQqIIIIIII")
"""Magic, checksum, length, ordinal, arrival, rows, runs, flags, bytes of keys, of hash keys, of data, checksum."""
_HASHED = 2


@dataclass(frozen=True, slots=True)
class Put:
    """A frame: the records of one put.

    Attributes:
        shards: Of each record.
        keys: The partition key of each, and its explicit hash key if it has one.
        places: Which record of its batch each is.
    """

    ordinal: int
    writer: int
    batch: int
    shards: list[int]
    keys: list[tuple[str, str]]
    places: list[int]
    is_one: bool


def puts(directory: Path) -> Iterator[Put]:
    """The frames of a log, oldest first. Whatever does not follow the one before ends with an error."""
    position = 0
    for path in sorted(directory.glob("*.log")):
        assert int(path.stem) == position, f"{path} does not begin at {position}"
        content = path.read_bytes()
        at = 0
        while at < len(content):
            length = struct.unpack_from("<Q", content, at + 8)[0]
            yield _put(content[at : at + length])
            at += length
        position += at
        assert at == len(content), f"{path} ends within a frame"


def _put(frame: bytes) -> Put:
    magic, _, length, ordinal, _, rows, runs, flags, key_bytes, hash_bytes, data_bytes, _ = _HEADER.unpack_from(frame)
    assert magic == 0x4D52464B
    assert length == len(frame)
    shards: list[int] = []
    for number in range(runs):
        shard, count, _ = struct.unpack_from("<IIQ", frame, 64 + 16 * number)
        shards += [shard] * count
    at = 64 + 16 * runs
    kinds = [key_bytes, hash_bytes, data_bytes] if flags & _HASHED else [key_bytes, data_bytes]
    offsets = []
    for _ in kinds:
        offsets.append(struct.unpack_from(f"<{rows + 1}i", frame, at))
        at += _padded(4 * (rows + 1))
    columns = []
    for size, starts in zip(kinds, offsets, strict=True):
        columns.append([frame[at + starts[row] : at + starts[row + 1]] for row in range(rows)])
        at += _padded(size)
    records = [json.loads(one) for one in columns[-1]]
    hashes = [one.decode() for one in columns[1]] if flags & _HASHED else [""] * rows
    first = records[0]
    batches = {(one["writer"], one["batch"]) for one in records}
    keys = list(zip((one.decode() for one in columns[0]), hashes, strict=True))
    named = all(one["key"] == key for one, (key, _) in zip(records, keys, strict=True))
    places = [one["place"] for one in records]
    return Put(ordinal, first["writer"], first["batch"], shards, keys, places, len(batches) == 1 and named)


def _padded(length: int) -> int:
    return -(-length // 8) * 8


def index_of(sequence_number: str) -> tuple[int, int]:
    """The shard of a sequence number, and its place in the log."""
    number = int(sequence_number)
    return number >> 4 & 0xFFFFFFFF, number >> 80 & (1 << 64) - 1
