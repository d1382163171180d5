"""RegexSerDe: https://docs.aws.amazon.com/athena/latest/ug/regex-serde.html."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from owlake.errors import OwlakeError


def table(lake, columns: str, pattern: str, library: str = "org.apache.hadoop.hive.serde2.RegexSerDe", **more) -> None:
    given = ", ".join(f"'{key}' = '{value}'" for key, value in {"input.regex": pattern, **more}.items())
    lake.table(columns, f"ROW FORMAT SERDE '{library}' WITH SERDEPROPERTIES ({given})")


@pytest.mark.parametrize(
    "library",
    [
        "org.apache.hadoop.hive.serde2.RegexSerDe",
        "org.apache.hadoop.hive.contrib.serde2.RegexSerDe",
        "com.amazonaws.glue.serde.RegexSerDe",
    ],
)
def test_groups_are_columns(lake, library):
    lake.put("a.log", b"GET /a 200\nPOST /b 404\nnonsense\n")
    table(lake, "verb string, path string, status int", "([A-Z]+) ([^ ]*) ([0-9]+)", library)
    assert lake.rows() == [("GET", "/a", 200), ("POST", "/b", 404), (None, None, None)]
    assert lake.rows("SELECT status FROM t WHERE verb = 'POST'") == [(404,)]
    assert lake.rows("SELECT count(*), count(verb) FROM t") == [(3, 2)]


def test_a_pattern_matches_whole_lines(lake):
    lake.put("a.log", b"abc\nxabc\nabcx\n")
    table(lake, "c string", "(a)bc")
    assert lake.rows() == [("a",), (None,), (None,)]


def test_groups_that_are_not_in_the_match_are_null(lake):
    lake.put("a.log", b"1 x\n1\n \n")
    table(lake, "a string, b string", "([0-9]*)(?: ([a-z]*))?")
    assert lake.rows() == [("1", "x"), ("1", None), ("", "")]


def test_fewer_groups_than_columns_and_more(lake):
    lake.put("a.log", b"1 2\n")
    table(lake, "a string, b string, c string", "([0-9]*) ([0-9]*)")
    assert lake.rows() == [("1", "2", None)]
    table(lake, "a string", "([0-9]*) ([0-9]*)")
    assert lake.rows() == [("1",)]


def test_case_may_be_ignored(lake):
    lake.put("a.log", b"GET\nget\n")
    table(lake, "a string", "(get)")
    assert lake.rows() == [(None,), ("get",)]
    table(lake, "a string", "(get)", **{"input.regex.case.insensitive": "true"})
    assert lake.rows() == [("GET",), ("get",)]


@pytest.mark.parametrize(
    ("pattern", "line", "value"),
    [
        ("^(?!#)(.*)$", "a", "a"),
        ("^(?!#)(.*)$", "#a", None),
        (r"(\w)\1", "aa", None),
        (r"((\w)\2)", "aa", "aa"),
        ("(?i)(a)", "A", "A"),
        ("(a++)b", "aab", "aa"),
        (r"\p{Alpha}(\p{Digit}*)", "a12", "12"),
        (r"([^\s]+?)\s*", "ab  ", "ab"),
        ("(ä*)", "ää", "ää"),
    ],
)
def test_the_language_is_javas(lake, pattern, line, value):
    lake.put("a.log", f"{line}\n".encode())
    doubled = pattern.replace("\\", "\\\\")
    table(lake, "c string", doubled)
    expected = value if pattern != r"(\w)\1" else "a"
    assert lake.rows() == [(expected,)]


VALUES = {
    "tinyint": ("tinyint", "127", 127),
    "too great": ("tinyint", "128", None),
    "signed": ("int", "+5", 5),
    "no number": ("int", "-", None),
    "empty": ("bigint", "", None),
    "double": ("double", "1.5e3", 1500.0),
    "no double": ("double", "x", None),
    "decimal": ("decimal(5,1)", "1.25", Decimal("1.3")),
    "true": ("boolean", "TRUE", True),
    "anything else is false": ("boolean", "yes", False),
    "date": ("date", "2020-01-31", dt.date(2020, 1, 31)),
    "no date": ("date", "01/31", None),
    "timestamp": ("timestamp", "2020-01-31 12:34:56.789", dt.datetime.fromisoformat("2020-01-31 12:34:56.789")),
    "char": ("char(3)", "ab ", "ab"),
    "varchar": ("varchar(1)", "äb", "ä"),
}


@pytest.mark.parametrize("case", VALUES)
def test_what_does_not_parse_is_null(lake, case):
    type_, text, value = VALUES[case]
    lake.put("a.log", f"<{text}>\n".encode())
    table(lake, f"c {type_}", "<(.*)>")
    assert lake.rows() == [(value,)]


def test_bytes_that_are_not_utf8(lake):
    lake.put("a.log", b"a\xff b\n")
    table(lake, "a string, b string", "([^ ]*) ([^ ]*)")
    assert lake.rows() == [("a\ufffd", "b")]


def test_nested_columns_are_refused(lake):
    lake.put("a.log", b"a\n")
    table(lake, "c array<string>", "(a)")
    with pytest.raises(OwlakeError, match="NOT_SUPPORTED: Unsupported column type: array"):
        lake.rows()


def test_a_table_without_a_pattern(lake):
    lake.put("a.log", b"a\n")
    lake.table("c string", "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'")
    with pytest.raises(OwlakeError, match=r"HIVE_INVALID_METADATA: Schema does not have required 'input\.regex'"):
        lake.rows()


def test_what_is_no_pattern(lake):
    lake.put("a.log", b"a\n")
    table(lake, "c string", "(a")
    with pytest.raises(OwlakeError, match=r"HIVE_INVALID_METADATA: Invalid input\.regex property"):
        lake.rows()


def test_headers_compressions_and_line_ends_as_for_other_text(lake):
    import gzip  # noqa: PLC0415

    lake.put("a.log.gz", gzip.compress(b"\xef\xbb\xbfheader\r\na 1\r\nb 2\r\n"))
    lake.session.execute("DROP TABLE IF EXISTS t")
    lake.table(
        "c string, n int",
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe' "
        "WITH SERDEPROPERTIES ('input.regex' = '([a-z]) ([0-9])')",
        **{"skip.header.line.count": "1"},
    )
    assert lake.rows() == [("a", 1), ("b", 2)]
