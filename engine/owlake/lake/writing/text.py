"""Writing text files: lines in, compressed bytes out."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from owlake.lake.formats.text.values import bytes_of
from owlake.lake.storage import Storage
from owlake.lake.writing.base import SinkFile
from owlake.lake.writing.compression import Compression
from owlake.lake.writing.compressors import compressor

Lines = Callable[[pa.RecordBatch], pa.Array]
"""From rows to their lines as bytes, line ends included."""


class TextFile(SinkFile):
    """A text file that is being written. ``header``: what is in it before its first row."""

    def __init__(self, storage: Storage, uri: str, lines: Lines, compression: Compression, header: bytes = b"") -> None:
        super().__init__(storage, uri)
        self._lines = lines
        self._compressor = compressor(compression)
        self._sink.write(self._compressor.compress(header))

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._sink.write(self._compressor.compress(bytes_of(self._lines(batch)).tobytes()))

    def _finish(self) -> None:
        self._sink.write(self._compressor.flush())
