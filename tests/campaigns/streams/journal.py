"""What a process writes down outside of the home: a line is there once it is said, however the process ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

STREAM, GROUP = "load", "readers"


class Journal:
    """A file of lines, each a word and what belongs to it, with the time at which it was said."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(self, word: str, *more: object) -> None:
        """Write a line."""
        os.write(self._descriptor, " ".join([word, str(time.monotonic_ns()), *map(str, more), "\n"]).encode())


def lines(path: Path) -> Iterator[list[str]]:
    """The whole lines of a journal: word, time, and what belongs to it."""
    if path.exists():
        with path.open() as file:
            for line in file:
                if line.endswith(" \n"):
                    yield line.split()
