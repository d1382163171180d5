"""Records of streams: one JSON object, or one line of CSV, in each value."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal as PythonDecimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlake.errors import OwlakeError
from owlake.lake.formats.records import RecordFormat, csv_records, json_records
from owlake.types.arrow import arrow_type
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    VARBINARY,
    VARCHAR,
    Array,
    Decimal,
    Map,
    Row,
    RowField,
    Timestamp,
    TimestampWithTimeZone,
    Type,
)

NOON = datetime(2024, 2, 29, 12, 0, 0, 123000, tzinfo=UTC).replace(tzinfo=None)
COLUMNS: dict[str, Type] = {
    "name": VARCHAR,
    "n": BIGINT,
    "ratio": DOUBLE,
    "ok": BOOLEAN,
    "day": DATE,
    "at": Timestamp(3),
    "price": Decimal(10, 2),
}


def rows_of(records: RecordFormat, *values: bytes) -> list[list[Any]]:
    """Each record's values, or its error."""
    found = records.decode(pa.array(values, pa.binary()))
    errors = [None] * len(values) if found.errors is None else found.errors.to_pylist()
    rows = [[column[place].as_py() for column in found.columns] for place in range(len(values))]
    assert all(row == [None] * len(row) for row, problem in zip(rows, errors, strict=True) if problem)
    return [row if problem is None else [problem] for row, problem in zip(rows, errors, strict=True)]


def test_the_values_of_objects_are_found_by_their_keys_in_any_case() -> None:
    records = json_records({"a": BIGINT, "b": VARCHAR})
    values = (b'{"a":1,"b":"x","c":[1]}', b'{"B":"y","A":2}', b"{}", b'{"a":null}', b'{"b":"\\u00e9\xc3\xa9"}')
    assert rows_of(records, *values) == [[1, "x"], [2, "y"], [None, None], [None, None], [None, "éé"]]


def test_every_type_of_json() -> None:
    text = b'{"name":"x","n":-5,"ratio":1e3,"ok":true,"day":"2024-02-29","at":"2024-02-29T12:00:00.123Z","price":1.50}'
    expected = ["x", -5, 1000.0, True, date(2024, 2, 29), NOON, PythonDecimal("1.50")]
    assert rows_of(json_records(COLUMNS), text) == [expected]


def test_nested_json() -> None:
    row = Row((RowField("x", BIGINT), RowField("y", Array(VARCHAR))))
    records = json_records({"r": row, "m": Map(VARCHAR, DOUBLE), "l": Array(row)})
    text = b'{"r":{"Y":["a",null],"X":1},"m":{"k":1.5},"l":[{"x":2}]}'
    expected = [{"x": 1, "y": ["a", None]}, [("k", 1.5)], [{"x": 2, "y": None}]]
    assert rows_of(records, text) == [expected]


BROKEN = [
    (b"", "not a JSON object"),
    (b"  \n", "not a JSON object"),
    (b"[1]", "not a JSON object"),
    (b"7", "not a JSON object"),
    (b'{"n":', "not a JSON object: Missing value at "),
    (b'{"n":"x"}', "column n: cannot read the value 'x': For input string: \"x\""),
    (b'{"n":9223372036854775808}', "column n: cannot read the value '9223372036854775808'"),
    (b'{"day":"soon"}', "column day: cannot read the value 'soon': Invalid date: soon"),
    (b'{"n":{}}', "column n: cannot read the value: org.openx.data.jsonserde.json.JSONObject cannot be cast"),
]


@pytest.mark.parametrize(("broken", "reason"), BROKEN, ids=[repr(one[0]) for one in BROKEN])
def test_one_broken_object_among_many_is_one_error(broken: bytes, reason: str) -> None:
    good = [b'{"name":"%d","n":%d}' % (number, number) for number in range(1000)]
    found = json_records(COLUMNS).decode(pa.array([*good[:700], broken, *good[700:]], pa.binary()))
    assert found.errors is not None
    assert [place for place, problem in enumerate(found.errors.to_pylist()) if problem] == [700]
    assert reason in found.errors[700].as_py()
    assert found.columns[1].to_pylist() == [*range(700), None, *range(700, 1000)]


def test_white_space_and_line_feeds_around_and_inside_objects_do_not_matter() -> None:
    records = json_records({"a": BIGINT})
    values = (b' {"a":1}\r\n', b'{"a":2}\n', b'{\n  "a": 3\n}\n', b'{"a":4}')
    assert rows_of(records, *values) == [[1], [2], [3], [4]]


def test_two_objects_in_one_record_are_not_two_rows() -> None:
    # The SerDe reads a line as far as its first value.
    assert rows_of(json_records({"a": BIGINT}), b'{"a":1}\n{"a":2}', b'{"a":3}') == [[1], [3]]


