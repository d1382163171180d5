"""What upkeep tells: plain values."""

from __future__ import annotations

from dataclasses import dataclass


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
