"""Deleting what has expired, or is done with: whole segments, oldest first."""

from __future__ import annotations

from owlake.connector.log.log import Log


def reclaim(log: Log, horizon: int) -> int | None:
    """Delete the sealed segments in which everything arrived before a time (in microseconds).

    When the last record of the oldest one that stays arrived; None where only the segment is left that is written to.
    """
    with log.writer.alone():
        for segment, bounds in log.reader.sealed():
            if bounds.latest >= horizon:
                return bounds.latest
            segment.delete()
    return None


def reclaim_before(log: Log, ordinal: int) -> None:
    """Delete the sealed segments all of whose records come before an ordinal."""
    with log.writer.alone():
        for segment, bounds in log.reader.sealed():
            if bounds.before > ordinal:
                return
            segment.delete()
