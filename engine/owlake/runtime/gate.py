"""The gate by which threads of the engine below enter Python.

DataFusion's threads call readers and kernels of ours, and are never joined. One that is inside, or on its way out,
while the interpreter is taken apart takes the process down with it. So they are counted, and at the end of the process
the gate is shut: whoever comes then is turned away, and those inside are waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class ProcessEndsError(Exception):
    """The process ends: nothing is read or computed any more."""


class Gate:
    """Counts who is inside; a context manager for each entry, from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._inside = 0
        self._is_shut = False

    def __enter__(self) -> None:
        with self._changed:
            if self._is_shut:
                raise ProcessEndsError
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            if self._is_shut:
                self._changed.notify_all()

    def shut(self, longest_wait: float) -> None:
        """Let nobody in any more, and wait until all have left, so many seconds at most."""
        with self._changed:
            self._is_shut = True
            self._changed.wait_for(lambda: self._inside == 0, longest_wait)


GATE = Gate()


class Gated(Generic[T]):
    """An iterator each of whose steps goes through the gate."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        with GATE:
            return next(self._items)
