"""Cancelling: how soon control comes back, and how soon the work stops, for each kind of operator."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import owlake
from owlake.dbapi import Connection
from tests.benchmarks.measuring import Line, Setting
from tests.session.heavy import STATEMENTS, connect, statement

COPIES = 32
"""Millions of rows that each statement reads: more than it can before the cancel."""
_CONTROL, _SILENCE = 200.0, 1000.0
_WINDOW = 0.05
_BEFORE = 0.5
"""Seconds that a statement runs."""


def run(setting: Setting) -> Iterator[Line]:
    """Two lines for each kind: the best of the rounds."""
    with connect(setting.scratch / "home") as connection:
        for kind in STATEMENTS:
            sql = statement(kind, COPIES)
            returned, silent = zip(*(_measured(connection, sql) for _ in range(setting.rounds)), strict=True)
            yield Line(f"{kind}: control", min(returned) * 1000, "ms", _CONTROL, f"worst {max(returned) * 1000:.0f} ms")
            yield Line(f"{kind}: silence", min(silent) * 1000, "ms", _SILENCE, f"worst {max(silent) * 1000:.0f} ms")


def _measured(connection: Connection, sql: str) -> tuple[float, float]:
    """Seconds from the cancel until the waiting thread goes on, and until the process computes no more."""
    returned: list[float] = []

    def work() -> None:
        try:
            connection.execute(sql).fetchall()
        except owlake.Error:
            returned.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(_BEFORE)
    asked = time.monotonic()
    connection.cancel()
    thread.join()
    while True:
        before, began = time.process_time(), time.monotonic()
        time.sleep(_WINDOW)
        if time.process_time() - before < _WINDOW / 5:
            return returned[0] - asked, max(0.0, began - asked)
