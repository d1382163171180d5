"""Writing text files: lines in, compressed bytes out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pyarrow as pa

from owlake.lake.formats.text.values import bytes_of
from owlake.lake.storage import Storage
from owlake.lake.writing.compression import Compression
from owlake.lake.writing.compressors import compressor

Lines = Callable[[pa.RecordBatch], pa.Array]
"""From rows to their lines as bytes, line ends included."""


class TextFile:
    """A text file that is being written. ``header``: what is in it before its first row."""

    def __init__(self, storage: Storage, uri: str, lines: Lines, compression: Compression, header: bytes = b"") -> None:
        self._lines = lines
        self._sink = storage.open_output(uri)
        self._compressor = compressor(compression)
        self._sink.write(self._compressor.compress(header))

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._sink.write(self._compressor.compress(bytes_of(self._lines(batch)).tobytes()))

    @property
    def size(self) -> int:
        """The bytes of the file so far."""
        return int(self._sink.tell())

    def close(self) -> int:
        """Finish the file; the answer is its size."""
        self._sink.write(self._compressor.flush())
        size = int(self._sink.tell())
        self._sink.close()
        return size

    def abandon(self) -> None:
        """Let go of an unfinished file."""
        with suppress(pa.ArrowException, OSError):
            self._sink.close()
