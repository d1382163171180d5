"""Deleting what has expired: whole segments, oldest first."""

from __future__ import annotations

from owlake.connector.log.log import Log


def reclaim(log: Log, horizon: int) -> int | None:
    """Delete the sealed segments in which everything arrived before a time (in microseconds).

    When the last record of the oldest one that stays arrived; None where only the segment is left that is written to.
    """
    with log.writer.alone():
        for segment, latest in log.reader.sealed():
            if latest >= horizon:
                return latest
            segment.delete()
    return None
