"""Text files of any SerDe: their lines are copied as they are, compressed as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from owlake.catalog.model import StorageDescriptor
from owlake.errors import error
from owlake.execution.executor import Executor
from owlake.lake.formats.text.blocks import BLOCK_SIZE, BYTE_ORDER_MARK, LINE_END
from owlake.lake.formats.text.codecs import decompressed, ending_of
from owlake.lake.formats.text.reader import line_count
from owlake.lake.model import DataFile
from owlake.lake.storage import Storage
from owlake.lake.writing.base import SinkFile
from owlake.lake.writing.compression import DEFAULT_LEVEL, Compression
from owlake.lake.writing.compressors import ENDINGS, compressor
from owlake.upkeep.merging.base import Mergeable

_CODECS = {**{ending: codec for codec, ending in ENDINGS.items() if ending}, ".zstd": "ZSTD", ".deflate": "GZIP"}
_PLAIN = "NONE"
_CANNOT_BE_READ = (".lzo", ".lzo_deflate")


class LinesPiece(NamedTuple):
    """Bytes of a file; ``is_last`` are its last ones."""

    data: bytes
    is_last: bool


def merger(
    _stored: StorageDescriptor, properties: Mapping[str, str], storage: Storage, _executor: Executor
) -> LinesMerger:
    """What merges the text files of a table or partition. Errors: NOT_SUPPORTED for files with footers."""
    if line_count(properties, "skip.footer.line.count"):
        raise error("NOT_SUPPORTED", "Tables with the property skip.footer.line.count cannot be compacted")
    return LinesMerger(line_count(properties, "skip.header.line.count"), storage)


class LinesMerger:
    """See ``owlake.upkeep.merging.base.Merger``; pieces are bytes. Each merged file has the header of its first one."""

    def __init__(self, header: int, storage: Storage) -> None:
        self._header = header
        self._storage = storage

    def kinds(self, files: Sequence[DataFile]) -> list[Mergeable]:
        """By codec."""
        found: dict[str, list[DataFile]] = {}
        for file in files:
            ending = ending_of(file.uri)
            if ending in _CANNOT_BE_READ:
                continue
            found.setdefault(_CODECS.get(ending, _PLAIN), []).append(file)
        return [Mergeable(tuple(members), codec) for codec, members in found.items()]

    def pieces(self, files: Mergeable) -> Iterator[LinesPiece]:
        """The lines, in the order of the files."""
        for file in files.files:
            last = b""
            for data in self._text(file):
                if last:
                    yield LinesPiece(last, is_last=False)
                last = data
            # CR LF is one line end: where a file ends with a CR, the next one may begin with an empty line.
            yield LinesPiece(last if not last or last.endswith(b"\n") else last + b"\n", is_last=True)

    def rows_of(self, _piece: LinesPiece) -> int:
        """Lines are not looked at."""
        return 0

    def ending(self, files: Mergeable) -> str:
        """By which the codec is told; as plain files do if they have one ending."""
        if files.kind != _PLAIN:
            return ENDINGS[files.kind]
        endings = {ending_of(file.uri) for file in files.files}
        return endings.pop() if len(endings) == 1 else ""

    def begin(self, files: Mergeable, storage: Storage, uri: str) -> MergedTextFile:
        """A file of the same codec."""
        level = DEFAULT_LEVEL if files.kind == "ZSTD" else None
        return MergedTextFile(storage, uri, Compression(files.kind, level), self._header)

    def _text(self, file: DataFile) -> Iterator[bytes]:
        """The file's text without a byte order mark."""
        try:
            with self._storage.open_input(file.uri) as raw:
                stream = decompressed(raw, file.uri)
                is_start = True
                while data := bytes(stream.read(BLOCK_SIZE)):
                    yield data.removeprefix(BYTE_ORDER_MARK) if is_start else data
                    is_start = False
        except OSError as problem:
            raise error("HIVE_CURSOR_ERROR", f"Failed to read file: {file.uri} ({problem})") from problem


class MergedTextFile(SinkFile):
    """A text file that is being written, file by file. It has the header of the first one; the others lose theirs."""

    def __init__(self, storage: Storage, uri: str, compression: Compression, header: int) -> None:
        super().__init__(storage, uri)
        self._compressor = compressor(compression)
        self._header = header
        self._missing = header
        self._is_first = True
        self._is_whole = False
        self._ended_with_cr = False

    def write(self, piece: LinesPiece) -> None:
        """Add some of a file's bytes."""
        header, rows = self._divided(piece.data)
        if self._is_first:
            self._add(header)
        if piece.is_last:
            if self._is_first:
                # A file that is shorter than a header has no rows; those of the next one must not be taken for it.
                self._add(b"\n" * self._missing)
            self._is_first, self._missing = False, self._header
        self._add(rows)
        self._is_whole = piece.is_last

    @property
    def size(self) -> int:
        """The bytes so far; none while a file is not there to its end, so that none is cut."""
        return super().size if self._is_whole else 0

    def _divided(self, data: bytes) -> tuple[bytes, bytes]:
        """What belongs to the header, and what comes after it."""
        position = int(self._ended_with_cr and data.startswith(b"\n"))
        self._ended_with_cr = False
        while self._missing and position < len(data):
            end = LINE_END.search(data, position)
            position = len(data) if end is None else end.end()
            self._missing -= end is not None
            self._ended_with_cr = end is not None and end[0] == b"\r" and position == len(data)
        return data[:position], data[position:]

    def _add(self, data: bytes) -> None:
        if data:
            self._sink.write(self._compressor.compress(data))

    def _finish(self) -> None:
        self._sink.write(self._compressor.flush())
