"""Text files as blocks of whole lines, in parts that can be read side by side.

Lines end with LF, CR or CR LF, as Hadoop's reader has it; the last one may lack its end. A byte order mark is
skipped. A plain file larger than a part is cut into ranges: a range holds the lines that begin in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.lake.formats.text.codecs import Stream, decompressed, is_compressed
from owlake.lake.model import DataFile
from owlake.lake.storage import Storage

BLOCK_SIZE = 2 << 20
"""About what a processor's cache holds: larger blocks are slower, smaller ones cost more in Python."""
_SMALLEST_PART = 8 << 20
_LARGEST_PART = 64 << 20
_PARTS_FOR_EACH_PROCESSOR = 4
_EXPANSION = 4
"""How much larger compressed text is taken to be than its file."""
_LONGEST_LINE = 100 << 20
"""As in Trino: what has no line end for so long is no text."""
_SEARCH_SIZE = 1 << 12
LINE_END = re.compile(rb"\r\n|\n|\r")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class TextRange:
    """Lines of a file: all of it, or those that begin in ``[start, end)`` of a plain file."""

    file: DataFile
    start: int
    end: int

    @property
    def is_first(self) -> bool:
        """Whether the file's first line is in it."""
        return self.start == 0


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How the lines of a table's files are found."""

    header_lines: int = 0
    footer_lines: int = 0
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, each ended by one LF.

    ``start`` is where the block begins in the file's plain bytes, ``skipped`` how many lines it lost at its front.
    ``line`` is what a line is called.
    """

    data: bytes
    file: DataFile
    start: int
    skipped: int = 0
    line: str = "Line"


def parts_of(files: Sequence[DataFile], *, is_whole: bool) -> list[list[TextRange]]:
    """The files' lines, dealt into parts of about equal work. ``is_whole``: no file may be cut."""
    processors = os.cpu_count() or 1
    work = sum(_work(file) for file in files)
    size = min(max(work // (processors * _PARTS_FOR_EACH_PROCESSOR), _SMALLEST_PART), _LARGEST_PART)
    parts: list[list[TextRange]] = []
    room = 0
    for file in files:
        cuttable = not is_whole and not is_compressed(file.uri)
        for text_range in _ranges(file, size) if cuttable else [TextRange(file, 0, file.size)]:
            weight = (text_range.end - text_range.start) * (_EXPANSION if is_compressed(file.uri) else 1)
            if not parts or weight > room:
                parts.append([])
                room = size
            parts[-1].append(text_range)
            room -= weight
    return parts


def read_blocks(storage: Storage, text_range: TextRange, options: TextOptions) -> Iterator[Block]:
    """The range's lines. Errors: HIVE_CANNOT_OPEN_SPLIT, HIVE_CURSOR_ERROR."""
    file = text_range.file
    try:
        with storage.open_input(file.uri) as raw:
            yield from _trimmed(_blocks(raw, text_range), options, is_first=text_range.is_first)
    except OSError as problem:
        raise error("HIVE_CURSOR_ERROR", f"Failed to read file: {file.uri} ({problem})") from problem


def line_number(storage: Storage, block: Block, index: int) -> int:
    """The number in its file, from 1, of a line of the block. The file is read again to count."""
    ends, before, left = 0, b"", block.start
    with storage.open_input(block.file.uri) as raw:
        stream = decompressed(raw, block.file.uri)
        while left and (data := bytes(stream.read(min(left, BLOCK_SIZE)))):
            left -= len(data)
            ends += data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
            ends -= before.endswith(b"\r") and data.startswith(b"\n")
            before = data
    return ends + block.skipped + index + 1


def unreadable(storage: Storage, block: Block, index: int, code: str, message: str) -> OwlakeError:
    """An error about a line of the block; the hint says which line of which file."""
    line = line_number(storage, block, index)
    return error(code, message, hint=f"{block.line} {line:,} of {block.file.uri}")


def _work(file: DataFile) -> int:
    return file.size * (_EXPANSION if is_compressed(file.uri) else 1)


def _ranges(file: DataFile, size: int) -> list[TextRange]:
    count = max(1, round(file.size / size))
    bounds = [file.size * number // count for number in range(count + 1)]
    return [TextRange(file, start, end) for start, end in pairwise(bounds)]


def _blocks(raw: pa.NativeFile, text_range: TextRange) -> Iterator[Block]:
    file = text_range.file
    if is_compressed(file.uri):
        return _cut_stream(decompressed(raw, file.uri), file)
    begin = 0 if text_range.is_first else _line_from(raw, text_range.start)
    end = file.size if text_range.end >= file.size else _line_from(raw, text_range.end)
    return _cut_file(raw, file, begin, end)


def _line_from(raw: pa.NativeFile, position: int) -> int:
    """Where the first line at or after ``position`` begins: behind the line end at ``position - 1`` or later."""
    at = position - 1
    raw.seek(at)
    while data := bytes(raw.read(_SEARCH_SIZE)):
        found = LINE_END.search(data)
        if found and found[0] == b"\r" and found.end() == len(data):
            return at + found.end() + (bytes(raw.read(1)) == b"\n")
        if found:
            return at + found.end()
        at += len(data)
    return at


def _cut_file(raw: pa.NativeFile, file: DataFile, begin: int, end: int) -> Iterator[Block]:
    """The bytes from ``begin`` to ``end`` as blocks that end where lines do."""
    while begin < end:
        stop = _line_from(raw, begin + BLOCK_SIZE) if begin + BLOCK_SIZE < end else end
        _check_length(stop - begin - BLOCK_SIZE)
        data = bytes(raw.read_at(stop - begin, begin))
        if len(data) < stop - begin:
            raise OSError("Unexpected end of input stream")
        yield Block(data, file, begin)
        begin = stop


def _cut_stream(stream: Stream, file: DataFile) -> Iterator[Block]:
    """The same for what can only be read on."""
    start, rest, size = 0, b"", BLOCK_SIZE
    try:
        while data := bytes(stream.read(size)):
            data = rest + data
            length = _whole_lines(data)
            size = BLOCK_SIZE if length else size * 2
            if length:
                yield Block(data[:length], file, start)
            start += length
            rest = data[length:]
            _check_length(len(rest))
    finally:
        stream.close()
    if rest:
        yield Block(rest, file, start)


def _check_length(length: int) -> None:
    if length > _LONGEST_LINE:
        raise OSError(f"Line length of {_LONGEST_LINE} bytes exceeded")


def _whole_lines(data: bytes) -> int:
    """How many bytes the whole lines at the beginning take. A CR at the very end may be half of a CR LF."""
    feed = data.rfind(b"\n")
    return max(feed, data.rfind(b"\r", feed + 1, len(data) - 1)) + 1


def _trimmed(blocks: Iterator[Block], options: TextOptions, *, is_first: bool) -> Iterator[Block]:
    """Blocks in UTF-8 with LFs alone, without the file's byte order mark, header and footer."""
    header = options.header_lines if is_first else 0
    held: list[Block] = []
    for block in blocks:
        lines = _normal(block.data, options.encoding, is_start=block.start == 0)
        skipped = 0
        if header:
            lines, skipped = _without_header(lines, header)
            header -= skipped
        held.append(replace(block, data=lines, skipped=skipped))
        while options.footer_lines == 0 or sum(other.data.count(b"\n") for other in held[1:]) >= options.footer_lines:
            yield held.pop(0)
            if not held:
                break
    yield from _without_footer(held, options.footer_lines)


def _normal(data: bytes, encoding: str | None, *, is_start: bool) -> bytes:
    if is_start and data.startswith(BYTE_ORDER_MARK):
        data = data[len(BYTE_ORDER_MARK) :]
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if data and not data.endswith(b"\n"):
        data += b"\n"
    return data.decode(encoding, "replace").encode() if encoding else data


def _without_header(data: bytes, count: int) -> tuple[bytes, int]:
    position = skipped = 0
    while skipped < count and position < len(data):
        position = data.index(b"\n", position) + 1
        skipped += 1
    return data[position:], skipped


def _without_footer(blocks: list[Block], count: int) -> Iterator[Block]:
    """The last blocks of a file without its last lines."""
    data = b"".join(block.data for block in blocks)
    for _ in range(count):
        data = data[: data.rfind(b"\n", 0, -1) + 1] if data else data
    if blocks and data:
        yield replace(blocks[0], data=data)
