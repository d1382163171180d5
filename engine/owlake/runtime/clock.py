"""The home's clock: the one place that says what time it is.

Everything that happens at a time asks it, never ``time.time()``: ``now()`` in SQL, NOW in partition projection,
history, schedules. Its state stands in the catalog, so every process of a home agrees. Real, it is the machine's;
virtual, it stands still until someone moves it, and then the same script gives the same result every time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.errors import error

_KEY = "clock"


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


class HomeClock:
    """The clock of a home. Safe for threads and processes; every answer comes from the catalog."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> datetime:
        """The time in UTC: the machine's, or where the virtual clock stands."""
        return self._virtual_instant() or datetime.now(UTC)

    @property
    def is_virtual(self) -> bool:
        """Whether the clock stands still until it is moved."""
        return self._virtual_instant() is not None

    def set(self, instant: datetime) -> None:
        """Make the clock virtual and put it at ``instant`` (its zone decides; without one it is UTC)."""
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        with self._store.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (_KEY, str(to_microseconds(aware)))
            )

    def advance(self, duration: timedelta) -> datetime:
        """Move the clock forward and say where it stands; a real clock becomes virtual.

        Two processes that advance at once both count: the sum of their durations has passed.

        Errors: INVALID_FUNCTION_ARGUMENT for a negative duration: schedules that ran cannot be unrun.
        """
        if duration < timedelta(0):
            raise error(
                "INVALID_FUNCTION_ARGUMENT", f"The clock cannot be advanced by {duration}: it goes forward only"
            )
        with self._store.write() as connection:
            row = connection.execute("SELECT value FROM settings WHERE key = ?", (_KEY,)).fetchone()
            instant = (from_microseconds(int(row[0])) if row else datetime.now(UTC)) + duration
            connection.execute(
                "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (_KEY, str(to_microseconds(instant)))
            )
        return instant

    def reset(self) -> None:
        """Make the clock the machine's again."""
        with self._store.write() as connection:
            connection.execute("DELETE FROM settings WHERE key = ?", (_KEY,))

    def _virtual_instant(self) -> datetime | None:
        with self._store.read() as connection:
            row = connection.execute("SELECT value FROM settings WHERE key = ?", (_KEY,)).fetchone()
        return from_microseconds(int(row[0])) if row else None
