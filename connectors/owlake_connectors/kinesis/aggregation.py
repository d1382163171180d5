"""Records that the Kinesis Producer Library packed into one: taken apart again.

https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md. An aggregate is a magic number, a
message of protocol buffers, and the MD5 of that message; whatever is not exactly so is a record like any other. The
records inside share the sequence number and are told apart by a subsequence number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5

import pyarrow as pa
import pyarrow.compute as pc

from owlake_connectors.kinesis.hashing import MAX_HASH_KEY, hash_key

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST = 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10

COLUMNS = ("subsequence_number", "partition_key", "explicit_hash_key", "data")
"""What differs between the records of one aggregate."""


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A record as the producer had it, before it was packed with others."""

    partition_key: str
    explicit_hash_key: str | None
    data: bytes

    def is_in(self, start: int, end: int) -> bool:
        """Whether its hash key is in a range. After a split the others of its aggregate may be in another shard."""
        key = hash_key(self.partition_key) if self.explicit_hash_key is None else int(self.explicit_hash_key)
        return start <= key <= end


class _MalformedError(Exception):
    """The message is none, or not the one that it should be."""


def user_records(data: bytes) -> list[UserRecord] | None:
    """The records in an aggregate; None for data that is none."""
    if not data.startswith(MAGIC) or len(data) < len(MAGIC) + _DIGEST:
        return None
    message = data[len(MAGIC) : -_DIGEST]
    if md5(message, usedforsecurity=False).digest() != data[-_DIGEST:]:
        return None
    try:
        return _records(message)
    except (_MalformedError, UnicodeDecodeError):
        return None


def may_be_aggregated(data: pa.BinaryArray) -> bool:
    """Whether any of the records begins as an aggregate does."""
    return pc.any(pc.starts_with(data, MAGIC)).as_py() is True


def deaggregated(batch: pa.RecordBatch, ranges: Sequence[tuple[int, int]]) -> pa.RecordBatch:
    """The batch with the records of each aggregate in its place.

    ``ranges`` has for each row the range of hash keys of its shard: records beyond it are left out, as the library's
    own consumers do. The batch has the columns that differ (``COLUMNS``), and any others.
    """
    suspects = pc.starts_with(batch.column("data"), MAGIC)
    rows: list[int] = []
    found: dict[str, list[object]] = {name: [] for name in COLUMNS}
    packed = {row: records for row in pc.indices_nonzero(suspects).to_pylist() if (records := _packed(batch, row))}
    own = {name: batch.column(name).to_pylist() for name in COLUMNS}
    for row in range(batch.num_rows):
        if row not in packed:
            rows.append(row)
            for name, values in own.items():
                found[name].append(values[row])
            continue
        for number, record in enumerate(packed[row]):
            if record.is_in(*ranges[row]):
                rows.append(row)
                values_of = (number, record.partition_key, record.explicit_hash_key, record.data)
                for name, value in zip(COLUMNS, values_of, strict=True):
                    found[name].append(value)
    columns = batch.take(pa.array(rows, pa.int64()))
    made = {name: pa.array(values, batch.schema.field(name).type) for name, values in found.items()}
    arrays = [made.get(name, columns.column(name)) for name in batch.schema.names]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _packed(batch: pa.RecordBatch, row: int) -> list[UserRecord] | None:
    return user_records(batch.column("data")[row].as_py())


# The message -----------------------------------------------------------------------------------------------


def _records(message: bytes) -> list[UserRecord]:
    """The records of an ``AggregatedRecord``: tables of keys (1, 2), and records that name them by place (3)."""
    found: dict[int, list[bytes]] = {1: [], 2: [], 3: []}
    for number, value in _fields(message):
        if number in found:
            if not isinstance(value, bytes):
                raise _MalformedError
            found[number].append(value)
    keys, hashes = ([text.decode() for text in found[number]] for number in (1, 2))
    return [_record(one, keys, hashes) for one in found[3]]


def _record(message: bytes, keys: Sequence[str], hashes: Sequence[str]) -> UserRecord:
    """A ``Record``: which partition key (1) and explicit hash key (2) it has, and its data (3)."""
    fields = dict(_fields(message))
    key, hash_, data = fields.get(1), fields.get(2), fields.get(3)
    if not isinstance(key, int) or key >= len(keys) or not isinstance(data, bytes):
        raise _MalformedError
    if hash_ is None:
        return UserRecord(keys[key], None, data)
    if not isinstance(hash_, int) or hash_ >= len(hashes) or not _is_hash_key(hashes[hash_]):
        raise _MalformedError
    return UserRecord(keys[key], hashes[hash_], data)


def _is_hash_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_HASH_KEY)) and int(text) <= MAX_HASH_KEY


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message, each with its number; of the fixed ones the bytes."""
    place, end = 0, len(message)
    while place < end:
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, place = _varint(message, place)
        elif kind in _FIXED_SIZES:
            size = _FIXED_SIZES[kind]
        else:
            raise _MalformedError
        if place + size > end:
            raise _MalformedError
        yield tag >> 3, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """A number in seven bits a byte, and the place behind it."""
    value = shift = 0
    for at in range(place, min(place + _LONGEST_VARINT, len(message))):
        byte = message[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at + 1
        shift += 7
    raise _MalformedError
