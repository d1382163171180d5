"""What a format of files is to the writer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from owlake.lake.storage import Storage


class FileWriter(Protocol):
    """A file of some format that is being written."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows; the columns are the file's, in its order."""

    @property
    def size(self) -> int:
        """About how many bytes the file has by now."""

    def close(self) -> int:
        """Finish the file and tell its size."""

    def abandon(self) -> None:
        """Let go of an unfinished file. It is still there."""


class SinkFile:
    """A file that is written into an open output, whatever its format: how it ends, well or not."""

    def __init__(self, storage: Storage, uri: str) -> None:
        self._sink = storage.open_output(uri)

    @property
    def size(self) -> int:
        """The bytes of the file so far: a block, or a stripe, is written when it is full."""
        return int(self._sink.tell())

    def close(self) -> int:
        """Finish the file; the answer is its size."""
        self._finish()
        size = int(self._sink.tell())
        self._sink.close()
        return size

    def abandon(self) -> None:
        """Let go of an unfinished file."""
        with suppress(pa.ArrowException, OSError):
            self._give_up()
            self._sink.close()

    def _finish(self) -> None:
        """Write what is still to be written."""
        raise NotImplementedError

    def _give_up(self) -> None:
        """Let go of what writes into the output; most formats have nothing that holds it."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """The files of one table: how their names end, and how one is begun at a place.

    ``begin`` raises HIVE_WRITER_OPEN_ERROR.
    """

    ending: str
    begin: Callable[[Storage, str], FileWriter]
