"""What a kind of file is to compaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from owlake.lake.model import DataFile
from owlake.lake.storage import Storage


@dataclass(frozen=True, slots=True)
class Mergeable:
    """Files that can become one.

    Attributes:
        kind: What they have in common; the merger's own.
        rows: How many rows they have, where that is known before they are read.
    """

    files: tuple[DataFile, ...]
    kind: Any
    rows: int | None = None


class PieceWriter(Protocol):
    """A merged file that is being written."""

    def write(self, piece: Any) -> None:
        """Add a piece."""

    @property
    def size(self) -> int:
        """About how many bytes the file has by now."""

    def close(self) -> int:
        """Finish the file and tell its size."""

    def abandon(self) -> None:
        """Let go of an unfinished file. It is still there."""


class Merger(Protocol):
    """Merges files that are stored in one way. What it reads and writes are pieces: batches, blocks, bytes."""

    def kinds(self, files: Sequence[DataFile]) -> list[Mergeable]:
        """The files by what can be merged with one another. Those that nothing can be merged with are left out."""

    def pieces(self, files: Mergeable) -> Iterator[Any]:
        """What the files hold.

        Errors: HIVE_BAD_DATA and the like for files that cannot be read; GENERIC_INTERNAL_ERROR where not all was read.
        """

    def rows_of(self, piece: Any) -> int:
        """How many rows a piece has; 0 where nobody counts."""

    def ending(self, files: Mergeable) -> str:
        """What the names of the merged files end with."""

    def begin(self, files: Mergeable, storage: Storage, uri: str) -> PieceWriter:
        """A merged file. Errors: HIVE_WRITER_OPEN_ERROR."""
