"""Making a log whole again: after its writer died in the middle of a write, or the machine lost power.

Every frame that is whole stays, acknowledged or not; the torn tail behind them is cut. The index is written anew from
the frames. Readers meanwhile look only below what was committed, which stays as it is.
"""

from __future__ import annotations

import os
from pathlib import Path

from owlake.connector.log.frames import entries, is_whole, read_header, runs_of
from owlake.connector.log.head import Head, boot
from owlake.connector.log.mapped import mapped
from owlake.connector.log.segments import Segment, segments


def is_damaged(head: Head) -> bool:
    """Whether the log may be other than its head says: somebody writes, or died writing, or the power was lost."""
    return head.words[Head.WRITING] != 0 or head.words[Head.BOOT] != boot()


def recover(directory: Path, head: Head) -> None:
    """Make the log whole. To be called with its lock held."""
    words = head.words
    trusted = words[Head.COMMITTED] if words[Head.BOOT] == boot() else words[Head.SYNCED]
    found = segments(directory)
    before = [one for one in found if one.start <= trusted]
    behind = found[max(len(before) - 1, 0) :]
    last, end, ordinal, count = _read(behind, trusted, words[Head.ORDINAL])
    for segment in behind:
        if segment.start > last.start:
            segment.delete()
    os.truncate(last.log, end - last.start)
    words[Head.ORDINAL] = ordinal
    words[Head.SEGMENT] = last.start
    words[Head.ENTRIES] = count
    words[Head.WRITTEN] = end
    words[Head.SYNCED] = min(words[Head.SYNCED], trusted)
    words[Head.COMMITTED] = end
    words[Head.BOOT] = boot()
    words[Head.WRITING] = 0


def cut(directory: Path, head: Head) -> None:
    """Cut everything behind what was committed; to be called by who holds the lock."""
    end = head.words[Head.COMMITTED]
    head.words[Head.WRITING] = 1
    for segment in segments(directory):
        if segment.start > end:
            segment.delete()
        else:
            os.truncate(segment.log, min(segment.log.stat().st_size, end - segment.start))
    recover(directory, head)


def _read(behind: list[Segment], trusted: int, ordinal: int) -> tuple[Segment, int, int, int]:
    """The last segment, its end, the next ordinal and the entries of its index, after reading all frames anew."""
    last, end, count = behind[0], behind[0].start, 0
    for segment in behind:
        if segment.start != end:
            break
        last = segment
        end, ordinal, count = _index_anew(segment, trusted, ordinal)
    return last, end, ordinal, count


def _index_anew(segment: Segment, trusted: int, ordinal: int) -> tuple[int, int, int]:
    """Where the whole frames of a segment end, the next ordinal and how many runs there are; its index is written."""
    source = mapped(segment.log, segment.log.stat().st_size)
    at, count = 0, 0
    with segment.index.open("r+b" if segment.index.exists() else "w+b") as index:
        while (header := read_header(source, at)) is not None and at + header.length <= len(source):
            position = segment.start + at
            if position >= trusted and not is_whole(source, at, header):
                break
            runs = tuple(runs_of(source, at, header))
            index.write(entries(position, header.ordinal, header.arrival, header.flags, runs))
            count += len(runs)
            at += header.length
            ordinal = max(ordinal, header.ordinal + header.rows)
        index.truncate()
    return segment.start + at, ordinal, count
