"""What a format of files is to the writer."""

from __future__ import annotations

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class FileFormat:
    """The files of one table: how their names end, and how one is begun at a place.

    ``begin`` raises HIVE_WRITER_OPEN_ERROR.
    """

    ending: str
    begin: Callable[[Storage, str], FileWriter]
