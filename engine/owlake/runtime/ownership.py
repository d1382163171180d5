"""Who runs the tasks of a home: one process at a time, by a locked file."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path


class Ownership:
    """The lock on a home's scheduler. The operating system drops it when the process ends, however it ends.

    Held as often as it was taken and not given back; safe for threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._holds = 0
        self._descriptor = -1

    def take(self) -> bool:
        """Hold it once more; False, at once, where another process has it."""
        with self._guard:
            if self._holds == 0 and not self._lock():
                return False
            self._holds += 1
            return True

    def give_back(self) -> None:
        """Hold it once less."""
        with self._guard:
            self._holds -= 1
            if self._holds == 0:
                # Unlocked, not closed only: a child of this process may have the file open too.
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
                os.close(self._descriptor)

    def _lock(self) -> bool:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True
