"""Putting records: the one way into a stream's log, for one record and for thousands.

Nothing here is done for each record that can be done for all: keys are hashed in one pass, shards found by numpy, and
the records of a put written as one frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from owlake.spi import (
    LogFrame,
    LogRun,
    StaleLogError,
    build_frame,
    finding,
    lengths_of,
    text_lengths,
    to_microseconds,
    violations,
)
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.hashing import MAX_HASH_KEY
from owlake_connectors.kinesis.model import ENCRYPTED, Shard, Stream, shard_id
from owlake_connectors.kinesis.sequence_numbers import compose, texts
from owlake_connectors.kinesis.store import StreamStore

FRAME_ROWS, FRAME_BYTES = 8192, 16 << 20
"""What one frame has at most, where a put has more records than that."""

Places = NDArray[Any]


@dataclass(frozen=True)
class Batch:
    """Records to put: a value of each for every record. Hash keys are decimal texts, None where there is none."""

    data: Sequence[bytes]
    partition_keys: Sequence[str]
    explicit_hash_keys: Sequence[str | None] | None = None

    @cached_property
    def lengths(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The bytes of each key, and of the data."""
        return text_lengths(self.partition_keys), lengths_of(self.data)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """The bytes of each record: of its key and its data."""
        return self.lengths[0] + self.lengths[1]


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

    frames: list[LogFrame]
    order: Places


def check_sizes(stream: Stream, batch: Batch, path: str, most: int | None = None) -> None:
    """Refuse records that are too large, or too many bytes. ``path``: where each one's data stands, for the text.

    Errors: ValidationException, InvalidArgumentException.
    """
    settings = stream.settings
    limit = settings.sized(stream.max_record_size_kib * 1024)
    if limit is None:
        return
    sizes = batch.sizes
    if int(sizes.max()) > limit:
        row = int(np.argmax(sizes > limit))
        must = f"have length less than or equal to {limit}"
        raise violations([finding(path.format(row + 1), batch.data[row], must)])
    total = settings.sized(most) if most is not None else None
    if total is not None and int(sizes.sum()) > total:
        raise errors.invalid_argument(f"Records size exceeds {total >> 20} MB limit")


