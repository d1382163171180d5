"""What a process writes down outside of the home: a line is there once it is said, however the process ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

STREAM, GROUP = "load", "readers"
_END = ".\n"


class Journal:
    """A file of lines, each a word and what belongs to it, with the time at which it was said."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            # Whoever wrote before was killed within a line.
            os.write(self._descriptor, b"\n")

    def say(self, word: str, *more: object) -> None:
        """Write a line."""
        os.write(self._descriptor, " ".join([word, str(time.monotonic_ns()), *map(str, more), _END]).encode())


def lines(path: Path, since: int = 0) -> Iterator[list[str]]:
    """The whole lines of a journal from a byte on: word, time, and what belongs to it."""
    if path.exists():
        with path.open() as file:
            file.seek(since)
            for line in file:
                if line.endswith(_END):
                    yield line.removesuffix(_END).split()
