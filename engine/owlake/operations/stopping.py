"""How an operation that takes long learns that nobody waits for it any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def _nobody_stops() -> None:
    """What is called by a client runs to its end."""


_CHECK: ContextVar[Callable[[], None]] = ContextVar("owlake_check_stopped", default=_nobody_stops)


def check_stopped() -> None:
    """Raise if the statement that does the operation was cancelled or killed. To be called now and then."""
    _CHECK.get()()


@contextmanager
def stopped_by(check: Callable[[], None]) -> Iterator[None]:
    """Within, ``check_stopped`` asks this."""
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)
