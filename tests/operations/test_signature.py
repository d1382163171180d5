"""Signatures: what annotations mean, and what a call looks like."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest

from owlake.operations.declaration import operations_of, table_functions_of
from owlake.operations.shapes import Member, shape_of
from owlake.operations.signature import Signature, literal, signature_of
from owlake.spi import Json, Name, Table, operation, table_function, types


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Point:
    x: int
    y: Annotated[int, types.SMALLINT] = 0


@dataclass(frozen=True)
class Line:
    points: list[Point]
    labels: dict[str, Point] | None = None


@pytest.mark.parametrize(
    ("annotation", "type_"),
    [
        (str, "varchar"),
        (int, "bigint"),
        (float, "double"),
        (bool, "boolean"),
        (Decimal, "decimal(38,18)"),
        (bytes, "varbinary"),
        (date, "date"),
        (datetime, "timestamp(6) with time zone"),
        (timedelta, "interval day to second"),
        (Any, "json"),
        (Json, "json"),
        (list[int], "array(bigint)"),
        (Sequence[list[str]], "array(array(varchar))"),
        (dict[str, float], "map(varchar, double)"),
        (Mapping[str, list[bool]], "map(varchar, array(boolean))"),
        (Literal["a", "b"], "varchar"),
        (Colour, "varchar"),
        (Point, "row(x bigint, y smallint)"),
        (Line, "row(points array(row(x bigint, y smallint)), labels map(varchar, row(x bigint, y smallint)))"),
        (int | None, "bigint"),
        (Annotated[int, types.INTEGER], "integer"),
        (Annotated[int | None, types.INTEGER, Name("Count")], "integer"),
        (Annotated[float, types.REAL], "real"),
        (Annotated[Decimal, types.Decimal(10, 2)], "decimal(10,2)"),
        (Annotated[datetime, types.Timestamp(3)], "timestamp(3)"),
        (Annotated[datetime, types.TimestampWithTimeZone(3)], "timestamp(3) with time zone"),
        (Annotated[str, types.Varchar(5)], "varchar(5)"),
    ],
)
def test_annotations_are_types(annotation: Any, type_: str) -> None:
    assert str(shape_of(annotation).type) == type_


@dataclass(frozen=True)
class Node:
    children: list[Node]


class Number(enum.Enum):
    ONE = 1


@pytest.mark.parametrize(
    "annotation",
    [
        complex,
        list,
        dict,
        dict[int, str],
        set[int],
        tuple[int, str],
        int | str,
        int | str | None,
        Literal[1, 2],
        Number,
        Node,
        None,
        Annotated[int, types.VARCHAR],
        Annotated[str, types.UUID],
        Annotated[list[int], types.BIGINT],
    ],
)
def test_what_has_no_type_is_refused(annotation: Any) -> None:
    with pytest.raises(TypeError, match=r"has no type in SQL|cannot be of type"):
        shape_of(annotation, "x")


def test_errors_say_where() -> None:
    with pytest.raises(TypeError, match=r"lines\[\]\.children\[\] has no type in SQL: Node"):
        shape_of(list[Node], "lines")


class Service:
    @operation
    def draw(
        self,
        line: Line,
        colour: Colour = Colour.RED,
        stream_arn: Annotated[str | None, Name("StreamARN")] = None,
        from_: date = date(2024, 1, 1),
        size: int | None = None,
    ) -> Annotated[list[Point], Name("Points")]:
        """Draw a line.

        Of many points.
        """
        del colour, stream_arn, from_, size
        return line.points

    @operation
    def unannotated(self, x) -> None:  # type: ignore[no-untyped-def]
        """What is x?"""

    @operation
    def without_result(self):  # type: ignore[no-untyped-def]
        """What comes?"""

    @operation
    def many(self, *names: str) -> None:
        """Any number."""

    @operation
    def rows(self) -> Iterator[Point]:
        """Rows."""
        yield Point(1)

    @table_function
    def grid(self, size: int) -> Table:
        """A table."""
        raise NotImplementedError


def _signature(name: str) -> Signature:
    return signature_of(next(one for one in operations_of(Service()) if one.name == name))


def test_a_signature_is_what_a_call_looks_like() -> None:
    assert str(_signature("draw")) == (
        "draw(line row(points array(row(x bigint, y smallint)), labels map(varchar, row(x bigint, y smallint))), "
        "colour varchar = 'red', stream_arn varchar = NULL, from date = DATE '2024-01-01', size bigint = NULL)"
    )


def test_parameters_have_the_names_of_sql_python_and_the_api() -> None:
    found = [(one.name, one.attribute, one.api_name) for one in _signature("draw").parameters]
    assert found == [
        ("line", "line", "Line"),
        ("colour", "colour", "Colour"),
        ("stream_arn", "stream_arn", "StreamARN"),
        ("from", "from_", "From"),
        ("size", "size", "Size"),
    ]


def test_what_may_be_none_may_be_left_out() -> None:
    def member(name: str) -> Member:
        return next(one for one in _signature("draw").parameters if one.name == name)

    assert member("line").required
    assert not member("size").required
    assert member("size").left_out() is None
    shape: Any = member("line").shape
    assert [(one.name, one.required) for one in shape.members] == [("points", True), ("labels", False)]


def test_rows_have_a_column_for_each_field() -> None:
    result = _signature("draw").result
    assert (result.many, result.api_name, [one.name for one in result.members]) == (True, "Points", ["x", "y"])
    assert _signature("rows").result.many


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("unannotated", "x has no annotation"),
        ("without_result", "There is no annotation for what it gives"),
        ("many", "names: operations have named parameters only"),
    ],
)
def test_operations_without_a_signature_are_refused(name: str, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        _signature(name)


def test_table_functions_have_parameters_only() -> None:
    signature = signature_of(table_functions_of(Service())[0])
    assert str(signature) == "grid(size bigint)"
    assert signature.result.members == ()


@dataclass(frozen=True)
class Everything:
    point: Point = Point(1, 2)
    tags: dict[str, int] = field(default_factory=lambda: {"a": 1})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "true"),
        (5, "5"),
        (1.5, "1.5"),
        ("it's", "'it''s'"),
        (b"\x00\xff", "X'00FF'"),
        (Decimal("1.50"), "DECIMAL '1.50'"),
        (date(2024, 2, 29), "DATE '2024-02-29'"),
        (datetime(2024, 2, 29, 12, 30), "TIMESTAMP '2024-02-29 12:30:00'"),  # noqa: DTZ001
        (datetime(2024, 2, 29, 12, 30, tzinfo=UTC), "TIMESTAMP '2024-02-29 12:30:00 UTC'"),
        (timedelta(minutes=1, milliseconds=500), "INTERVAL '60.5' SECOND"),
        ((), "ARRAY[]"),
        ([1, [2]], "ARRAY[1, ARRAY[2]]"),
        ({}, "MAP()"),
        ({"a": 1}, "MAP(ARRAY['a'], ARRAY[1])"),
        (Colour.BLUE, "'blue'"),
        (Everything(), "ROW(ROW(1, 2), MAP(ARRAY['a'], ARRAY[1]))"),
    ],
)
def test_defaults_are_shown_as_sql_writes_them(value: Any, text: str) -> None:
    assert literal(value) == text
