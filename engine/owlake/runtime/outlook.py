"""What a scheduler has to wait for: asked before every statement, so without loading what runs tasks."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds
from owlake.runtime.clock import ClockState, read_clock

TO_RUN = "state IN ('SCHEDULED', 'RUNNING')"
"""In SQL: a task that is still to run. One index has these words."""


class Outlook(NamedTuple):
    """How things stand as of a version of the catalog.

    Attributes:
        due: When the next task is to run; None where there is none.
    """

    version: int
    clock: ClockState
    due: datetime | None

    @property
    def is_due(self) -> bool:
        """Whether there is something to do now."""
        if self.clock.target is not None:
            return True
        return self.due is not None and self.due <= self.clock.now()


def read_outlook(store: Store) -> Outlook:
    """How things stand."""
    version = store.version()
    with store.read() as connection:
        row = connection.execute(f"SELECT min(due_time) FROM tasks WHERE {TO_RUN}").fetchone()
        due = None if row[0] is None else from_microseconds(row[0])
        return Outlook(version, read_clock(connection), due)
