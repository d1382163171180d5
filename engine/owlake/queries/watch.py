"""Statements that take long are looked at from time to time: has somebody asked to stop them, have they read too much.

One timer on the event loop of the process, which runs only while something is watched.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol
from weakref import WeakValueDictionary

from owlake.errors import OwlakeError
from owlake.execution.threads import EVENT_LOOP

_EVERY = 0.1
_LONG = 0.3
"""Seconds after which other processes can be expected to have asked something of a statement."""


class Watched(Protocol):
    """A statement that runs."""

    @property
    def started(self) -> float:
        """When it began, on the machine's own clock."""

    def kill(self, reason: Callable[[], OwlakeError]) -> None:
        """End it."""

    def keep_limit(self) -> None:
        """End it if it has read more than it may."""

    def end_if_asked(self) -> None:
        """End it if another process wants it ended."""


class Watch:
    """The statements of this process that run; a session that nobody holds any more takes its own with it."""

    def __init__(self) -> None:
        self._running: WeakValueDictionary[str, Watched] = WeakValueDictionary()
        self._followed: WeakValueDictionary[str, Watched] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._ticks = False

    def add(self, query_id: str, statement: Watched) -> None:
        """A statement begins."""
        with self._lock:
            self._running[query_id] = statement

    def remove(self, query_id: str) -> None:
        """It has ended."""
        with self._lock:
            self._running.pop(query_id, None)
            self._followed.pop(query_id, None)

    def follow(self, query_id: str) -> None:
        """From here on it may take long."""
        with self._lock:
            statement = self._running.get(query_id)
            if statement is None:
                return
            self._followed[query_id] = statement
            starts, self._ticks = not self._ticks, True
        if starts:
            EVENT_LOOP.call_later(_EVERY, self._tick)

    def kill(self, query_id: str, reason: Callable[[], OwlakeError]) -> bool:
        """End the statement, if it is one of this process."""
        with self._lock:
            statement = self._running.get(query_id)
        if statement is not None:
            statement.kill(reason)
        return statement is not None

    def _tick(self) -> None:
        with self._lock:
            statements = list(self._followed.values())
            if not statements:
                self._ticks = False
                return
        EVENT_LOOP.call_later(_EVERY, self._tick)
        now = time.monotonic()
        for statement in statements:
            statement.keep_limit()
            if now - statement.started > _LONG:
                statement.end_if_asked()


WATCH = Watch()
"""The one of this process."""
