"""Connectors' rows on their way into the engine: how fast, and in how much memory.

Memory is anonymous, beyond what the process has before the first query; each query has a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

import owlake
from owlake.dbapi import Connection
from owlake.spi import Batches, Column, Connector, ConnectorFactory, Scan, Table, hookimpl, types
from tests.benchmarks.measuring import Line, Setting, anonymous_memory, best_of

_COLUMNS = [f"c{place}" for place in range(8)]
_BATCH = 65_536
_ROWS_PER_SECOND = 1.5e6
_MEGABYTES = 150
_LARGE = 2 << 30

QUERIES = {
    "GROUP BY over 2 GB": "SELECT c0 % 100, count(*), sum(c1), max(c7) FROM source.default.large GROUP BY 1",
    "LIMIT 10 of 2 GB": "SELECT * FROM source.default.large LIMIT 10",
}


class Source(Table):
    """Whole numbers in eight columns: as many batches as are asked for, made as they are read."""

    columns = tuple(Column(name, types.BIGINT) for name in _COLUMNS)

    def __init__(self, batches: int, *, ready: bool) -> None:
        self._batches = batches
        self._ready = _numbers(0) if ready else None

    def scan(self, scan: Scan) -> Batches:
        """The batches, each its own memory unless one is ready."""
        return (
            (self._ready if self._ready is not None else _numbers(place)).select(list(scan.columns))
            for place in range(self._batches)
        )


def _numbers(place: int) -> pa.RecordBatch:
    rows = np.arange(place * _BATCH, (place + 1) * _BATCH)
    return pa.record_batch({name: pa.array(rows + shift) for shift, name in enumerate(_COLUMNS)})


class SourceConnector(Connector):
    """``ready`` lies in memory, ``large`` is 2 GB that are made as they are read."""

    def __init__(self) -> None:
        self._tables = {
            "ready": Source(100, ready=True),
            "large": Source(_LARGE // (_BATCH * 8 * len(_COLUMNS)), ready=False),
        }

    def table_names(self, _: str) -> Sequence[str]:
        """Both."""
        return list(self._tables)

    def table(self, _: str, name: str) -> Table | None:
        """The table."""
        return self._tables.get(name)


class Plugin:
    """The catalog ``source``."""

    @hookimpl
    def register_connectors(self) -> Sequence[ConnectorFactory]:
        """One catalog."""
        return [ConnectorFactory("source", lambda _: SourceConnector(), "Numbers", catalog="source")]


def run(setting: Setting) -> Iterator[Line]:
    """Rows a second, and memory."""
    with _connected(setting.scratch) as connection:
        sums = ", ".join(f"sum({name})" for name in _COLUMNS)
        query = f"SELECT {sums} FROM source.default.ready"
        (taken,) = best_of(setting, lambda: connection.execute(query).fetchall())
        rows = 100 * _BATCH
        rate = rows / taken
        yield Line("rows of eight columns", rate / 1e6, "M/s", _ROWS_PER_SECOND / 1e6, f"{rows:,} rows", at_least=True)
    for name, query in QUERIES.items():
        command = [sys.executable, "-m", "tests.benchmarks.bridge", str(setting.scratch), query]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        yield Line(name, float(done.stdout), "MB", _MEGABYTES, "anonymous, beyond the base")


def _connected(home: Path) -> Connection:
    return owlake.connect(home / "home", plugins={"source": Plugin()})


def measured(home: Path, query: str) -> float:
    """The most memory that a query takes beyond what there was before it, in megabytes."""
    with _connected(home) as connection:
        connection.execute("SELECT count(c0) FROM source.default.ready").fetchall()
        base = most = anonymous_memory()
        ended = threading.Event()

        def watch() -> None:
            nonlocal most
            while not ended.wait(0.005):
                most = max(most, anonymous_memory())

        thread = threading.Thread(target=watch)
        thread.start()
        connection.execute(query).fetchall()
        ended.set()
        thread.join()
        return (most - base) / 1e6


if __name__ == "__main__":
    print(measured(Path(sys.argv[1]), sys.argv[2]))
