"""The end of the process: queries that still run are dropped before the interpreter goes.

See ``owlake.runtime.gate`` for what would happen otherwise.
"""

from __future__ import annotations

import atexit
import time
from typing import Protocol
from weakref import WeakSet

from owlake.execution.threads import EVENT_LOOP
from owlake.runtime.gate import GATE

_LONGEST_WAIT = 5.0
_LEAVE_TIME = 0.005
"""Seconds: a hundred times what a thread takes from our code back into its own, once nobody holds the interpreter."""


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
    time.sleep(_LEAVE_TIME * (1 + len(running)))


atexit.register(leave)
