"""Cutting lines into fields, against readers that go character by character."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.lake.formats.text.fields import DelimitedSplitter, QuotedSplitter, split_quoted_line


def columns_of(splitter, data: bytes, count: int) -> list[list[bytes | None]]:
    """One list for each line."""
    arrays = [array.cast(pa.binary()) for array in splitter.split(data, list(range(count)))]
    return [list(line) for line in zip(*(array.to_pylist() for array in arrays), strict=True)]


def padded(fields: list, count: int) -> list:
    return [*fields[:count], *[None] * (count - len(fields))]


def delimited_line(line: bytes, separator: int, escape: int | None) -> list[bytes]:
    """LazySimple's fields of one line: an escape takes the meaning from the byte behind it."""
    fields, field, position = [], bytearray(), 0
    while position < len(line):
        byte = line[position]
        if byte == separator:
            fields.append(bytes(field))
            field.clear()
        else:
            field.append(byte)
            if byte == escape and position + 1 < len(line):
                position += 1
                field.append(line[position])
        position += 1
    return [*fields, bytes(field)]


lines = st.lists(st.lists(st.sampled_from(list(b"ab,,\\\"'\x01 ")), max_size=8).map(bytes), min_size=1, max_size=8)


@settings(max_examples=500, deadline=None)
@given(lines, st.sampled_from([None, ord("\\"), ord("a")]), st.integers(1, 4))
def test_delimited_lines_are_those_of_a_byte_by_byte_reader(text, escape, count):
    data = b"".join(line + b"\n" for line in text)
    found = columns_of(DelimitedSplitter(ord(","), escape), data, count)
    assert found == [padded(delimited_line(line, ord(","), escape), count) for line in text]


@settings(max_examples=200, deadline=None)
@given(lines, st.integers(1, 4))
def test_the_last_field_may_take_the_rest(text, count):
    data = b"".join(line + b"\n" for line in text)
    found = columns_of(DelimitedSplitter(ord(","), None, count), data, count)
    assert found == [padded(line.split(b",", count - 1), count) for line in text]


pieces = st.sampled_from(['"a"', '""', '"a,b"', "a", "", '"a', 'b"', '"'])
quoted_lines = st.one_of(st.text('ab,"\\ ', max_size=12), st.lists(pieces, min_size=1, max_size=4).map(",".join))


@settings(max_examples=1000, deadline=None)
@given(st.lists(quoted_lines, min_size=1, max_size=6), st.integers(1, 4))
def test_quoted_lines_are_those_of_the_character_by_character_reader(text, count):
    data = "".join(line + "\n" for line in text).encode()
    expected = [
        padded([field.encode() for field in split_quoted_line(line, ",", '"', "\\", count)], count) for line in text
    ]
    splitter = QuotedSplitter(ord(","), ord('"'), ord("\\"))
    assert columns_of(splitter, data, count) == expected
    assert columns_of(splitter, data, count) == expected, "what a block taught is right for the next one"


fields = st.text("ab, \"'é", max_size=5)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(fields, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_what_pythons_csv_module_writes_is_read_back(rows, quoting):
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator="\n").writerows(rows)
    found = columns_of(QuotedSplitter(ord(","), ord('"'), ord("\\")), text.getvalue().encode(), 3)
    assert found == [[field.encode() for field in row] for row in rows]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # Cases of opencsv's own tests (au.com.bytecode.opencsv.CSVParserTest).
        ("This, is, a, test.", ["This", " is", " a", " test."]),
        ('"a","b","c"', ["a", "b", "c"]),
        ("a,b,,", ["a", "b", "", ""]),
        ('"a, b",c', ["a, b", "c"]),
        ('"a ""b"" c",d', ['a "b" c', "d"]),
        ('"a\\"b",c', ['a"b', "c"]),
        ('"a\\\\b",c', ["a\\b", "c"]),
        ('a,bc"d"ef,g', ["a", 'bc"d"ef', "g"]),
        ('"",""', ["", ""]),
        ('""""', ['"']),
        ("a\\b,c", ["ab", "c"]),
        ('a,"open', ["a"]),
        ("", []),
        ("a", ["a"]),
    ],
)
def test_a_line_is_read_as_opencsv_reads_it(line, expected):
    assert split_quoted_line(line, ",", '"', "\\", 10) == expected


def test_lines_of_all_kinds_in_one_block_keep_their_order():
    data = b'1,"a"\n2,b\n3\n4,"x""y",z\n\n5,q\\w\n6,"c,d"\n'
    assert columns_of(QuotedSplitter(ord(","), ord('"'), ord("\\")), data, 2) == [
        [b"1", b"a"],
        [b"2", b"b"],
        [b"3", None],
        [b"4", b'x"y'],
        [None, None],
        [b"5", b"qw"],
        [b"6", b"c,d"],
    ]


def test_bytes_that_are_not_text_are_kept():
    assert columns_of(DelimitedSplitter(1), b"\xff\x01\xfe\n", 2) == [[b"\xff", b"\xfe"]]


def test_only_the_asked_fields_come_in_the_asked_order():
    third, first = DelimitedSplitter(ord(",")).split(b"1,2,3\n4,5,6\n", [2, 0])
    assert (third.to_pylist(), first.to_pylist()) == (["3", "6"], ["1", "4"])
