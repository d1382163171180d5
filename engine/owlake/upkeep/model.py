"""What upkeep tells: plain values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from owlake.catalog.statistics import ColumnStatistics


@dataclass(frozen=True, slots=True)
class CompactedPartition:
    """What has become of a partition.

    Attributes:
        partition: Its name; empty for the one of an unpartitioned table.
        state: COMPACTED; PLANNED in a dry run, which guesses the numbers after; UNCHANGED: there is nothing to merge;
            SKIPPED: somebody else changed it meanwhile.
    """

    partition: str
    state: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did away with.

    Attributes:
        aborted_writes: Writes that failed or died whose files are gone now.
        replaced_files: Files that others had been put in the place of.
    """

    aborted_writes: int
    replaced_files: int


class FileState(StrEnum):
    """Whether a table's readers see a file."""

    VISIBLE = "VISIBLE"
    REPLACED = "REPLACED"
    """Others were put in its place; it is deleted soon."""
    UNCOMMITTED = "UNCOMMITTED"
    """The write that it is of has not ended, or not well."""
    IGNORED = "IGNORED"
    """Its name, or a folder's, begins with an underscore or a dot."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file in the folder of a table. Rows and row groups (or stripes) are None where its format does not say."""

    table_schema: str
    table_name: str
    partition: str
    path: str
    size: int
    modified: datetime
    format: str
    rows: int | None
    row_groups: int | None
    bucket: int | None
    write_number: int | None
    state: FileState


@dataclass(frozen=True, slots=True)
class PartitionEntry:
    """A partition with the files that readers see; an unpartitioned table is one, without a name."""

    table_schema: str
    table_name: str
    partition: str
    location: str
    format: str
    files: int
    small_files: int
    bytes: int
    rows: int | None
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class StatisticsEntry:
    """What is known of a column, in a partition or (None) in the whole table of so many rows."""

    table_schema: str
    table_name: str
    partition: str | None
    rows: int | None
    known: ColumnStatistics
    is_stale: bool | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tables and partitions somebody asks about; None is all.

    Attributes:
        counted: Rows, too: footers are read.
        compared: Whether statistics are stale: files are listed.
    """

    schemas: Collection[str] | None = None
    tables: Collection[str] | None = None
    partitions: Collection[str] | None = None
    counted: bool = True
    compared: bool = True
