"""Rows of a statement that has run to its end before the first of them is asked for."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from weakref import finalize

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.planning.plan import ResultColumn
from owlake.queries.result import Batches, StaticBatches

_IN_MEMORY = 32 << 20
"""Bytes beyond which rows wait on disk."""


class StoredRows(StaticBatches):
    """Rows in a file, and the columns that they are in."""

    def __init__(self, file: IO[bytes], columns: tuple[ResultColumn, ...] = ()) -> None:
        self.columns = columns
        self._reader = pa.ipc.open_stream(file)
        # Also when nobody takes all of them.
        self._let_go = finalize(self, file.close)

    @property
    def schema(self) -> pa.Schema:
        """The rows' schema."""
        return self._reader.schema

    def next(self) -> pa.RecordBatch | None:
        """The next batch; None after the last."""
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            return None
        except (OSError, pa.ArrowException) as problem:
            raise error("GENERIC_INTERNAL_ERROR", f"The rows of a result cannot be read again: {problem}") from problem

    def close(self) -> None:
        """Let go of the file."""
        self._let_go()


class Spool:
    """Takes batches, and gives them again: in memory as long as they are few, else in a file.

    The file has no name; with ``place`` it is there, from the first batch on, and stays.

    Errors of every method: RESULT_WRITE_ERROR.
    """

    def __init__(self, schema: pa.Schema, folder: Path, place: Path | None = None) -> None:
        self._schema = schema
        self._folder = folder
        self._place = place
        self._kept: list[pa.RecordBatch] = []
        self._size = 0
        self._file: IO[bytes] | None = None
        self._writer: Any = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep a batch."""
        self._kept.append(batch)
        self._size += batch.nbytes
        if self._writer is not None or self._place is not None or self._size > _IN_MEMORY:
            self._write()

    def rows(self) -> Batches:
        """All of them, from the first on; none are taken after this."""
        if self._writer is None and self._place is None:
            return StaticBatches(pa.Table.from_batches(self._kept, self._schema))
        self._write()
        assert self._file is not None
        try:
            self._writer.close()
            self._file.flush()
            self._file.seek(0)
        except OSError as problem:
            raise _no_room(problem) from problem
        return StoredRows(self._file)

    def discard(self) -> None:
        """Let go of what was taken; nothing of it stays."""
        if self._file is not None:
            self._file.close()
        if self._place is not None:
            self._place.unlink(missing_ok=True)

    def _write(self) -> None:
        try:
            if self._file is None:
                self._file = self._open()
                self._writer = pa.ipc.new_stream(self._file, self._schema)
            while self._kept:
                self._writer.write_batch(self._kept.pop(0))
        except OSError as problem:
            raise _no_room(problem) from problem

    def _open(self) -> IO[bytes]:
        if self._place is None:
            return TemporaryFile(dir=self._folder, prefix="owlake-result-")
        self._place.parent.mkdir(exist_ok=True)
        return self._place.open("w+b")


def _no_room(problem: OSError) -> OwlakeError:
    text = f"Failed to keep the rows of a result in the home: {problem.strerror or problem}"
    return error("RESULT_WRITE_ERROR", text, bare=True)
