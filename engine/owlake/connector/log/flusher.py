"""Flushing logs to the disk now and then, beside those who write: no put waits for it.

After a loss of power at most the records of the last interval are gone; a process that dies loses none. It is the
disk's time that counts here, not the home's, so this is a thread of its own and no task.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Protocol

INTERVAL = 1.0
"""Seconds between two flushes."""


class Flushed(Protocol):
    """What is flushed."""

    def sync(self) -> None:
        """Flush everything that is written."""


class Flusher:
    """Flushes what was noted. The thread begins with the first note."""

    def __init__(self, interval: float = INTERVAL) -> None:
        self._interval = interval
        self._noted: dict[int, Flushed] = {}
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._work = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, log: Flushed) -> None:
        """Have a log flushed before long."""
        if id(log) in self._noted:
            return
        with self._guard:
            self._noted[id(log)] = log
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="owlake-log-flush", daemon=True)
                self._thread.start()
        self._work.set()

    def forget(self, log: Flushed) -> None:
        """The log is closed."""
        with self._guard:
            self._noted.pop(id(log), None)

    def flush(self) -> None:
        """Flush what was noted, now."""
        with self._guard:
            noted, self._noted = self._noted, {}
        for log in noted.values():
            # A disk that refuses shows it to the next put; the log may have been deleted meanwhile.
            with suppress(OSError, ValueError):
                log.sync()

    def close(self) -> None:
        """Flush the rest and end the thread."""
        self._stop.set()
        self._work.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._work.wait()
            self._work.clear()
            self._stop.wait(self._interval)
            self.flush()
