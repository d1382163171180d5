"""What annotations mean: the Trino type of a parameter, a field or a result, and its form in Python and AWS's APIs.

| Python | Trino |
| --- | --- |
| str, int, float, bool, Decimal | varchar, bigint, double, boolean, decimal(38,18) |
| bytes, date | varbinary, date |
| datetime, timedelta | timestamp(6) with time zone (UTC), interval day to second |
| list[T], Sequence[T], Columns[T] | array(T) |
| dict[str, T], Mapping[str, T] | map(varchar, T) |
| a frozen dataclass | row, a field each |
| Literal["A", "B"], an Enum of text | varchar, one of these |
| Any, Json | json |
| T or None | T, may be left out |
| Annotated[int, types.INTEGER] | that type |
| Annotated[str, Length(1, 128)] | the same, checked before the operation is done: ``Length``, ``Bounds``, ``Pattern`` |
"""

from __future__ import annotations

import collections.abc
import dataclasses
import decimal
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from inspect import Parameter
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from owlake.operations.columns import Columns
from owlake.operations.constraints import ValueConstraint
from owlake.operations.names import Name, pascal_case, sql_name
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTERVAL_DAY_TO_SECOND,
    JSON,
    REAL,
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
    Varchar,
    is_integer,
)

Json: TypeAlias = Any
"""A value of any form: ``json`` in SQL, what ``json.loads`` gives in Python."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of values: ``type`` in SQL, ``nullable`` where None is one of them, ``constraints`` on the others."""

    type: Type
    nullable: bool = False
    constraints: tuple[ValueConstraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Scalar(Shape):
    """A plain value, of this class in Python."""

    python: type = str


@dataclass(frozen=True, slots=True)
class Choice(Shape):
    """One of these texts; ``enum`` is their class in Python, if they have one."""

    values: tuple[str, ...] = ()
    enum: type[Enum] | None = None


@dataclass(frozen=True, slots=True)
class Document(Shape):
    """JSON."""


@dataclass(frozen=True, slots=True)
class ListOf(Shape):
    """A list; ``columnar`` where it is ``Columns`` in Python."""

    element: Shape = Shape(JSON)
    columnar: bool = False

    @property
    def structure(self) -> Structure:
        """The element, which is a structure."""
        assert isinstance(self.element, Structure)
        return self.element


@dataclass(frozen=True, slots=True)
class MapOf(Shape):
    """Values by names."""

    key: Shape = Shape(VARCHAR)
    value: Shape = Shape(JSON)


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter of an operation or a field of a structure.

    Attributes:
        name: In SQL, in lower case.
        attribute: In Python.
        api_name: In AWS's API.
        default: What it is when left out; ``Parameter.empty`` where it cannot be.
    """

    name: str
    attribute: str
    api_name: str
    shape: Shape
    default: Any = Parameter.empty
    default_factory: Callable[[], Any] | None = None

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is Parameter.empty and self.default_factory is None

    def left_out(self) -> Any:
        """Its value when it is not given."""
        return self.default_factory() if self.default_factory is not None else self.default


@dataclass(frozen=True, slots=True)
class Structure(Shape):
    """A dataclass: a row in SQL."""

    python: type = object
    members: tuple[Member, ...] = ()

    @property
    def is_constrained(self) -> bool:
        """Whether anything is asked of its members beside their types."""
        return any(one.shape.constraints or not isinstance(one.shape, Scalar) for one in self.members)


_SCALARS: Mapping[type, Type] = {
    str: VARCHAR,
    int: BIGINT,
    float: DOUBLE,
    bool: BOOLEAN,
    decimal.Decimal: Decimal(38, 18),
    bytes: VARBINARY,
    date: DATE,
    datetime: TimestampWithTimeZone(6, "UTC"),
    timedelta: INTERVAL_DAY_TO_SECOND,
}
_LISTS = (list, collections.abc.Sequence, Columns)
_MAPS = (dict, collections.abc.Mapping)


def shape_of(annotation: Any, place: str = "", enclosing: tuple[type, ...] = ()) -> Shape:
    """The shape that an annotation describes; ``place`` is what errors call it.

    Errors: TypeError, for what has no type in SQL.
    """
    plain, marks = unwrapped(annotation)
    read = _optional if _is_union(plain) else _shape_of_plain
    shape = read(plain, place, enclosing)
    for mark in marks:
        if isinstance(mark, Type):
            shape = _typed(shape, mark, place)
        elif isinstance(mark, ValueConstraint):
            shape = replace(shape, constraints=(*shape.constraints, mark))
    return shape


def unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The annotation below ``Annotated``, and what that says of it."""
    marks: tuple[Any, ...] = ()
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            marks = (*marks, *more)
        elif hasattr(annotation, "__value__"):  # ``type X = ...``
            annotation = annotation.__value__
        else:
            return annotation, marks


def member(attribute: str, annotation: Any, default: Any, place: str, enclosing: tuple[type, ...] = ()) -> Member:
    """A parameter or field by its annotation. One that may be None can be left out."""
    shape = shape_of(annotation, place, enclosing)
    if default is None:
        shape = replace(shape, nullable=True)
    if default is Parameter.empty and shape.nullable:
        default = None
    name = sql_name(attribute)
    return Member(name, attribute, api_name_of(annotation) or pascal_case(name), shape, default)


def api_name_of(annotation: Any) -> str | None:
    """The API's name that the annotation says, also inside of ``T | None``."""
    plain, marks = unwrapped(annotation)
    inner = [mark for one in get_args(plain) for mark in unwrapped(one)[1]] if _is_union(plain) else []
    return next((mark.value for mark in (*marks, *inner) if isinstance(mark, Name)), None)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (typing.Union, types.UnionType)


def _optional(annotation: Any, place: str, enclosing: tuple[type, ...]) -> Shape:
    others = [one for one in get_args(annotation) if one is not types.NoneType]
    if len(others) != 1 or len(others) == len(get_args(annotation)):
        raise _unusable(annotation, place)
    return replace(shape_of(others[0], place, enclosing), nullable=True)


def _shape_of_plain(annotation: Any, place: str, enclosing: tuple[type, ...]) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return Document(JSON)
    if annotation in _SCALARS:
        return Scalar(_SCALARS[annotation], python=annotation)
    if origin in _LISTS and len(arguments) == 1:
        element = shape_of(arguments[0], f"{place}[]", enclosing)
        return ListOf(Array(element.type), element=element, columnar=origin is Columns)
    if origin in _MAPS and len(arguments) == 2 and unwrapped(arguments[0])[0] is str:
        key, value = shape_of(arguments[0], f"{place}.*"), shape_of(arguments[1], f"{place}.*", enclosing)
        return MapOf(Map(VARCHAR, value.type), key=key, value=value)
    if origin is Literal and all(isinstance(one, str) for one in arguments):
        return Choice(VARCHAR, values=arguments)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        values = tuple(one.value for one in annotation)
        if all(isinstance(one, str) for one in values):
            return Choice(VARCHAR, values=values, enum=annotation)
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation) and annotation not in enclosing:
        return _structure(annotation, place, (*enclosing, annotation))
    raise _unusable(annotation, place)


