"""Values between SQL, AWS's API and Python: what goes out comes in again as it was; what does not fit is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.operations.binding import marked
from owlake.operations.reading import JsonText, Mismatch, Source, read
from owlake.operations.shapes import Member, shape_of
from owlake.operations.validation import problems
from owlake.operations.writing import to_api, to_sql
from owlake.spi import Json, Name, types
from owlake.types.arrow import arrow_type
from owlake.types.python_values import python_values

Kind = tuple[Any, st.SearchStrategy[Any]]
"""An annotation, and values of it."""

_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_LEAVES: list[Kind] = [
    (str, st.text()),
    (int, st.integers(-(2**63), 2**63 - 1)),
    (Annotated[int, types.SMALLINT], st.integers(-(2**15), 2**15 - 1)),
    (float, st.floats(allow_nan=False)),
    (bool, st.booleans()),
    (Decimal, st.decimals(-(10**19), 10**19, places=18)),
    (bytes, st.binary()),
    (date, st.dates()),
    (datetime, st.datetimes(timezones=st.just(UTC))),
    (timedelta, st.integers(-(10**12), 10**12).map(lambda count: timedelta(milliseconds=count))),
    (Literal["LOW", "HIGH"], st.sampled_from(["LOW", "HIGH"])),
    (Json, _DOCUMENTS.filter(lambda value: value is not None)),
]


def _nested(inner: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    def structure(kinds: list[Kind]) -> Kind:
        made = make_dataclass("Made", [(f"field_{index}", kind[0]) for index, kind in enumerate(kinds)], frozen=True)
        return made, st.builds(made, *(kind[1] for kind in kinds))

    return st.one_of(
        inner.map(lambda kind: (list[kind[0]], st.lists(kind[1], max_size=3))),  # type: ignore[valid-type]
        inner.map(lambda kind: (dict[str, kind[0]], st.dictionaries(st.text(), kind[1], max_size=3))),  # type: ignore[valid-type]
        inner.map(lambda kind: (kind[0] | None, st.none() | kind[1])),
        st.lists(inner, min_size=1, max_size=3).map(structure),
    )


_KINDS = st.recursive(st.sampled_from(_LEAVES), _nested, max_leaves=4)


@settings(max_examples=50)
@given(st.data())
def test_what_goes_out_to_sql_comes_in_as_it_was(data: st.DataObject) -> None:
    annotation, values = data.draw(_KINDS)
    value = data.draw(values)
    shape = shape_of(annotation)
    column = pa.array([to_sql(shape, value, "x")], arrow_type(shape.type))
    column.validate(full=True)
    given_back = marked(python_values(column, shape.type)[0], shape.type)
    assert read(shape, given_back, "x") == value


@settings(max_examples=50)
@given(st.data())
def test_what_goes_out_to_the_api_comes_in_as_it_was(data: st.DataObject) -> None:
    annotation, values = data.draw(_KINDS)
    value = data.draw(values)
    shape = shape_of(annotation)
    response = to_api(shape, value, "x")
    if response is not None:
        assert list(problems([Member("x", "x", "X", shape)], {"X": response})) == []
    assert read(shape, response, "X", Source.API) == value


@dataclass(frozen=True)
class Tag:
    key: str
    tag_value: Annotated[str | None, Name("TagValue2")] = None


MISMATCHES: list[tuple[Any, Any, str]] = [
    (str, 5, "x must be varchar, not 5"),
    (str, b"a", "x must be varchar, not b'a'"),
    (Annotated[str, types.Varchar(2)], "abc", "x must be varchar(2), not 'abc'"),
    (int, "5", "x must be bigint, not '5'"),
    (int, True, "x must be bigint, not True"),
    (int, 2**63, f"x must be bigint, not {2**63}"),
    (Annotated[int, types.TINYINT], 128, "x must be tinyint, not 128"),
    (float, "1", "x must be double, not '1'"),
    (float, True, "x must be double, not True"),
    (bool, 1, "x must be boolean, not 1"),
    (Decimal, 1.5, r"x must be decimal\(38,18\), not 1.5"),
    (Decimal, Decimal("1e20"), r"x must be decimal\(38,18\)"),
    (Decimal, Decimal("1e-19"), r"x must be decimal\(38,18\)"),
    (Decimal, Decimal("NaN"), r"x must be decimal\(38,18\)"),
    (bytes, "a", "x must be varbinary, not 'a'"),
    (date, datetime(2024, 1, 1, tzinfo=UTC), "x must be date"),
    (datetime, "2024-01-01", r"x must be timestamp\(6\) with time zone, not '2024-01-01'"),
    (timedelta, 5, "x must be interval day to second, not 5"),
    (list[int], "12", r"x must be array\(bigint\), not '12'"),
    (list[int], {"a": 1}, r"x must be array\(bigint\)"),
    (list[int], [1, None], r"x\[1\] cannot be null"),
    (list[list[int]], [[1], ["a"]], r"x\[1\]\[0\] must be bigint, not 'a'"),
    (dict[str, int], [1], r"x must be map\(varchar, bigint\), not \[1\]"),
    (dict[str, int], {1: 1}, "x must have keys of varchar, not 1"),
    (dict[str, int], {"a": "b"}, r"x\.a must be bigint, not 'b'"),
    (Literal["a"], "b", "x must be one of a, not 'b'"),
    (Literal["a"], 1, "x must be varchar, not 1"),
    (Tag, "k", "x must be row"),
    (Tag, {}, r"x\.key is missing"),
    (Tag, {"key": None}, r"x\.key is missing"),
    (Tag, {"key": 1}, r"x\.key must be varchar, not 1"),
    (Tag, {"key": "k", "other": 1}, "x has no member other: there are key, tag_value"),
    (Tag, {"key": "k", "KEY": "l"}, r"x\.key is given twice"),
    (Tag, ("k",), "x must have 2 fields, not 1"),
    (list[Tag], [{"key": "k"}, {"key": 5}], r"x\[1\]\.key must be varchar, not 5"),
    (list[int], JsonText("[1, 2.5]"), r"x\[1\] must be bigint, not Decimal\('2.5'\)"),
    (list[int], JsonText("[1"), "x must be JSON"),
    (bytes, JsonText('"%"'), "x must be varbinary"),
    (date, JsonText('"2024-02-30"'), "x must be date: day is out of range for month"),
    (datetime, JsonText("1e99"), "x must be timestamp"),
    (timedelta, JsonText('"1"'), "x must be interval day to second, not '1'"),
    (Json, JsonText('{"a": 1, "a": 2}'), "x must not have members of the same name: 'a', 'a'"),
    (int, None, "x cannot be null"),
]


@pytest.mark.parametrize(("annotation", "value", "text"), MISMATCHES)
def test_what_does_not_fit_is_refused(annotation: Any, value: Any, text: str) -> None:
    with pytest.raises(Mismatch, match=f"^{text.replace('(2)', '.2.')}"):
        read(shape_of(annotation), value, "x")


FITS: list[tuple[Any, Any, Any]] = [
    (float, 1, 1.0),
    (float, Decimal("1.5"), 1.5),
    (Decimal, 5, Decimal(5)),
    (bytes, bytearray(b"a"), b"a"),
    (bytes, memoryview(b"a"), b"a"),
    (datetime, datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)),  # noqa: DTZ001
    (datetime, date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)),
    (Annotated[datetime, types.Timestamp(6)], datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1)),  # noqa: DTZ001
    (
        Annotated[datetime, types.Timestamp(6)],
        datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        datetime(2024, 1, 1),  # noqa: DTZ001
    ),
    (list[int], (1, 2), [1, 2]),
    (Tag, {"Key": "k", "TagValue2": "v"}, Tag("k", "v")),
    (Tag, {"key": "k", "tag_value": "v"}, Tag("k", "v")),
    (Tag, ("k", None), Tag("k")),
    (Tag, Tag("k"), Tag("k")),
    (Tag, JsonText('{"Key": "k"}'), Tag("k")),
    (bytes, JsonText('"AP8="'), b"\x00\xff"),
    (date, JsonText('"2024-02-29"'), date(2024, 2, 29)),
    (datetime, JsonText('"2024-01-01T01:00:00+01:00"'), datetime(2024, 1, 1, tzinfo=UTC)),
    (datetime, JsonText("1704067200"), datetime(2024, 1, 1, tzinfo=UTC)),
    (Decimal, JsonText("0.1"), Decimal("0.1")),
    (float, JsonText("0.1"), 0.1),
    (Json, JsonText('{"a": [1.5, 2]}'), {"a": [1.5, 2]}),
    (Json, None, None),
    (list[int | None], [1, None], [1, None]),
]


@pytest.mark.parametrize(("annotation", "value", "expected"), FITS)
def test_what_fits_becomes_what_is_declared(annotation: Any, value: Any, expected: Any) -> None:
    found = read(shape_of(annotation), value, "x")
    assert found == expected
    assert type(found) is type(expected)


@dataclass(frozen=True)
class Even:
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError("an odd number")


def test_what_a_dataclass_refuses_is_refused() -> None:
    with pytest.raises(Mismatch, match="x is not valid: an odd number"):
        read(shape_of(Even), {"number": 1}, "x")


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (timedelta, timedelta(microseconds=1), "x must be whole milliseconds"),
        (Json, {"a": b"bytes"}, "x must be JSON: a bytes has no form in JSON"),
        (Json, float("nan"), "x must be JSON"),
        (list[Tag], [Tag("k"), "l"], r"x\[1\] must be row"),
        (Tag, Tag(5), r"x\.key must be varchar, not 5"),  # type: ignore[arg-type]
        (dict[str, int], [("a", 1)], "x must be map"),
        (list[int], {1, 2}, "x must be array"),
    ],
)
def test_what_an_operation_may_not_give_is_refused(annotation: Any, value: Any, text: str) -> None:
    with pytest.raises(Mismatch, match=f"^{text}"):
        to_sql(shape_of(annotation), value, "x")


def test_documents_are_texts_as_json_parse_makes_them() -> None:
    # https://trino.io/docs/current/functions/json.html: keys in order; numbers as Java writes them.
    value = {"b": 1e16, "a": [1.0, 10**20, True, None], "ä": "\x01"}
    assert to_sql(shape_of(Json), value, "x") == '{"a":[1.0,100000000000000000000,true,null],"b":1.0E16,"ä":"\\u0001"}'


def test_documents_nest_no_deeper_than_those_of_sql() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    for refused in (
        lambda: read(shape_of(Json), deep, "x"),
        lambda: to_sql(shape_of(Json), deep, "x"),
    ):
        with pytest.raises(Mismatch, match="x must not nest deeper than 2000 levels"):
            refused()
    found = list(problems([Member("x", "x", "X", shape_of(Json))], {"X": deep}))
    assert found == [
        "Invalid parameter X must be json serializable: it must not nest deeper than 2000 levels",
    ]
    while isinstance(deep, list):
        # Taken apart here: the interpreter would do it level within level.
        deep = deep.pop()


def test_documents_may_hold_dataclasses_and_moments() -> None:
    value: Mapping[str, Any] = {"tag": Tag("k"), "day": date(2024, 1, 1)}
    assert to_sql(shape_of(Json), value, "x") == '{"day":"2024-01-01","tag":{"key":"k","tag_value":null}}'
