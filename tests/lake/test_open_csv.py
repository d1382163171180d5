"""OpenCSVSerDe: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from owlake.catalog.model import SerDeInfo
from owlake.errors import OwlakeError
from owlake.lake.formats import scans
from tests.lake.engine import hive_table, read, request, rows

OPEN_CSV = SerDeInfo("org.apache.hadoop.hive.serde2.OpenCSVSerde")


def put(storage, content: bytes | str, name: str = "a.csv") -> None:
    storage.write(f"s3://lake/t/{name}", content.encode() if isinstance(content, str) else content)


def test_quoted_fields(storage):
    put(storage, '"1","a, b","say ""hi"""\n2,plain,\n')
    table = hive_table({"a": "string", "b": "string", "c": "string"}, OPEN_CSV)
    assert rows(table, storage) == [("1", "a, b", 'say "hi"'), ("2", "plain", "")]


def test_other_characters(storage):
    put(storage, "'a|b'|c^'d\n")
    other = SerDeInfo(OPEN_CSV.library, {"separatorChar": "|", "quoteChar": "'", "escapeChar": "^"})
    assert rows(hive_table({"a": "string", "b": "string"}, other), storage) == [("a|b", "c'd")]


def test_short_lines_are_filled_with_null_and_long_ones_cut(storage):
    put(storage, 'a\nb,c,d\n"e"\n')
    assert rows(hive_table({"a": "string", "b": "string"}, OPEN_CSV), storage) == [("a", None), ("b", "c"), ("e", None)]


def test_an_empty_line_is_a_row_of_nulls(storage):
    put(storage, "a,b\n\n")
    assert rows(hive_table({"a": "string", "b": "string"}, OPEN_CSV), storage) == [("a", "b"), (None, None)]


def test_lines_end_inside_of_quotes_too(storage):
    put(storage, '"a\nb",c\n')
    # Two lines: the first leaves its quote open, in the second a quote opens what is never closed.
    assert rows(hive_table({"a": "string", "b": "string"}, OPEN_CSV), storage) == [(None, None), (None, None)]


VALUES = {
    "int": ("int", '"5"', 5),
    "negative": ("bigint", "-7", -7),
    "signed": ("bigint", "+7", 7),
    "double": ("double", '"1.5e3"', 1500.0),
    "blanks": ("double", " 1.5 ", 1.5),
    "decimal": ("decimal(5,1)", "1.25", Decimal("1.3")),
    "true": ("boolean", "TRUE", True),
    "anything else is false": ("boolean", "1", False),
    # The page's own example: 18276 days.
    "date": ("date", "18276", dt.date(2020, 1, 15)),
    "timestamp": ("timestamp", "1579059880123", dt.datetime.fromisoformat("2020-01-15 03:44:40.123")),
    "empty text": ("string", '""', ""),
    "char": ("char(3)", "ab ", "ab"),
    "varchar": ("varchar(1)", "äb", "ä"),
    "binary": ("binary", "x", b"x"),
}


@pytest.mark.parametrize("case", VALUES)
def test_text_is_converted(storage, case):
    type_, text, value = VALUES[case]
    put(storage, f"{text},1\n")
    assert rows(hive_table({"c": type_, "n": "string"}, OPEN_CSV), storage, ["c"]) == [(value,)]


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("int", ""),
        ("int", "x"),
        ("int", " 1"),
        ("int", "1.5"),
        ("int", "2147483648"),
        ("double", ""),
        ("double", "nan"),
        ("decimal(3,1)", "x"),
        ("decimal(3,1)", "100"),
        ("date", "2020-01-15"),
        ("timestamp", "2020-01-15 00:00:00"),
    ],
)
def test_what_does_not_parse_fails_the_query_in_athenas_words(storage, type_, text):
    put(storage, f"header\nx,1\ny,{text}\n")
    table = hive_table({"a": "string", "c": type_}, OPEN_CSV, **{"skip.header.line.count": "2"})
    (scan,) = scans(request(table, storage))
    with pytest.raises(Exception, match="HIVE_BAD_DATA"):
        scan.dataset.to_table()
    failure = scan.dataset.failure
    assert (
        str(failure) == f"HIVE_BAD_DATA: Error parsing field value '{text}' for field 1: For input string: \"{text}\""
    )
    assert failure.hint == "Line 3 of s3://lake/t/a.csv"


def test_a_missing_number_is_null(storage):
    put(storage, "a\n")
    assert rows(hive_table({"a": "string", "n": "int"}, OPEN_CSV), storage) == [("a", None)]


@pytest.mark.parametrize("type_", ["array<int>", "map<string,int>", "struct<a:int>"])
def test_nested_types_are_refused_in_athenas_words(storage, type_):
    put(storage, "a\n")
    with pytest.raises(OwlakeError, match="GENERIC_INTERNAL_ERROR: Parent builder is null"):
        rows(hive_table({"c": type_}, OPEN_CSV), storage)


def test_the_characters_must_differ(storage):
    put(storage, "a\n")
    same = SerDeInfo(OPEN_CSV.library, {"escapeChar": '"'})
    with pytest.raises(OwlakeError, match="The separator, quote, and escape characters must be different!"):
        rows(hive_table({"a": "string"}, same), storage)


def test_headers_with_a_byte_order_mark_are_skipped(storage):
    put(storage, b"\xef\xbb\xbfa,b\r\n1,2\r\n")
    table = hive_table({"a": "int", "b": "int"}, OPEN_CSV, **{"skip.header.line.count": "1"})
    assert rows(table, storage) == [(1, 2)]


def test_a_large_file_of_mixed_lines(storage):
    lines, expected = [], []
    for number in range(30_000):
        match number % 5:
            case 0:
                lines.append(f"{number},plain")
                expected.append((number, "plain"))
            case 1:
                lines.append(f'"{number}","quoted, ""twice"""')
                expected.append((number, 'quoted, "twice"'))
            case 2:
                lines.append(f"{number}")
                expected.append((number, None))
            case 3:
                lines.append(f'{number},"esc\\"aped"')
                expected.append((number, 'esc"aped'))
            case _:
                lines.append(f"{number},x,y,z")
                expected.append((number, "x"))
    put(storage, "\n".join(lines))
    table = hive_table({"n": "int", "s": "string"}, OPEN_CSV)
    assert sorted(rows(table, storage)) == expected
    assert read(table, storage, []).num_rows == 30_000
