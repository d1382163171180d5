"""Writing to a log: by any number of threads and processes, one frame after the other.

A put holds the lock while its frame is written. Where every put is to reach the disk, that happens after the lock is
given back: whoever comes first flushes for all that have written meanwhile, and the others find it done. Readers see a
frame once it is committed: when it was written, or there when it was flushed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from owlake.connector.log.flusher import Flusher
from owlake.connector.log.frames import Frame, entries
from owlake.connector.log.head import Head, boot
from owlake.connector.log.locks import FileLock
from owlake.connector.log.recovery import cut, is_damaged, recover
from owlake.connector.log.segments import SEGMENT_BYTES, Segment, segments, sync_directory

_ENTRY_BYTES = 48


class StaleError(Exception):
    """The stream was changed since what is to be written was prepared."""


class LogWriter:
    """Appends to the log in a directory. ``flusher``: flushes now and then; None where every put waits for the disk."""

    def __init__(self, directory: Path, flusher: Flusher | None, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._directory = directory
        self.flusher = flusher
        self._segment_bytes = segment_bytes
        self._lock = FileLock(directory / "write.lock")
        self._sync_lock = FileLock(directory / "sync.lock")
        with self._lock:
            if not Head.is_there(directory / "head"):
                # Lost: what there is, is read anew.
                Head.create(directory / "head", boot_id=0)
        self.head = Head(directory / "head")
        self._segment: Segment | None = None
        self._log = self._index = -1
        self._cuts = self.head.words[Head.CUTS]
        self._rolled = False
        if is_damaged(self.head):
            with self.alone():
                pass

    @staticmethod
    def create(directory: Path) -> None:
        """Make an empty log."""
        directory.mkdir(parents=True)
        first = Segment(directory, 0)
        first.log.touch()
        first.index.touch()
        Head.create(directory / "head", boot())
        sync_directory(directory)

    @contextmanager
    def alone(self) -> Iterator[Head]:
        """A block in which nobody else writes; the log is whole."""
        with self._lock:
            if is_damaged(self.head):
                self._close_segment()
                recover(self._directory, self.head)
            if self.head.generation % 2:
                # Whoever changed it died before the change was made, or after.
                self.head.words[Head.GENERATION] += 1
            yield self.head

    @contextmanager
    def changing(self) -> Iterator[Head]:
        """A block that changes what the log is of; nobody writes meanwhile.

        The generation is odd inside of it, and another one behind it: what was prepared by what was known before, or
        was read meanwhile, which may be the one or the other, is refused from then on.
        """
        with self.alone() as head:
            if self.flusher is None:
                # What a writer left that died before it was flushed is not seen, and would never be a shard's end.
                self.sync()
            head.words[Head.GENERATION] += 1
            try:
                yield head
            finally:
                head.words[Head.GENERATION] += 1

    def settled_generation(self) -> int:
        """The generation while nobody changes what the log is of: what is read after it is of it, or of a later one."""
        generation = self.head.generation
        if generation % 2:
            with self.alone() as head:
                generation = head.generation
        return generation

    def append(self, frames: Sequence[Frame], arrival: int, generation: int) -> int:
        """Write frames, all or none; the ordinal of the first record. They are durable as the flusher has it.

        Errors: StaleError where the stream is not the one that they were prepared for; OSError.
        """
        with self.alone() as head:
            words = head.words
            if words[Head.GENERATION] != generation:
                raise StaleError
            ordinal = words[Head.ORDINAL]
            words[Head.WRITING] = 1
            try:
                self._write(frames, arrival, words)
            except OSError:
                self._undo(words)
                raise
            words[Head.WRITING] = 0
            end, cuts = words[Head.WRITTEN], words[Head.CUTS]
            if self.flusher is not None:
                words[Head.COMMITTED] = end
        if self.flusher is None:
            try:
                self.sync(end, cuts)
            except OSError:
                self._cut()
                raise
        else:
            self.flusher.note(self)
        return ordinal

    def take_rolled(self) -> bool:
        """Whether a segment was sealed here since this was last asked."""
        rolled, self._rolled = self._rolled, False
        return rolled

    def sync(self, position: int | None = None, cuts: int | None = None) -> None:
        """Have everything up to a position, or all that is written, outlast a loss of power, and be seen.

        ``cuts``: how often the log had been cut when that was written.

        Errors: OSError, also where another one could not flush it, and it is gone.
        """
        words = self.head.words
        with self._sync_lock:
            if cuts is not None and words[Head.CUTS] != cuts:
                raise OSError(errno.EIO, "The log was cut where it could not be flushed")
            start, end = words[Head.SYNCED], words[Head.WRITTEN]
            if start < (end if position is None else position):
                self._sync_segments(start)
                words[Head.SYNCED] = end
                words[Head.COMMITTED] = max(words[Head.COMMITTED], end)

    def close(self) -> None:
        """Let go of the files."""
        self._close_segment()
        self._lock.close()
        self._sync_lock.close()
        self.head.close()

    # Writing, with the lock held ------------------------------------------------------------------------

    def _write(self, frames: Sequence[Frame], arrival: int, words: memoryview) -> None:
        """Write frames; the head says so once all of them are there."""
        segment = self._open(words[Head.SEGMENT])
        position, ordinal, count = words[Head.WRITTEN], words[Head.ORDINAL], words[Head.ENTRIES]
        for frame in frames:
            if position > segment.start and position + frame.length > segment.start + self._segment_bytes:
                segment, count = self._roll(position), 0
            _write_whole(self._log, frame.parts(ordinal, arrival), position - segment.start)
            found = entries(position, ordinal, arrival, frame.flags, frame.runs)
            _write_whole(self._index, [found], count * _ENTRY_BYTES)
            position += frame.length
            ordinal += frame.rows
            count += len(frame.runs)
        words[Head.ORDINAL] = ordinal
        words[Head.SEGMENT] = segment.start
        words[Head.ENTRIES] = count
        words[Head.WRITTEN] = position

    def _roll(self, position: int) -> Segment:
        """Begin a new segment; the index of the one before is not written any more."""
        os.fdatasync(self._index)
        self._rolled = True
        segment = Segment(self._directory, position)
        segment.log.touch()
        segment.index.touch()
        sync_directory(self._directory)
        return self._open(position)

    def _undo(self, words: memoryview) -> None:
        """Cut what was written of frames that could not be written whole: the disk is full, or broken."""
        for segment in segments(self._directory):
            if segment.start > words[Head.SEGMENT]:
                segment.delete()
        self._open(words[Head.SEGMENT])
        os.ftruncate(self._log, words[Head.WRITTEN] - words[Head.SEGMENT])
        os.ftruncate(self._index, words[Head.ENTRIES] * _ENTRY_BYTES)
        words[Head.WRITING] = 0

    def _cut(self) -> None:
        """Cut what was written and could not be flushed; nobody has seen it.

        It must not stay: a disk that has refused it once may not say so the next time.
        """
        with self.alone() as head, self._sync_lock:
            if head.words[Head.COMMITTED] < head.words[Head.WRITTEN]:
                head.words[Head.CUTS] += 1
                cut(self._directory, head)

    def _open(self, start: int) -> Segment:
        cuts = self.head.words[Head.CUTS]
        if self._segment is None or self._segment.start != start or self._cuts != cuts:
            # Also after a cut: the file may be another one of the same name.
            self._cuts = cuts
            self._close_segment()
            segment = Segment(self._directory, start)
            self._log = os.open(segment.log, os.O_WRONLY | os.O_CLOEXEC)
            self._index = os.open(segment.index, os.O_WRONLY | os.O_CLOEXEC)
            self._segment = segment
        return self._segment

    def _close_segment(self) -> None:
        if self._segment is not None:
            os.close(self._log)
            os.close(self._index)
            self._segment = None

    def _sync_segments(self, start: int) -> None:
        """Flush the segments that were written to from a position on."""
        found = segments(self._directory)
        first = max([one.start for one in found if one.start <= start], default=0)
        for segment in found:
            if segment.start >= first:
                _flush(segment.log)
                if self.flusher is not None:
                    _flush(segment.index)


def _write_whole(descriptor: int, parts: list[bytes | memoryview], offset: int) -> None:
    total = sum(map(len, parts))
    written = os.pwritev(descriptor, parts, offset)
    rest = b"".join(parts)[written:] if written < total else b""
    while rest:
        # A full disk takes a part first, and says so the next time.
        count = os.pwrite(descriptor, rest, offset + total - len(rest))
        rest = rest[count:]


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
