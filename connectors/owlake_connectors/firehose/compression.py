"""Objects compressed: GZIP, ZIP, Snappy's own frames and Hadoop's.

https://docs.aws.amazon.com/firehose/latest/dev/create-destination.html
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Literal

from owlake.spi import Compression, compressor

CompressionFormat = Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"]

ENDINGS: dict[CompressionFormat, str] = {
    "UNCOMPRESSED": "",
    "GZIP": ".gz",
    "ZIP": ".zip",
    "Snappy": ".snappy",
    "HADOOP_SNAPPY": ".snappy",
}
_FRAME = 64 << 10
"""The most that a frame of Snappy's holds."""


def compressed(pieces: Iterable[bytes], form: CompressionFormat, name: str) -> Iterator[bytes]:
    """The pieces as one compressed object, in pieces; ``name`` is what an archive calls its one file."""
    match form:
        case "UNCOMPRESSED":
            yield from pieces
        case "ZIP":
            yield from _zipped(pieces, name)
        case "Snappy":
            yield from _framed(pieces)
        case "GZIP" | "HADOOP_SNAPPY":
            one = compressor(Compression("GZIP" if form == "GZIP" else "SNAPPY"))
            for piece in pieces:
                yield one.compress(piece)
            yield one.flush()


def _zipped(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    sink = _Collected()
    with (
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive,
        # The time of a file in an archive is nobody's business here: the same records give the same bytes.
        archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file,
    ):
        for piece in pieces:
            file.write(piece)
            yield sink.take()
    yield sink.take()


def _framed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    import cramjam  # noqa: PLC0415  (few delivery streams compress so)

    one = cramjam.snappy.Compressor()
    for piece in pieces:
        for at in range(0, len(piece), _FRAME):
            one.compress(piece[at : at + _FRAME])
        yield bytes(one.flush())
    yield bytes(one.finish())


class _Collected(io.RawIOBase):
    """What was written since it was last taken: for writers that want a file, which cannot be sought in."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._written += data
        return len(data)

    def take(self) -> bytes:
        written = bytes(self._written)
        self._written.clear()
        return written
