"""When a task comes due: schedule expressions in AWS's words.

``rate(5 minutes)``, ``cron(0 12 * * ? *)`` with AWS's six fields, ``at(2026-01-01T00:00:00)``: as EventBridge Scheduler
reads them (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from owlake.errors import OwlakeError, error

_EXPRESSION = re.compile(r"(rate|cron|at)\((.*)\)", re.DOTALL)
_RATE = re.compile(r"(\d{1,9})\s+(minute|hour|day)s?", re.ASCII)
_AT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII)
_LAST_YEAR = 2199
"""The last that a cron expression can name."""
_LOOKED_THROUGH = timedelta(days=120)
_FORMS = "rate(value unit), cron(minutes hours day-of-month month day-of-week year) or at(yyyy-mm-ddThh:mm:ss)"


class Schedule(Protocol):
    """Says when."""

    @property
    def recurs(self) -> bool:
        """Whether there may be more than one instant."""

    def after(self, instant: datetime, start: datetime) -> datetime | None:
        """The first instant later than ``instant``, in UTC; None where there is none.

        ``start`` is when the schedule began: what a rate counts from.
        """


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so often, counted from the start: in a row of instants that never drifts."""

    period: timedelta
    recurs = True

    def after(self, instant: datetime, start: datetime) -> datetime | None:
        """The first of the row that is later."""
        try:
            return start + ((instant - start) // self.period + 1) * self.period
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class Cron:
    """At the times of a clock on the wall in ``zone``.

    A time that the wall clock skips in spring does not come due; one that it shows twice in autumn comes due once.
    """

    fields: str
    zone: ZoneInfo
    recurs = True

    def after(self, instant: datetime, start: datetime) -> datetime | None:  # noqa: ARG002  (a rate's)
        """The first time on the wall that is later and exists."""
        wall = instant.astimezone(self.zone).replace(tzinfo=None)
        while True:
            found = _next_on_the_wall(self.fields, wall)
            if found is None:
                return None
            due = found.replace(tzinfo=self.zone).astimezone(UTC)
            if due > instant and due.astimezone(self.zone).replace(tzinfo=None) == found:
                return due
            wall = found


@dataclass(frozen=True, slots=True)
class At:
    """Once."""

    instant: datetime
    recurs = False

    def after(self, instant: datetime, start: datetime) -> datetime | None:  # noqa: ARG002  (a rate's)
        """The instant, while it lies ahead."""
        return self.instant if self.instant > instant else None


@lru_cache(maxsize=1024)
def schedule_of(expression: str, time_zone: str = "UTC") -> Schedule:
    """The schedule of an expression, its times those of a zone.

    Errors: ValidationException, for what is no schedule expression, and for an unknown time zone.
    """
    zone = _zone(time_zone)
    parts = _EXPRESSION.fullmatch(expression.strip())
    if parts is None:
        raise _invalid(expression, f"it must be {_FORMS}")
    kind, content = parts[1], parts[2].strip()
    if kind == "rate":
        return _rate(expression, content)
    if kind == "at":
        return _at(expression, content, zone)
    fields = _day_of_week_named(content)
    _check_cron(expression, fields)
    return Cron(fields, zone)


def _rate(expression: str, content: str) -> Rate:
    parts = _RATE.fullmatch(content)
    if parts is None:
        raise _invalid(expression, "a rate is a positive integer and minute(s), hour(s) or day(s)")
    value = int(parts[1])
    if value == 0:
        raise _invalid(expression, "a rate's value must be greater than 0")
    try:
        return Rate(timedelta(**{f"{parts[2]}s": value}))
    except OverflowError:
        raise _invalid(expression, "a rate's value must be smaller") from None


def _at(expression: str, content: str, zone: ZoneInfo) -> At:
    problem = "a time is written yyyy-mm-ddThh:mm:ss"
    if _AT.fullmatch(content) is None:
        raise _invalid(expression, problem)
    try:
        return At(datetime.fromisoformat(content).replace(tzinfo=zone).astimezone(UTC))
    except (ValueError, OverflowError):
        raise _invalid(expression, problem) from None


def _check_cron(expression: str, fields: str) -> None:
    from aws_croniter.exceptions import AwsCroniterExpressionError  # noqa: PLC0415  (as in _cron)

    try:
        _cron(fields)
    except AwsCroniterExpressionError as problem:
        raise _invalid(expression, str(problem)) from None
    except ValueError:
        # The library lets a few forms through its own check, LW for one, that it does not read.
        raise _invalid(expression, "one of its fields cannot be read") from None


def _day_of_week_named(fields: str) -> str:
    """An ``L`` alone as the day of the week is the week's last day, which the library does not know."""
    words = fields.split()
    if len(words) == 6 and words[4] == "L":
        words[4] = "SAT"
    return " ".join(words)


@lru_cache(maxsize=1024)
def _cron(fields: str) -> Any:
    from aws_croniter import AwsCroniter  # noqa: PLC0415  (most homes have no cron)

    return AwsCroniter(fields)


def _next_on_the_wall(fields: str, wall: datetime) -> datetime | None:
    """The library looks through half a year at least, then gives up; so it is asked again from further on."""
    cron = _cron(fields)
    begin = wall.replace(tzinfo=UTC)
    while begin.year <= _LAST_YEAR:
        found: datetime | None = cron.get_next(begin)[0]
        if found is not None:
            return found.replace(tzinfo=None)
        begin += _LOOKED_THROUGH
    return None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise error("ValidationException", f"Invalid time zone {name}", hint="A name such as Europe/Berlin") from None


def _invalid(expression: str, reason: str) -> OwlakeError:
    return error("ValidationException", f"Invalid Schedule Expression {expression}: {reason}", hint=f"Write {_FORMS}")
