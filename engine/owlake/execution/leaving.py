"""The end of the process: queries that still run are dropped before the interpreter goes.

See ``owlake.runtime.gate`` for what would happen otherwise.
"""

from __future__ import annotations

import atexit
import threading
import time
from typing import Protocol
from weakref import WeakSet

from owlake.execution.threads import EVENT_LOOP
from owlake.runtime.gate import GATE

_LONGEST_WAIT = 5.0
_QUIET = 0.003
"""Seconds without a foreign thread in Python after which none is taken to be on its way."""
_QUIET_AFTER_CANCEL = 0.03
"""The same after queries were dropped: their threads still have to notice."""


class Cancellable(Protocol):
    """A query that runs."""

    def cancel(self) -> None:
        """Stop it."""


RUNNING: WeakSet[Cancellable] = WeakSet()
"""The queries of the process that have not ended."""


def leave() -> None:
    """Drop what runs, let the engine's threads out of Python, and nobody in any more."""
    running = list(RUNNING)
    for query in running:
        query.cancel()
    GATE.shut(_LONGEST_WAIT)
    EVENT_LOOP.close()
    end = time.monotonic() + _LONGEST_WAIT
    quiet = _QUIET_AFTER_CANCEL if running else _QUIET
    since = time.monotonic()
    while (now := time.monotonic()) < end and now < since + quiet:
        if _has_foreign_threads():
            since = now
        time.sleep(0.001)


def _has_foreign_threads() -> bool:
    """Whether a thread that Python did not start is in Python, or waits to be.

    It has a thread state of its own as long as that lasts: there are more states than threads.
    """
    import ctypes  # noqa: PLC0415  (the process ends, or was never short of time)

    python = ctypes.pythonapi
    for name in ("PyInterpreterState_Get", "PyInterpreterState_ThreadHead", "PyThreadState_Next"):
        function = getattr(python, name)
        function.restype = ctypes.c_void_p
        function.argtypes = [] if name.endswith("_Get") else [ctypes.c_void_p]
    state = python.PyInterpreterState_ThreadHead(python.PyInterpreterState_Get())
    states = 0
    while state:
        states += 1
        state = python.PyThreadState_Next(state)
    # Foreign threads that once asked for their name are listed too, as dummies.
    own = sum(not thread.name.startswith("Dummy-") for thread in threading.enumerate())
    return states > own


atexit.register(leave)
