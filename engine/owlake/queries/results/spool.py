"""Rows of a statement that has run to its end before the first of them is asked for."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pyarrow as pa

_IN_MEMORY = 32 << 20
"""Bytes beyond which rows wait on disk."""


class Spool:
    """Batches as they come, then the same again: in memory as long as they are few, else in a file without a name."""

    def __init__(self, schema: pa.Schema, folder: Path) -> None:
        self._schema = schema
        self._folder = folder
        self._kept: deque[pa.RecordBatch] = deque()
        self._size = 0
        self._file: IO[bytes] | None = None
        self._writer: Any = None
        self._reader: Any = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep a batch."""
        if self._writer is None:
            self._kept.append(batch)
            self._size += batch.nbytes
            if self._size > _IN_MEMORY:
                self._move_to_disk()
            return
        self._writer.write_batch(batch)

    def rewind(self) -> None:
        """All rows are there; from here on they are given."""
        if self._file is not None:
            self._writer.close()
            self._file.seek(0)
            self._reader = pa.ipc.open_stream(self._file)

    def next(self) -> pa.RecordBatch | None:
        """The next batch; None after the last."""
        if self._reader is None:
            return self._kept.popleft() if self._kept else None
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            return None

    @property
    def ended(self) -> bool:
        """The statement has."""
        return True

    @property
    def exhausted(self) -> bool:
        """The execution was over before they were asked for."""
        return False

    def cancel(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Let go of the rows."""
        self._kept.clear()
        self._reader = None
        if self._file is not None:
            self._file.close()

    def _move_to_disk(self) -> None:
        self._file = TemporaryFile(dir=self._folder, prefix="owlake-result-")  # noqa: SIM115  (close ends it)
        self._writer = pa.ipc.new_stream(self._file, self._schema)
        while self._kept:
            self._writer.write_batch(self._kept.popleft())
