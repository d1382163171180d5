"""Ctrl-C while a statement runs: the statement is cancelled, the process goes on."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from owlake.session import Session

_AGAIN = 0.05


class Interruptible:
    """Turns Ctrl-C into a cancel of the session's statement while the block runs; a second one ends the block.

    Elsewhere than on the main thread, where no signal arrives, nothing changes.
    """

    def __init__(self, session: Session) -> None:
        self.interrupted = False
        self._session = session
        self._over = threading.Event()
        self._previous: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _on_signal(self, _: int, __: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        # On a thread of its own: the main one may hold whatever a cancel needs.
        threading.Thread(target=self._cancel, name="owlake-cancel", daemon=True).start()

    def _cancel(self) -> None:
        """Until the block is over: the statement may not have begun to run when Ctrl-C came."""
        while not self._over.is_set():
            self._session.cancel()
            self._over.wait(_AGAIN)


def wait(seconds: float) -> None:
    """Let so much time pass; Ctrl-C ends it with KeyboardInterrupt."""
    threading.Event().wait(seconds)
