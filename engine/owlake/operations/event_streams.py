"""Events that come over time: what an operation gives that goes on after it has answered.

In SQL each is a row, in Python ``for event in response["EventStream"]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class EventStream(Iterator[T], Generic[T]):
    """Events, each made when it is asked for. ``end``: lets whoever waits for one wait no longer."""

    def __init__(self, events: Iterator[T], end: Callable[[], None]) -> None:
        self._events = events
        self._end = end

    def __next__(self) -> T:
        return next(self._events)

    def close(self) -> None:
        """There are no more events."""
        self._end()


class ClientEventStream:
    """The events as boto3 shows them. A loop over it that is left can be gone on with by another one."""

    def __init__(self, events: EventStream[Any], shown: Callable[[EventStream[Any]], Mapping[str, Any] | None]) -> None:
        self._events = events
        self._next_shown = shown

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        while (event := self._next_shown(self._events)) is not None:
            yield event

    def close(self) -> None:
        """Let go of it: a loop that waits for the next event ends."""
        self._events.close()