def test_keys_whose_case_changes_from_batch_to_batch_are_found_in_each() -> None:
    records = json_records({"a": BIGINT})
    for text in (b'{"A":1}', b'{"a":1}', b'{"A":1}', b'{"a":"1"}', b'{"A":1,"x":2}'):
        assert rows_of(records, *[text] * 50) == [[1]] * 50


def test_types_that_json_does_not_hold_are_refused() -> None:
    for type_ in (Timestamp(6), TimestampWithTimeZone(3)):
        with pytest.raises(OwlakeError, match="Unsupported column type"):
            json_records({"at": type_})


def test_the_fields_of_lines_are_found_by_their_places() -> None:
    records = csv_records(COLUMNS)
    text = b"x,-5,1e3,TRUE,2024-02-29,2024-02-29 12:00:00.123,1.50"
    expected = ["x", -5, 1000.0, True, date(2024, 2, 29), NOON, PythonDecimal("1.50")]
    assert rows_of(records, text, b",,,,,,\n") == [expected, [None] * 7]


def test_quotes_hold_delimiters_quotes_and_line_feeds() -> None:
    records = csv_records({"a": VARCHAR, "b": VARCHAR})
    values = (b'"a,b","say ""x"""', b'"a\nb",c\r\n', b'"",', "é,ß".encode())
    assert rows_of(records, *values) == [["a,b", 'say "x"'], ["a\nb", "c"], ["", None], ["é", "ß"]]


def test_lines_that_do_not_fit_are_errors() -> None:
    records = csv_records({"a": INTEGER, "b": BOOLEAN})
    values = (b"1,true", b"1", b"1,true,2", b"", b'"1,true', b"2147483648,true", b"1,yes", b"1,true\n2,false")
    assert rows_of(records, *values) == [
        [1, True],
        ["expected 2 columns, got 1: 1"],
        ["expected 2 columns, got 3: 1,true,2"],
        ["expected 2 columns, got none"],
        ["a quote is not closed"],
        ["column a: cannot read the value '2147483648'"],
        ["column b: cannot read the value 'yes'"],
        ["2 lines in one record"],
    ]


def test_another_delimiter() -> None:
    records = csv_records({"a": VARCHAR, "b": BIGINT}, "\t")
    assert rows_of(records, b"x,y\t1") == [["x,y", 1]]
    for delimiter in ("", "||", '"', "\n", "é"):
        with pytest.raises(OwlakeError, match="The delimiter of a stream"):
            csv_records({"a": VARCHAR}, delimiter)
    with pytest.raises(OwlakeError, match="Unsupported column type of a stream of CSV records: array"):
        csv_records({"a": Array(BIGINT)})


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            "n": st.none() | st.integers(-(2**63), 2**63 - 1),
            "ratio": st.none() | st.floats(allow_nan=False),
            "ok": st.none() | st.booleans(),
            "day": st.none() | st.dates(),
            "at": st.none()
            | st.datetimes().map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)),
            "price": st.none() | st.decimals(-99999999, 99999999, places=2),
        }
    ),
    max_size=30,
)
BATCH = pa.schema([(name, arrow_type(type_)) for name, type_ in COLUMNS.items()])


@given(ROWS)
def test_what_is_written_is_read_again(rows: list[dict[str, Any]]) -> None:
    batch = pa.RecordBatch.from_pylist(rows, BATCH)
    for records in (json_records(COLUMNS), csv_records(COLUMNS)):
        found = records.decode(records.encode(batch))
        assert found.errors is None
        assert pa.RecordBatch.from_arrays(found.columns, schema=BATCH).to_pylist() == rows


@given(ROWS)
def test_others_can_read_what_is_written(rows: list[dict[str, Any]]) -> None:
    batch = pa.RecordBatch.from_pylist(rows, BATCH)
    objects = [json.loads(text) for text in json_records(COLUMNS).encode(batch).to_pylist()]
    assert [one["name"] for one in objects] == [row["name"] for row in rows]
    assert [one["n"] for one in objects] == [row["n"] for row in rows]
    lines = [
        next(csv.reader(io.StringIO(text.decode(), newline="")))
        for text in csv_records(COLUMNS).encode(batch).to_pylist()
    ]
    assert [line[0] for line in lines] == [row["name"] or "" for row in rows]


def test_bytes_are_base64() -> None:
    batch = pa.record_batch({"b": pa.array([b"\x00\xff", None, b""], pa.binary())})
    for records in (json_records({"b": VARBINARY}), csv_records({"b": VARBINARY})):
        assert records.decode(records.encode(batch)).columns[0].to_pylist()[:2] == [b"\x00\xff", None]
    assert json_records({"b": VARBINARY}).encode(batch)[0].as_py() == b'{"b":"AP8="}'