def _structure(kind: type, place: str, enclosing: tuple[type, ...]) -> Structure:
    hints = typing.get_type_hints(kind, include_extras=True)
    members = []
    for one in dataclasses.fields(kind):
        if not one.init:
            continue
        default = Parameter.empty if one.default is dataclasses.MISSING else one.default
        found = member(one.name, hints[one.name], default, f"{place}.{one.name}".lstrip("."), enclosing)
        if one.default_factory is not dataclasses.MISSING:
            found = replace(found, default_factory=one.default_factory)
        members.append(found)
    type_ = Row(tuple(RowField(one.name, one.shape.type) for one in members))
    return Structure(type_, python=kind, members=tuple(members))


def _typed(shape: Shape, type_: Type, place: str) -> Shape:
    """The shape with a type of its own, of those that Python's class can hold."""
    allowed: Mapping[type, Callable[[Type], bool]] = {
        str: lambda one: isinstance(one, Varchar),
        int: is_integer,
        float: lambda one: one in (REAL, DOUBLE),
        decimal.Decimal: lambda one: isinstance(one, Decimal),
        datetime: lambda one: isinstance(one, Timestamp | TimestampWithTimeZone),
    }
    if isinstance(shape, Scalar) and shape.python in allowed and allowed[shape.python](type_):
        held = replace(type_, zone="UTC") if isinstance(type_, TimestampWithTimeZone) else type_
        return replace(shape, type=held)
    text = f"{place or 'The value'} cannot be of type {type_}"
    raise TypeError(text)


def _unusable(annotation: Any, place: str) -> TypeError:
    shown = getattr(annotation, "__qualname__", None) if isinstance(annotation, type) else None
    return TypeError(f"{place or 'The value'} has no type in SQL: {shown or annotation}")
