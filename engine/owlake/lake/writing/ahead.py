"""Reading ahead: the next batches are made while the last ones are encoded."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable

import pyarrow as pa

_BATCHES_AHEAD = 8


def read_ahead(
    batches: Iterable[pa.RecordBatch], give_up: Callable[[], None] | None = None
) -> Generator[pa.RecordBatch, None, None]:
    """The same batches, made by a thread that is up to eight of them ahead. It has ended when this has.

    Where this ends before the batches do, ``give_up`` makes whatever makes them stop, so that nobody waits for more.
    """
    made: queue.Queue[pa.RecordBatch | BaseException | None] = queue.Queue(_BATCHES_AHEAD)
    stop = threading.Event()
    thread = threading.Thread(target=_make, args=(batches, made, stop), name="owlake-read-ahead", daemon=True)
    thread.start()
    try:
        yield from _taken(made)
    except BaseException:
        if give_up is not None:
            give_up()
        raise
    finally:
        stop.set()
        while thread.is_alive():
            _empty(made)
            thread.join(0.01)


def _taken(made: queue.Queue[pa.RecordBatch | BaseException | None]) -> Generator[pa.RecordBatch, None, None]:
    while (item := made.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


def _make(
    batches: Iterable[pa.RecordBatch], made: queue.Queue[pa.RecordBatch | BaseException | None], stop: threading.Event
) -> None:
    try:
        for batch in batches:
            made.put(batch)
            if stop.is_set():
                return
        made.put(None)
    except BaseException as problem:  # noqa: BLE001  (it is raised where the batches are asked for)
        made.put(problem)


def _empty(made: queue.Queue[pa.RecordBatch | BaseException | None]) -> None:
    """Make room, so that a thread that waits to put a batch goes on and sees that it is over."""
    try:
        while True:
            made.get_nowait()
    except queue.Empty:
        return
