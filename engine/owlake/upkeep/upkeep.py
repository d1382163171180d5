"""Upkeep of a home's lake: one door to all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from owlake.catalog.writes import WriteState
from owlake.errors import error
from owlake.lake.writing import TARGET_FILE_SIZE
from owlake.properties import bytes_of
from owlake.upkeep.compaction import compact
from owlake.upkeep.inventory import list_files, list_partitions, list_statistics
from owlake.upkeep.model import CompactedPartition, FileEntry, PartitionEntry, StatisticsEntry, Swept, Wanted
from owlake.upkeep.removal import GRACE, remove_replaced_files

if TYPE_CHECKING:
    from owlake.home import Home

_LEAST_TARGET = 2 << 10


class Upkeep:
    """Merging, sweeping, looking."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def compact(
        self,
        table: str,
        *,
        where: str | None = None,
        target_size: str | None = None,
        dry_run: bool = False,
        check: Callable[[], None] = lambda: None,
    ) -> list[CompactedPartition]:
        """Merge small files; see ``owlake.upkeep.compaction``.

        Errors: those of ``compact``; INVALID_ARGUMENTS for a size that is none.
        """
        size = TARGET_FILE_SIZE if target_size is None else bytes_of(target_size)
        if size is None or size < _LEAST_TARGET:
            raise error("INVALID_ARGUMENTS", f"target_size cannot be '{target_size}'", hint="Give a size like 256MB.")
        return compact(self._home, table, where=where, target_size=size, dry_run=dry_run, check=check)

    def files(self, wanted: Wanted) -> Iterator[FileEntry]:
        """Every file in the folders of these tables."""
        return list_files(self._home, wanted)

    def partitions(self, wanted: Wanted) -> Iterator[PartitionEntry]:
        """The partitions of these tables, summed up."""
        return list_partitions(self._home, wanted)

    def statistics(self, wanted: Wanted) -> Iterator[StatisticsEntry]:
        """What is known of the columns of these tables."""
        return list_statistics(self._home, wanted)

    def sweep(self, older_than: timedelta = GRACE) -> Swept:
        """Delete the files of writes that failed or died, and those that were replaced so long ago and nobody reads.

        Errors: INVALID_ARGUMENTS for a negative time.
        """
        if older_than < timedelta(0):
            raise error("INVALID_ARGUMENTS", f"older_than cannot be negative: {older_than}")
        before = {write.number for write in self._home.metastore.list_writes(WriteState.OPEN)}
        aborted = {write.number for write in self._home.metastore.list_writes(WriteState.ABORTED)}
        self._home.sweep()
        left = {write.number for write in self._home.metastore.list_writes() if write.state is not WriteState.COMMITTED}
        return Swept(len((before | aborted) - left), self.remove_replaced_files(older_than))

    def remove_replaced_files(self, grace: timedelta = GRACE) -> int:
        """Delete the files that others were put in the place of, as far as nobody can be reading them."""
        return remove_replaced_files(self._home, grace)
