"""``system.lake``: keeping the files of tables in order."""

from __future__ import annotations

from datetime import timedelta

from owlake.spi import check_stopped, operation, upkeep
from owlake_connectors.system.operations import OfHome


class Lake(OfHome):
    """Operations of ``system.lake``."""

    @operation(schema="lake")
    def compact(
        self, table: str, where: str | None = None, target_size: str | None = None, dry_run: bool = False
    ) -> list[upkeep.CompactedPartition]:
        """Merge the small files of a table, in all partitions or those of a condition; a row tells of each."""
        return self._home.upkeep.compact(
            table, where=where, target_size=target_size, dry_run=dry_run, check=check_stopped
        )

    @operation(schema="lake")
    def sweep(self, older_than: timedelta = timedelta(minutes=10)) -> upkeep.Swept:
        """Delete what writes left that failed or died, and files that were replaced before that time."""
        return self._home.upkeep.sweep(older_than)
