"""The files of a log: ``<position>.log`` with frames and ``<position>.index`` with an entry for each run of them.

A position counts bytes over all files. A segment that is sealed never changes; it is deleted whole once everything in
it has expired.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

SEGMENT_BYTES = 64 << 20
"""A segment that has as much is sealed."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: where in the log it starts."""

    directory: Path
    start: int

    @property
    def log(self) -> Path:
        """Its frames."""
        return self.directory / f"{self.start:020d}.log"

    @property
    def index(self) -> Path:
        """Its index."""
        return self.directory / f"{self.start:020d}.index"

    def delete(self) -> None:
        """Delete its files; who reads them still has them."""
        self.index.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)


def segments(directory: Path) -> list[Segment]:
    """The segments of a log, oldest first."""
    with os.scandir(directory) as found:
        starts = sorted(int(one.name[:-4]) for one in found if one.name.endswith(".log"))
    return [Segment(directory, start) for start in starts]


def sync_directory(directory: Path) -> None:
    """Have names of new files outlast a loss of power."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
