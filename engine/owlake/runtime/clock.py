"""The home's clock: the one place that says what time it is.

Everything that happens at a time asks it, never ``time.time()``: ``now()`` in SQL, NOW in partition projection,
history, schedules. Its state stands in the catalog, so every process of a home agrees. Real, it is the machine's;
virtual, it stands still until someone moves it, and then the same script gives the same result every time.

The scheduler moves it (``owlake.runtime.scheduler``), for what falls due on the way runs on the way.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds

_INSTANT, _TARGET = "clock", "clock_target"


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time in UTC, with its zone."""


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that always says the same: for tests."""

    instant: datetime

    def now(self) -> datetime:
        """The instant."""
        return self.instant.astimezone(UTC)


class ClockState(NamedTuple):
    """How the clock of a home stands.

    Attributes:
        instant: Where the virtual clock stands; None while it is the machine's.
        target: Where it is on its way to, running what falls due; None while it stands still.
    """

    instant: datetime | None = None
    target: datetime | None = None

    @property
    def is_virtual(self) -> bool:
        """Whether the clock stands still until it is moved."""
        return self.instant is not None

    def now(self) -> datetime:
        """The time in UTC: the machine's, or where the virtual clock stands."""
        return self.instant or datetime.now(UTC)


def read_clock(connection: sqlite3.Connection) -> ClockState:
    """The clock as this transaction sees it."""
    rows = dict(connection.execute("SELECT key, value FROM settings WHERE key IN (?, ?)", (_INSTANT, _TARGET)))
    instant, target = rows.get(_INSTANT), rows.get(_TARGET)
    return ClockState(
        None if instant is None else from_microseconds(int(instant)),
        None if target is None else from_microseconds(int(target)),
    )


def write_clock(connection: sqlite3.Connection, state: ClockState) -> None:
    """Let the clock stand like this once the transaction is committed."""
    for key, instant in ((_INSTANT, state.instant), (_TARGET, state.target)):
        if instant is None:
            connection.execute("DELETE FROM settings WHERE key = ?", (key,))
        else:
            connection.execute(
                "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, str(to_microseconds(instant)))
            )


def move_clock(connection: sqlite3.Connection, instant: datetime) -> None:
    """Let the virtual clock stand elsewhere on its way."""
    connection.execute("UPDATE settings SET value = ? WHERE key = ?", (str(to_microseconds(instant)), _INSTANT))


class HomeClock:
    """The clock of a home. Safe for threads and processes: it stands in the catalog, and is read when that changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: tuple[int, ClockState] | None = None

    def now(self) -> datetime:
        """The time in UTC: the machine's, or where the virtual clock stands."""
        return self.state().now()

    @property
    def is_virtual(self) -> bool:
        """Whether the clock stands still until it is moved."""
        return self.state().is_virtual

    def state(self) -> ClockState:
        """How it stands."""
        version, known = self._store.version(), self._known
        if known is None or known[0] != version:
            with self._store.read() as connection:
                known = self._known = version, read_clock(connection)
        return known[1]
