"""Reading a log: runs of records found in the index, their columns taken from the mapped frames as they lie there.

Several processes may write meanwhile. A reader never looks beyond what was committed, and what is committed never
changes: so nothing is locked.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from owlake.connector.log.frames import ENTRY, HASHED, FrameHeader, read_header
from owlake.connector.log.head import Head
from owlake.connector.log.mapped import mapped
from owlake.connector.log.segments import Segment, segments

Entries = NDArray[Any]

_BATCH_ROWS = 8192
_BATCH_BYTES = 8 << 20
_KEPT_VIEWS = 64
_LOOKED_AT = ENTRY.itemsize << 14


class Bounds(NamedTuple):
    """What a segment holds: the first ordinal, the one behind the last, the earliest and the latest arrival."""

    first: int
    before: int
    earliest: int
    latest: int


@dataclass(frozen=True, slots=True)
class Span:
    """Which records are wanted.

    Attributes:
        shards: Those of these shards; None: of all.
        first: From this ordinal of the log on; ``before``: up to another one.
        since: That arrived (in microseconds) at this time or later; ``until``: before another one.
    """

    shards: Collection[int] | None = None
    first: int = 0
    before: int | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """Consecutive records of one shard: some rows of a frame."""

    entry: Any
    partition_key: pa.Array
    explicit_hash_key: pa.Array | None
    data: pa.Array


class _View:
    """A segment as far as it was committed when it was looked at."""

    def __init__(self, segment: Segment, end: int, known: int) -> None:
        self.segment = segment
        self.end = end
        size = _entries_before(segment.index, end, known) * ENTRY.itemsize
        self.entries: Entries = np.frombuffer(mapped(segment.index, size), ENTRY)
        # Now, not on use: retention may delete the file, but not what is mapped.
        self._log = pa.py_buffer(mapped(segment.log, end - segment.start))
        self._frame: tuple[int, FrameHeader, tuple[pa.Array, pa.Array | None, pa.Array]] | None = None

    def records(self, entry: Any) -> Records:
        """The records of a run."""
        position, row, rows = int(entry["position"]), int(entry["row"]), int(entry["rows"])
        frame = self._frame
        if frame is None or frame[0] != position:
            frame = self._frame = self._read(position)
        keys, hashes, data = frame[2]
        return Records(
            entry, keys.slice(row, rows), None if hashes is None else hashes.slice(row, rows), data.slice(row, rows)
        )

    def _read(self, position: int) -> tuple[int, FrameHeader, tuple[pa.Array, pa.Array | None, pa.Array]]:
        log = self._log
        at = position - self.segment.start
        header = read_header(log, at)
        assert header is not None, f"no frame at {position} of {self.segment.log}"
        offsets, contents = header.offsets, header.contents

        def column(place: int, type_: pa.DataType, size: int) -> pa.Array:
            buffers = [
                None,
                log.slice(at + offsets[place], 4 * (header.rows + 1)),
                log.slice(at + contents[place], size),
            ]
            return pa.Array.from_buffers(type_, header.rows, buffers)

        hashes = column(1, pa.string(), header.hash_bytes) if header.flags & HASHED else None
        keys = column(0, pa.string(), header.key_bytes)
        return position, header, (keys, hashes, column(2, pa.binary(), header.data_bytes))


def _entries_before(index: Path, end: int, known: int) -> int:
    """How many entries of an index come before a position, where so many are known to.

    Only they are mapped: behind them a writer may cut the file, and who looks at what was mapped there is killed.
    """
    with index.open("rb") as file:
        file.seek(known * ENTRY.itemsize)
        while content := file.read(_LOOKED_AT):
            found = np.frombuffer(content, ENTRY, len(content) // ENTRY.itemsize)
            before = int(np.searchsorted(found["position"], end))
            known += before
            if before < len(found):
                break
    return known


class LogReader:
    """Reads the log in a directory. Safe for threads."""

    def __init__(self, directory: Path, head: Head) -> None:
        self._directory = directory
        self._head = head
        self._guard = threading.Lock()
        self._segments: list[Segment] = []
        self._views: dict[int, _View] = {}
        self._bounds: dict[int, Bounds] = {}

    # Runs -----------------------------------------------------------------------------------------------

    def runs(self, span: Span) -> Iterator[tuple[_View, Entries]]:
        """The index entries of the wanted records, a segment at a time; the first and last may have others too."""
        committed = self._head.committed
        listed = self._listed(committed)
        for segment, following in zip(listed, [*listed[1:], None], strict=True):
            end = committed if following is None else following.start
            if end <= segment.start:
                continue
            try:
                if not self._may_have(segment, end, span, sealed=following is not None):
                    continue
                view = self._view(segment, end)
            except FileNotFoundError:
                # Retention took it meanwhile.
                continue
            found = _wanted(view.entries, span)
            if len(found):
                yield view, found

    def end(self) -> int:
        """The ordinal that the next record will have, as far as readers can see."""
        committed = self._head.committed
        for segment in reversed(self._listed(committed)):
            if segment.start >= committed:
                # It is just being made, and may have no index yet.
                continue
            view = self._view(segment, committed)
            if len(view.entries):
                last = view.entries[-1]
                return int(last["ordinal"]) + int(last["rows"])
        return self._head.ordinal

    def size(self) -> int:
        """The bytes of its frames."""
        committed = self._head.committed
        return committed - next((one.start for one in self._listed(committed)), committed)

    def _listed(self, committed: int) -> list[Segment]:
        with self._guard:
            known = self._segments
            found = segments(self._directory)
            if [one.start for one in found] != [one.start for one in known]:
                there = {one.start for one in found}
                self._views = {start: view for start, view in self._views.items() if start in there}
                self._bounds = {start: one for start, one in self._bounds.items() if start in there}
                self._segments = found
            return [one for one in self._segments if one.start <= committed]

    def _view(self, segment: Segment, end: int) -> _View:
        with self._guard:
            view = self._views.get(segment.start)
            if view is None or view.end < end:
                if len(self._views) >= _KEPT_VIEWS:
                    del self._views[next(iter(self._views))]
                known = 0 if view is None else len(view.entries)
                view = self._views[segment.start] = _View(segment, end, known)
            return view

    def sealed(self) -> Iterator[tuple[Segment, Bounds]]:
        """The segments that do not change any more, oldest first, each with what it holds."""
        listed = self._listed(self._head.committed)
        for segment, following in pairwise(listed):
            yield segment, _bounds(self._view(segment, following.start).entries)

    def _may_have(self, segment: Segment, end: int, span: Span, *, sealed: bool) -> bool:
        """Whether a segment has any of the wanted records, as far as its bounds tell."""
        if not sealed:
            return True
        bounds = self._bounds.get(segment.start)
        if bounds is None:
            found = self._view(segment, end).entries
            bounds = self._bounds[segment.start] = _bounds(found)
        first, beyond, earliest, latest = bounds
        return not (
            beyond <= span.first
            or (span.before is not None and first >= span.before)
            or (span.since is not None and latest < span.since)
            or (span.until is not None and earliest >= span.until)
        )

    # Records --------------------------------------------------------------------------------------------

    def grouped(self, span: Span, most_rows: int = _BATCH_ROWS) -> Iterator[list[Records]]:
        """Runs, as many as make a batch."""
        group: list[Records] = []
        rows = size = 0
        for one in self.records(span):
            group.append(one)
            rows += len(one.data)
            size += int(one.entry["bytes"])
            if rows >= most_rows or size >= _BATCH_BYTES:
                yield group
                group, rows, size = [], 0, 0
        if group:
            yield group

    def records(self, span: Span) -> Iterator[Records]:
        """The wanted records, run by run: each as it lies in the log."""
        for view, found in self.runs(span):
            for entry in _cut(found, span):
                yield view.records(entry)


def _bounds(entries: Entries) -> Bounds:
    if not len(entries):
        return Bounds(0, 0, 0, 0)
    last, arrivals = entries[-1], entries["arrival"]
    return Bounds(
        int(entries[0]["ordinal"]),
        int(last["ordinal"]) + int(last["rows"]),
        int(arrivals.min()),
        int(arrivals.max()),
    )


def _wanted(entries: Entries, span: Span) -> Entries:
    if span.first:
        start = max(int(np.searchsorted(entries["ordinal"], span.first, side="right")) - 1, 0)
        if start < len(entries) and int(entries[start]["ordinal"]) + int(entries[start]["rows"]) <= span.first:
            start += 1
        entries = entries[start:]
    if span.before is not None:
        entries = entries[: np.searchsorted(entries["ordinal"], span.before)]
    if span.shards is not None:
        wanted = list(span.shards)
        shard = entries["shard"]
        entries = entries[shard == wanted[0] if len(wanted) == 1 else np.isin(shard, wanted)]
    if span.since is not None:
        entries = entries[entries["arrival"] >= span.since]
    if span.until is not None:
        entries = entries[entries["arrival"] < span.until]
    return entries


def _cut(entries: Entries, span: Span) -> Entries:
    """The entries, the first and last of them without the rows that are outside of the span."""
    first, before = span.first, span.before
    starts, rows = entries["ordinal"], entries["rows"]
    beyond = starts + rows
    inside = bool((starts >= first).all()) and (before is None or bool((beyond <= before).all()))
    if inside:
        return entries
    found = entries.copy()
    skipped = np.maximum(first - starts.astype(np.int64), 0).astype(np.uint32)
    left = np.maximum(beyond.astype(np.int64) - before, 0).astype(np.uint32) if before is not None else 0
    found["ordinal"] += skipped
    found["row"] += skipped
    found["rows"] -= skipped + left
    return found
