"""How many bytes a workgroup scans in a time, and what happens beyond its limits.

Athena's own limits of this kind only raise alarms; ours may also stop what runs, which they say themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
