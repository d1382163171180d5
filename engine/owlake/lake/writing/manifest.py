"""What a write has left behind."""

from __future__ import annotations

from dataclasses import dataclass

from owlake.lake.model import DataFile


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A finished file: how many rows it holds, of which partition (values as text, None for NULL) and bucket."""

    file: DataFile
    rows: int
    partition: tuple[str | None, ...] = ()
    bucket: int | None = None


@dataclass(frozen=True, slots=True)
class WrittenPartition:
    """A partition that got rows, and the folder they are in."""

    values: tuple[str | None, ...]
    location: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a write, and the partitions they belong to, in the order in which they were opened."""

    files: tuple[WrittenFile, ...] = ()
    partitions: tuple[WrittenPartition, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows were written."""
        return sum(written.rows for written in self.files)

    @property
    def size(self) -> int:
        """How many bytes the files have."""
        return sum(written.file.size for written in self.files)
