"""How soon a cancel gives control back, and how soon the work stops.

    python -m tests.benchmarks.cancellation

Promised: control within 200 ms, no work after a second.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

import owlake
from owlake.dbapi import Connection
from tests.session.heavy import STATEMENTS, connect, statement

COPIES = 32
WINDOW = 0.05


def main() -> None:
    """Print a line for each kind of operator."""
    with tempfile.TemporaryDirectory() as folder, connect(Path(folder) / "home") as connection:
        for kind in STATEMENTS:
            returned, silent = measure(connection, statement(kind, COPIES))
            sys.stdout.write(
                f"{kind:10} control after {returned * 1000:5.0f} ms, silent after {silent * 1000:5.0f} ms\n"
            )


def measure(connection: Connection, sql: str) -> tuple[float, float]:
    """Seconds from the cancel until the waiting thread goes on, and until the process computes no more."""
    returned: list[float] = []

    def run() -> None:
        try:
            connection.execute(sql).fetchall()
        except owlake.Error:
            returned.append(time.monotonic())

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(1.0)
    asked = time.monotonic()
    connection.cancel()
    thread.join()
    while True:
        before, began = time.process_time(), time.monotonic()
        time.sleep(WINDOW)
        if time.process_time() - before < WINDOW / 5:
            return returned[0] - asked, max(0.0, began - asked)


if __name__ == "__main__":
    main()
