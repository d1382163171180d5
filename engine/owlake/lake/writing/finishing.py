"""Finishing files beside the one that is being filled: what waits for the end of a file is encoded on other cores."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa

from owlake.errors import error
from owlake.lake.writing.base import FileWriter
from owlake.lake.writing.manifest import WrittenFile

_AT_ONCE = 2
"""Each holds a row group."""


class Finishing:
    """The files of a write that are full, in their order."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, "owlake-finish-file")
        self._files: list[tuple[FileWriter, Future[WrittenFile]]] = []

    def add(self, writer: FileWriter, file: WrittenFile) -> None:
        """Finish a file; waits while too many are not. Errors: HIVE_WRITER_CLOSE_ERROR, of this file or one before."""
        if len(self._files) >= _AT_ONCE:
            self._files[-_AT_ONCE][1].result()
        self._files.append((writer, self._pool.submit(_finish, writer, file)))

    def files(self) -> tuple[WrittenFile, ...]:
        """All of them with their sizes. Errors: HIVE_WRITER_CLOSE_ERROR."""
        return tuple(future.result() for _, future in self._files)

    def stop(self) -> None:
        """Let go of what is not finished; nothing is written after this."""
        self._pool.shutdown(cancel_futures=True)
        for writer, future in self._files:
            if future.cancelled():
                writer.abandon()


def _finish(writer: FileWriter, file: WrittenFile) -> WrittenFile:
    try:
        return replace(file, file=replace(file.file, size=writer.close()))
    except (pa.ArrowException, OSError) as problem:
        writer.abandon()
        raise error("HIVE_WRITER_CLOSE_ERROR", f"Error committing write of {file.file.uri}: {problem}") from problem
