"""How many bytes a workgroup scans in a time, and what happens beyond its limits.

Athena's own limits of this kind only raise alarms; ours may also stop what runs, which they say themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from owlake.home import Home
from owlake.queries.model import QueryExecution
from owlake.queries.terms import ScanLimit
from owlake.queries.workgroup import DataUsageLimit


@dataclass(frozen=True, slots=True)
class Alarm:
    """A workgroup scanned more than its limit.

    Attributes:
        bytes_scanned: The bytes of the period that ended with the execution, its own included.
        query_id: The execution that went over the limit.
    """

    raised: datetime
    workgroup: str
    bytes_limit: int
    period_in_minutes: int
    bytes_scanned: int
    query_id: str


def remaining(home: Home, workgroup: str, limit: DataUsageLimit) -> ScanLimit:
    """What a statement that begins may scan under a limit of its workgroup. Those that run beside it do not count."""
    since = home.clock.now() - timedelta(minutes=limit.period_in_minutes)
    scanned = home.history.bytes_scanned(workgroup, since)
    text = (
        f"Bytes scanned limit of workgroup {workgroup} was exceeded: "
        f"{limit.bytes_scanned} in {limit.period_in_minutes} minutes"
    )
    return ScanLimit(max(0, limit.bytes_scanned - scanned), text)


def raise_alarms(home: Home, execution: QueryExecution, limits: Sequence[DataUsageLimit]) -> None:
    """Note each limit of its workgroup that the execution, which was just recorded, went over."""
    assert execution.completed is not None
    for limit in limits:
        since = execution.completed - timedelta(minutes=limit.period_in_minutes)
        scanned = home.history.bytes_scanned(execution.workgroup, since)
        if scanned - execution.bytes_scanned <= limit.bytes_scanned < scanned:
            alarm = Alarm(
                raised=execution.completed,
                workgroup=execution.workgroup,
                bytes_limit=limit.bytes_scanned,
                period_in_minutes=limit.period_in_minutes,
                bytes_scanned=scanned,
                query_id=execution.id,
            )
            home.history.raise_alarm(alarm)
