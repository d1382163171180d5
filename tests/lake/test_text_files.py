"""Lines of text files, whatever compresses them and wherever they are cut."""

from __future__ import annotations

import bz2
import gzip
import struct
import zlib
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.errors import OwlakeError
from owlake.lake.formats.text import blocks
from owlake.lake.formats.text.blocks import Block, TextOptions, TextRange, line_number, parts_of, read_blocks
from owlake.lake.model import DataFile
from owlake.lake.storage import Storage

TEXT = b"".join(b"line %d,%s\n" % (number, b"x" * (number % 50)) for number in range(5000))


def hadoop(data: bytes, codec: str, piece: int = 1000, block: int = 2500) -> bytes:
    """Hadoop's BlockCompressorStream."""
    out = b""
    for start in range(0, len(data), block):
        plain = data[start : start + block]
        out += struct.pack(">I", len(plain))
        for at in range(0, len(plain), piece):
            packed = pa.compress(plain[at : at + piece], codec=codec, asbytes=True)
            out += struct.pack(">I", len(packed)) + packed
    return out


def snappy_frames(data: bytes) -> bytes:
    out = b"\xff\x06\x00\x00sNaPpY"
    for start in range(0, len(data) - 3, 60_000):
        plain = data[start : min(start + 60_000, len(data) - 3)]
        packed = b"\0\0\0\0" + pa.compress(plain, codec="snappy", asbytes=True)
        out += b"\x00" + len(packed).to_bytes(3, "little") + packed
    return out + b"\x01" + (4 + 3).to_bytes(3, "little") + b"\0\0\0\0" + data[-3:]


ENCODERS = {
    "plain.csv": lambda data: data,
    "no-ending": lambda data: data,
    "capital.GZ": lambda data: data,
    "one.gz": gzip.compress,
    "two.gz": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]),
    "one.bz2": bz2.compress,
    "two.bz2": lambda data: bz2.compress(data[:100]) + bz2.compress(data[100:]),
    "a.zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    "a.deflate": zlib.compress,
    "hadoop.lz4": lambda data: hadoop(data, "lz4_raw"),
    "whole.lz4": lambda data: hadoop(data, "lz4_raw", piece=10**9),
    "frame.lz4": lambda data: pa.compress(data, codec="lz4", asbytes=True),
    "hadoop.snappy": lambda data: hadoop(data, "snappy"),
    "frame.snappy": snappy_frames,
}


def put(storage: Storage, content: bytes, name: str = "a.csv") -> DataFile:
    storage.write(f"s3://lake/t/{name}", content)
    return storage.file(f"s3://lake/t/{name}")


def lines_of(
    storage: Storage, file: DataFile, options: TextOptions | None = None, cuts: list[int] | None = None
) -> list[bytes]:
    bounds = [0, *(cuts or []), file.size]
    found = []
    for start, end in pairwise(bounds):
        for block in read_blocks(storage, TextRange(file, start, end), options or TextOptions()):
            if block.data:
                assert block.data.endswith(b"\n")
                found += block.data[:-1].split(b"\n")
    return found


@pytest.mark.parametrize("name", ENCODERS)
def test_a_file_is_read_by_the_ending_of_its_name(any_storage, name):
    file = put(any_storage, ENCODERS[name](TEXT), name)
    assert lines_of(any_storage, file) == TEXT[:-1].split(b"\n")


def test_lzo_is_refused(storage):
    with pytest.raises(OwlakeError, match="NOT_SUPPORTED: LZO"):
        lines_of(storage, put(storage, b"x", "a.lzo"))


@pytest.mark.parametrize(
    "name", ["one.gz", "one.bz2", "a.zst", "a.deflate", "whole.lz4", "hadoop.snappy", "frame.snappy"]
)
def test_a_file_that_is_cut_off_is_told(storage, name):
    file = put(storage, ENCODERS[name](TEXT)[:-20], name)
    with pytest.raises(OwlakeError, match=f"HIVE_CURSOR_ERROR: Failed to read file: s3://lake/t/{name}"):
        lines_of(storage, file)


