"""Putting records: the one way into a stream's log, for one record and for thousands.

Nothing here is done for each record that can be done for all: keys are hashed in one pass, shards found by numpy, and
the records of a put written as one frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from owlake.spi import to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.hashing import MAX_HASH_KEY
from owlake_connectors.kinesis.log.frames import ENCRYPTED, Frame, Run, build
from owlake_connectors.kinesis.log.writer import StaleError
from owlake_connectors.kinesis.model import Shard, Stream
from owlake_connectors.kinesis.sequence_numbers import compose, texts
from owlake_connectors.kinesis.store import StreamStore

FRAME_ROWS, FRAME_BYTES = 8192, 16 << 20
"""What one frame has at most, where a put has more records than that."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to put: a value of each for every record. Hash keys are decimal texts, None where there is none."""

    data: Sequence[bytes]
    partition_keys: Sequence[str]
    explicit_hash_keys: Sequence[str | None] | None = None


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of each record: its shard and sequence number, or a refusal (code and text) by its place."""

    stream: Stream
    shard_ids: list[str | None]
    sequence_numbers: list[str | None]
    refusals: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Frames, and which record is where in them: ``order[i]`` is written as number i."""

    frames: list[Frame]
    order: list[int]


def put(store: StreamStore, name: str, batch: Batch) -> PutResult:
    """Put records, in the order that they have for each shard.

    Errors: ResourceNotFoundException; InvalidArgumentException for hash keys beyond the hash space;
    InternalFailureException where they cannot be stored: then none of them is.
    """
    keys = list(map(str.encode, batch.partition_keys))
    while True:
        stream = store.stream(name)
        if stream.status not in ("ACTIVE", "UPDATING"):
            raise errors.stream_not_found(name)
        places = _places(stream, keys, batch.explicit_hash_keys)
        prepared = _prepare(stream, batch, keys, places)
        arrival = to_microseconds(store.now()) // 1000 * 1000
        try:
            ordinal = store.log(stream).writer.append(prepared.frames, arrival, stream.generation)
        except StaleError:
            continue
        except OSError as problem:
            raise errors.internal_failure() from problem
        return _result(stream, prepared, places, ordinal, arrival // 1_000_000)


def _places(stream: Stream, keys: Sequence[bytes], hash_keys: Sequence[str | None] | None) -> Places:
    """For each record, the place of its shard among the open ones."""
    ring = stream.ring
    if stream.distribution == "AUTO":
        return np.arange(len(keys), dtype=np.int64) % len(stream.open_shards)
    places = ring.places(keys)
    for row, text in enumerate(hash_keys or ()):
        if text is not None:
            if int(text) > MAX_HASH_KEY:
                raise errors.invalid_hash_key(text)
            places[row] = ring.place(int(text))
    return places


def _prepare(stream: Stream, batch: Batch, keys: list[bytes], places: Places) -> _Prepared:
    flags = ENCRYPTED if stream.key_id is not None else 0
    sizes = np.fromiter(map(len, batch.data), np.int64, len(keys)) + np.fromiter(map(len, keys), np.int64, len(keys))
    frames: list[Frame] = []
    order: list[int] = []
    for start, end in _cuts(sizes):
        found = np.argsort(places[start:end], kind="stable") + start
        rows = found.tolist()
        hashes = batch.explicit_hash_keys
        frames.append(
            build(
                _runs(stream.open_shards, places[found], sizes[found]),
                [keys[row] for row in rows],
                None if not hashes or not any(hashes) else [(hashes[row] or "").encode() for row in rows],
                [batch.data[row] for row in rows],
                flags,
            )
        )
        order += rows
    return _Prepared(frames, order)


def _cuts(sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Where frames begin and end: few records are one."""
    if len(sizes) <= FRAME_ROWS and int(sizes.sum()) <= FRAME_BYTES:
        return [(0, len(sizes))]
    cuts, start = [], 0
    before = np.concatenate(([0], np.cumsum(sizes)))
    while start < len(sizes):
        fitting = int(np.searchsorted(before, before[start] + FRAME_BYTES, side="right")) - 1
        end = min(max(fitting, start + 1), start + FRAME_ROWS, len(sizes))
        cuts.append((start, end))
        start = end
    return cuts


def _runs(shards: Sequence[Shard], places: Places, sizes: NDArray[np.int64]) -> list[Run]:
    """The runs of records that are sorted by shard."""
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    counts = np.diff(starts, append=len(places))
    totals = np.add.reduceat(sizes, starts)
    found = zip(places[starts].tolist(), counts.tolist(), totals.tolist(), strict=True)
    return [Run(shards[place].number, count, total) for place, count, total in found]


def _result(stream: Stream, prepared: _Prepared, places: Places, ordinal: int, second: int) -> PutResult:
    shards = stream.open_shards
    by_number = stream.by_number
    numbers: list[str] = []
    for frame in prepared.frames:
        for run in frame.runs:
            first = compose(by_number[run.shard].epoch, run.shard, ordinal + len(numbers), second)
            numbers += texts(first, run.rows)
    found: list[str | None] = [None] * len(numbers)
    for row, number in zip(prepared.order, numbers, strict=True):
        found[row] = number
    ids = [one.id for one in shards]
    return PutResult(stream, [ids[place] for place in places.tolist()], found)
