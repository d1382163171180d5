"""The two threads that statements run on: one with a deep stack for planning, one with the event loop."""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

_STACK_BYTES = 512 * 1024 * 1024
_RECURSION_LIMIT = 1_000_000
_LONGEST_WAIT = 2.0
_lock = threading.Lock()


def start_thread(work: Callable[[], object], name: str, stack_bytes: int) -> threading.Thread:
    """A running thread with a stack of its own size; it does not keep the process from ending."""
    with _lock:
        # A setting of the process: it holds for threads started from here on.
        previous = threading.stack_size(stack_bytes)
        try:
            thread = threading.Thread(target=work, name=name, daemon=True)
            thread.start()
            return thread
        finally:
            threading.stack_size(previous)


class DeepStack:
    """A thread with a stack of 512 MB: parsing, analysis and planning recurse as deep as the statement is nested.

    The stack is reserved address space; only what a statement uses becomes memory. Work runs in order.
    """

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def run(self, function: Callable[[], T]) -> T:
        """The function's result, computed on the deep stack."""
        return self.submit(function).result()

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Compute the function's result on the deep stack. Cancelling ends the wait for it, not the work."""
        future: Future[T] = Future()
        if threading.current_thread() is self._thread:
            _settle(function, future)
            return future
        self._start()
        self._work.put((function, future))
        return future

    def close(self) -> None:
        """Let the thread end once its work is done; wait for it two seconds at most."""
        thread, self._thread = self._thread, None
        self._work.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(_LONGEST_WAIT)

    def _start(self) -> None:
        if self._thread is not None:
            return
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
        self._thread = start_thread(self._loop, "owlake-planning", _STACK_BYTES)

    def _loop(self) -> None:
        while (item := self._work.get()) is not None:
            function, future = item
            if not future.cancelled():
                _settle(function, future)
            # A reference kept here would keep a finished statement's plan, and its query, alive.
            del item, function, future


def _settle(function: Callable[[], T], future: Future[T]) -> None:
    try:
        result = function()
    except BaseException as problem:  # noqa: BLE001  (panics of the engine are BaseExceptions; the caller sees them)
        settle: Callable[[], None] = partial(future.set_exception, problem)
    else:
        settle = partial(future.set_result, result)
    # Whoever waited may have given up meanwhile.
    with suppress(InvalidStateError):
        settle()


class EventLoop:
    """The thread that drives streams: one asyncio loop for all sessions of the process."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine there; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._running())

    def call_later(self, seconds: float, function: Callable[[], object]) -> None:
        """Call a function there after so many seconds. It must not take long: streams wait for it."""
        loop = self._running()
        loop.call_soon_threadsafe(loop.call_later, seconds, function)

    def close(self) -> None:
        """Stop the loop; what is submitted later starts another."""
        with self._starting:
            loop, self._loop = self._loop, None
        if loop is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        if self._thread is not None:
            self._thread.join(_LONGEST_WAIT)
            if not self._thread.is_alive():
                # Or the interpreter does, with a complaint, once what it needs for that is gone.
                loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="owlake-streams", daemon=True)
                self._thread.start()
            return self._loop


EVENT_LOOP = EventLoop()