@pytest.mark.parametrize("name", ["bad.gz", "bad.bz2", "bad.deflate", "bad.zst"])
def test_a_file_that_is_not_what_its_name_says_is_told(storage, name):
    with pytest.raises(OwlakeError, match="HIVE_CURSOR_ERROR"):
        lines_of(storage, put(storage, b"this is plain text, not at all compressed\n", name))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\nb", [b"a", b"b"]),
        (b"a\r\nb\r\n", [b"a", b"b"]),
        (b"a\rb\r", [b"a", b"b"]),
        (b"a\n\r\nb\r\rc", [b"a", b"", b"b", b"", b"c"]),
        (b"\xef\xbb\xbfa\nb\n", [b"a", b"b"]),
        (b"\xef\xbb\xbf", []),
        (b"a\0b\n", [b"a\0b"]),
    ],
)
def test_lines_end_as_hadoop_has_it(storage, content, expected):
    assert lines_of(storage, put(storage, content)) == expected


@pytest.mark.parametrize(
    ("header", "footer", "expected"),
    [
        (1, 0, [b"b", b"c", b"d"]),
        (0, 1, [b"a", b"b", b"c"]),
        (2, 1, [b"c"]),
        (4, 0, []),
        (9, 0, []),
        (0, 9, []),
        (2, 2, []),
    ],
)
def test_header_and_footer_are_left_out(storage, header, footer, expected):
    file = put(storage, b"a\nb\r\nc\nd\n")
    assert lines_of(storage, file, TextOptions(header, footer)) == expected


def test_header_and_footer_may_be_longer_than_a_block(storage, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 7)
    file = put(storage, b"".join(b"%d\n" % number for number in range(100)))
    assert lines_of(storage, file, TextOptions(30, 40)) == [b"%d" % number for number in range(30, 60)]


def test_other_encodings_become_utf8(storage):
    assert lines_of(storage, put(storage, "ä\nö\n".encode("latin-1")), TextOptions(encoding="latin-1")) == [
        "ä".encode(),
        "ö".encode(),
    ]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\r\n", b"\xc3\xa4"]), max_size=40).map(b"".join),
    st.lists(st.integers(0, 60), max_size=4),
    st.integers(1, 20),
)
def test_wherever_a_file_is_cut_each_line_is_read_once(tmp_path_factory, content, cuts, size):
    storage = Storage(tmp_path_factory.getbasetemp() / "cut")
    storage.create_bucket("lake")
    file = put(storage, content)
    bounds = sorted({min(cut, len(content)) for cut in cuts} - {0, len(content)})
    expected = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = expected.removesuffix(b"\n").split(b"\n") if expected else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_SIZE", size)
        patch.setattr(blocks, "_SEARCH_SIZE", 3)
        assert lines_of(storage, file, cuts=bounds) == lines


@pytest.mark.parametrize("name", ["plain.csv", "one.gz"])
def test_lines_are_numbered_in_their_file(storage, name, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 100)
    text = b"one\r\ntwo\rthree\n" * 50
    file = put(storage, ENCODERS[name](text), name)
    numbers = []
    for block in read_blocks(storage, TextRange(file, 0, file.size), TextOptions(header_lines=2)):
        for index, line in enumerate(block.data[:-1].split(b"\n")):
            numbers.append((line_number(storage, block, index), line))
    assert numbers == [(number + 1, [b"one", b"two", b"three"][number % 3]) for number in range(2, 150)]


def test_small_files_share_a_part_and_large_ones_are_cut():
    small = [DataFile(f"s3://lake/t/{number}.csv", 1000, 0) for number in range(1000)]
    assert len(parts_of(small, is_whole=False)) == 1
    large = DataFile("s3://lake/t/large.csv", 500 << 20, 0)
    parts = parts_of([large], is_whole=False)
    assert len(parts) >= 7
    assert [part[0].start for part in parts][1:] == [part[-1].end for part in parts][:-1]
    assert parts_of([large], is_whole=True) == [[TextRange(large, 0, large.size)]]
    packed = DataFile("s3://lake/t/large.csv.gz", 500 << 20, 0)
    assert parts_of([packed], is_whole=False) == [[TextRange(packed, 0, packed.size)]]


def test_a_line_longer_than_any_block(storage, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 64)
    line = b"y" * 100_000
    assert lines_of(storage, put(storage, b"a\n" + line + b"\nb")) == [b"a", line, b"b"]


def test_a_block_knows_where_it_begins():
    assert Block(b"a\n", DataFile("s3://b/a", 2, 0), 0).skipped == 0