def put(store: StreamStore, name: str, batch: Batch) -> PutResult:
    """Put records, in the order that they have for each shard; sizes are not looked at.

    Errors: ResourceNotFoundException; InvalidArgumentException for hash keys beyond the hash space;
    InternalFailureException where they cannot be stored: then none of them is.
    """
    while True:
        stream = store.stream(name)
        if stream.status not in ("ACTIVE", "UPDATING"):
            raise errors.stream_not_found(name)
        places = _places(stream, batch.partition_keys, batch.explicit_hash_keys)
        arrival = to_microseconds(store.now()) // 1000 * 1000
        refused = _refused(store, stream, places, batch.sizes, arrival)
        rows = None if not refused else np.setdiff1d(np.arange(len(batch.data)), list(refused))
        prepared = _prepare(stream, batch, places, rows)
        writer = store.log(stream).writer
        try:
            with errors.storing():
                ordinal = writer.append(prepared.frames, arrival, stream.generation) if prepared.frames else 0
        except StaleLogError:
            continue
        if writer.take_rolled():
            store.reclaim(name)
        _count(store, stream, prepared, arrival)
        return _result(stream, prepared, places, ordinal, arrival // 1_000_000, refused)


def _places(stream: Stream, keys: Sequence[str], hash_keys: Sequence[str | None] | None) -> Places:
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


def _refused(
    store: StreamStore, stream: Stream, places: Places, sizes: NDArray[np.int64], now: int
) -> dict[int, tuple[str, str]]:
    """The records that their shards do not take now, each with its code and text."""
    rates = stream.settings.rates
    if rates is None:
        return {}
    found = {}
    burst = int(stream.max_record_size_kib * 1024 * rates) if stream.max_record_size_kib > 1024 else 0
    for place in np.unique(places).tolist():
        shard, rows = stream.open_shards[place], np.flatnonzero(places == place)
        admitted = store.rates(stream).admit(shard.number, sizes[rows].tolist(), now, scale=rates, burst=burst)
        text = errors.write_rate_exceeded(shard.id, stream.name)
        refused = [row for row, fits in zip(rows.tolist(), admitted, strict=True) if not fits]
        found.update(dict.fromkeys(refused, (errors.THROUGHPUT_EXCEEDED, text)))
        if refused:
            values = {"WriteProvisionedThroughputExceeded": float(len(refused))}
            store.metrics.add(stream.id, "", values, now)
            store.metrics.add_of_shard(stream, shard.id, values, now)
    return found


def _prepare(stream: Stream, batch: Batch, places: Places, wanted: Places | None) -> _Prepared:
    """The frames of a batch, or of those rows that are wanted."""
    flags = ENCRYPTED if stream.key_id is not None else 0
    sizes, hashes = batch.sizes, batch.explicit_hash_keys
    frames: list[LogFrame] = []
    order: list[Places] = []
    for start, end in _cuts(sizes if wanted is None else sizes[wanted]):
        here = places[start:end] if wanted is None else places[wanted[start:end]]
        sorted_ = np.argsort(here, kind="stable")
        found = sorted_ + start if wanted is None else wanted[start:end][sorted_]
        rows = found.tolist()
        pick = _picker(rows)
        frames.append(
            build_frame(
                _runs(stream.open_shards, here[sorted_], sizes[found]),
                pick(batch.partition_keys),
                None if not hashes or not any(hashes) else [hashes[row] or "" for row in rows],
                pick(batch.data),
                flags,
                (batch.lengths[0][found], batch.lengths[1][found]),
            )
        )
        order.append(found)
    return _Prepared(frames, np.concatenate(order) if order else np.arange(0))


def _picker(rows: list[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Takes the values of these rows."""
    return itemgetter(*rows) if len(rows) > 1 else lambda values: [values[row] for row in rows]


def _cuts(sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Where frames begin and end: few records are one."""
    if not len(sizes):
        return []
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


def _runs(shards: Sequence[Shard], places: Places, sizes: NDArray[np.int64]) -> list[LogRun]:
    """The runs of records that are sorted by shard."""
    counts, totals = np.bincount(places), np.bincount(places, sizes)
    found = np.flatnonzero(counts)
    runs = zip(found.tolist(), counts[found].tolist(), totals[found].tolist(), strict=True)
    return [LogRun(shards[place].number, count, int(total)) for place, count, total in runs]


def _count(store: StreamStore, stream: Stream, prepared: _Prepared, now: int) -> None:
    """Count what was put."""
    runs = [run for frame in prepared.frames for run in frame.runs]
    size, count = sum(run.bytes for run in runs), len(prepared.order)
    store.metrics.add(stream.id, "", {"IncomingBytes": size, "IncomingRecords": count}, now)
    if stream.shard_level_metrics:
        for run in runs:
            values = {"IncomingBytes": run.bytes, "IncomingRecords": run.rows}
            store.metrics.add_of_shard(stream, shard_id(run.shard), values, now)


def _result(
    stream: Stream,
    prepared: _Prepared,
    places: Places,
    ordinal: int,
    second: int,
    refused: Mapping[int, tuple[str, str]],
) -> PutResult:
    by_number = stream.by_number
    numbers: list[str] = []
    for frame in prepared.frames:
        for run in frame.runs:
            first = compose(by_number[run.shard].epoch, run.shard, ordinal + len(numbers), second)
            numbers += texts(first, run.rows)
    # Back in the order of the records, with None behind the last for those that were refused.
    whence = np.full(len(places), len(numbers)) if refused else np.empty(len(places), np.int64)
    whence[prepared.order] = np.arange(len(numbers))
    found = list(_picker(whence.tolist())([*numbers, None]))
    shards = np.array([one.id for one in stream.open_shards], object)[places]
    if refused:
        shards[list(refused)] = None
    return PutResult(stream, shards.tolist(), found, refused)
