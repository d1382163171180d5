"""Deleting the files that others were put in the place of, once nobody can be reading them.

A statement sees the files that were there when it began. So a replaced file goes when every statement that runs began
after its replacement, and not before a time of grace: other engines that read the folder have no statements here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from owlake.lake.publish import delete_replaced_files
from owlake.queries.model import State
from owlake.runtime.tasks import TaskDefinition, TaskState

if TYPE_CHECKING:
    from owlake.home import Home

GRACE = timedelta(minutes=10)
TASK = "system.lake.delete_replaced_files"
_OWNER = "system"


def schedule_removal(home: Home) -> None:
    """See to it that replaced files are deleted later."""
    due = home.clock.now() + GRACE + timedelta(seconds=1)
    known = home.scheduler.find(TASK)
    if known is not None and known.state is TaskState.SCHEDULED and known.due <= due:
        # It comes back by itself for what is too new then.
        return
    home.scheduler.schedule(TaskDefinition(TASK, TASK, owner=_OWNER, due=due), replace=True)


def remove_replaced_files(home: Home, grace: timedelta = GRACE) -> int:
    """Delete the replaced files that nobody can be reading, and come back for the others. Tells how many went."""
    before = home.clock.now() - grace
    oldest = _oldest_reader(home)
    if oldest is not None:
        before = min(before, oldest)
    deleted = delete_replaced_files(home.metastore, home.storage, before)
    if home.metastore.list_replaced_files():
        schedule_removal(home)
    return deleted


def _oldest_reader(home: Home) -> datetime | None:
    """When the statement began that has run longest, in whatever process. Calls read no tables."""
    running = home.history.executions(states=[State.RUNNING.value])
    readers = [one.submitted for one in running if one.state is State.RUNNING and one.substatement_type != "CALL"]
    return min(readers, default=None)
