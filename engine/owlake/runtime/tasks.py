"""Tasks: what is to happen later, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from owlake.errors import error


class TaskState(StrEnum):
    """Where a task stands."""

    SCHEDULED = "SCHEDULED"
    """It will run when it is due; also after an error, until its retries are spent."""
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Retry:
    """What follows an error: another attempt after ``first``, then after twice as long each time, ``longest`` at most.

    ``attempts`` is how many runs there may be in all; None is for ever. A recurring task whose attempts are spent goes
    on with its next regular run.

    Errors: INVALID_ARGUMENTS where the times are not positive, or the attempts fewer than one.
    """

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(hours=1)
    attempts: int | None = None

    def __post_init__(self) -> None:
        if not timedelta(0) < self.first <= self.longest:
            raise error("INVALID_ARGUMENTS", "A retry's first wait must be positive, and no longer than the longest")
        if self.attempts is not None and self.attempts < 1:
            raise error("INVALID_ARGUMENTS", "A task has one attempt at least")

    def wait(self, attempts: int) -> timedelta | None:
        """How long after this many attempts the next comes; None where there is none."""
        if self.attempts is not None and attempts >= self.attempts:
            return None
        # More doublings than this are longer than any time there is.
        doublings = min(attempts - 1, 60)
        return self.first * 2**doublings if self.longest // self.first >= 2**doublings else self.longest


@dataclass(frozen=True, slots=True)
class TaskError:
    """How a run ended badly."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """A task to be.

    Attributes:
        name: Its own in the home: ``firehose.clicks.flush``.
        kind: Whose work it is: the name of a handler, ``firehose.flush``.
        owner: The catalog or plugin that it belongs to.
        arguments: What the handler is told: values that JSON has.
        schedule: When it recurs, or ``at(...)``; None for a task that runs once.
        time_zone: Where the schedule's times are.
        due: When it runs first (UTC where it has no zone). Without it the schedule says; without both, at once.
        retry: What follows an error.
    """

    name: str
    kind: str
    owner: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    schedule: str | None = None
    time_zone: str = "UTC"
    due: datetime | None = None
    retry: Retry = Retry()


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands.

    Attributes:
        id: Numbers tasks in the order in which they came to be.
        start: What a rate counts from.
        due: When it runs next, or ran last.
        attempts: Runs begun since the last success.
        last_error: Of the last run that failed, at ``last_failed``; it stays when a later run succeeds.
    """

    id: int
    name: str
    kind: str
    owner: str
    arguments: Mapping[str, Any]
    schedule: str | None
    time_zone: str
    retry: Retry
    state: TaskState
    created: datetime
    start: datetime
    due: datetime
    attempts: int = 0
    last_started: datetime | None = None
    last_ended: datetime | None = None
    last_failed: datetime | None = None
    last_error: TaskError | None = None


Handler = Callable[[Task], object]
"""Does a task's work. It may be called again for a run that the end of a process cut off."""

Resolve = Callable[[Task], Handler | None]
"""Finds the handler of a task for whose kind none is registered; None where there is none."""
