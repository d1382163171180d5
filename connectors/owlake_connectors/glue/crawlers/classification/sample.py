"""The beginning of a file, from which it is classified: as much as a query would read there, decompressed."""

from __future__ import annotations

import io
from codecs import getincrementaldecoder
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Protocol

import pyarrow as pa

from owlake.spi import DataFile, Home, decompressed

SAMPLE_BYTES = 1 << 20
SAMPLE_RECORDS = 1000
MOST_BYTES = 10 << 20
"""How much of a file of JSON is read where less has no whole record."""

_CODECS = {
    ".gz": "gzip",
    ".bz2": "bzip2",
    ".zst": "zstd",
    ".zstd": "zstd",
    ".lz4": "lz4",
    ".snappy": "snappy",
    ".deflate": "deflate",
}
_PACKED = {
    b"\x1f\x8b": "a gzip file, whose name must end in .gz for tables to read it",
    b"BZh": "a bzip2 file, whose name must end in .bz2 for tables to read it",
    b"\x28\xb5\x2f\xfd": "a Zstandard file, whose name must end in .zst for tables to read it",
    b"\x04\x22\x4d\x18": "an LZ4 file, whose name must end in .lz4 for tables to read it",
    b"PK\x03\x04": "a ZIP archive, which tables do not read",
    b"PK\x05\x06": "an empty ZIP archive",
}


class UnreadableFileError(Exception):
    """A file that cannot be classified, and why. The crawl names it and goes on."""


class Storage(Protocol):
    """Where files are opened."""

    def open_input(self, uri: str) -> pa.NativeFile:
        """The file to read from."""


@dataclass
class Sample:
    """A file's beginning.

    Attributes:
        data: The first bytes, after decompression.
        is_whole: Whether they are all.
        ratio: How many times as long as its bytes on disk the file is.
    """

    file: DataFile
    storage: Storage
    data: bytes
    is_whole: bool
    compression: str = "none"
    ratio: float = 1.0

    @cached_property
    def text(self) -> str:
        """The bytes as text; what is not UTF-8 is replaced, and the mark at the beginning of some files dropped."""
        return self.data.decode("utf-8", errors="replace").removeprefix("\ufeff")

    @cached_property
    def lines(self) -> list[str]:
        """The first lines that are whole, without empty ones."""
        lines = self.text.split("\n", SAMPLE_RECORDS)
        if len(lines) > SAMPLE_RECORDS or not self.is_whole:
            lines.pop()
        return [line.removesuffix("\r") for line in lines if line.strip("\r")]

    @property
    def blank_lines(self) -> int:
        """How many empty lines stand before the first that is none."""
        start = self.text[: len(self.text) - len(self.text.lstrip("\r\n"))]
        return start.count("\n")

    @property
    def is_unicode(self) -> bool:
        """Whether it is UTF-8, as tables take text to be."""
        try:
            getincrementaldecoder("utf-8")().decode(self.data, final=self.is_whole)
        except UnicodeDecodeError:
            return False
        return True

    @property
    def has_binary(self) -> bool:
        """Whether it cannot be text."""
        return b"\0" in self.data[:4096]

    @property
    def full_size(self) -> float:
        """How many bytes the file has after decompression, about."""
        return len(self.data) if self.is_whole else self.file.size * self.ratio

    def source(self) -> BinaryIO | pa.NativeFile:
        """The whole file, at any position."""
        if self.is_whole and self.compression == "none":
            return pa.BufferReader(self.data)
        return self.storage.open_input(self.file.uri)

    def longer(self) -> Sample:
        """More of the file."""
        return read_sample(self.file, self.storage, size=min(len(self.data) + SAMPLE_BYTES, MOST_BYTES))


def read_sample(file: DataFile, storage: Storage | Home, *, size: int = SAMPLE_BYTES) -> Sample:
    """The first bytes of a file. Errors: UnreadableFileError."""
    opener = storage.storage if isinstance(storage, Home) else storage
    name = file.uri.rpartition("/")[2]
    ending = name[name.rfind(".") :] if "." in name else ""
    compression = _CODECS.get(ending, "none")
    try:
        with opener.open_input(file.uri) as stream:
            if compression == "none":
                data = bytes(stream.read(size))
                _refuse_packed(data)
                return Sample(file, opener, data, is_whole=len(data) >= file.size)
            reader = decompressed(stream, name)
            data = _read(reader, size + 1)
            used = stream.tell()
    except (OSError, EOFError) as problem:
        raise UnreadableFileError(str(problem)) from problem
    is_whole = len(data) <= size
    return Sample(file, opener, data[:size], is_whole, compression, len(data) / max(1, min(used, file.size)))


def _read(reader: object, size: int) -> bytes:
    found = io.BytesIO()
    while found.tell() < size:
        piece = reader.read(size - found.tell())  # type: ignore[attr-defined]
        if not piece:
            break
        found.write(piece)
    return found.getvalue()


def _refuse_packed(data: bytes) -> None:
    for magic, what in _PACKED.items():
        if data.startswith(magic):
            raise UnreadableFileError(f"It is {what}")
