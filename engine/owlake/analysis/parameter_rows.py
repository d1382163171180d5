"""Many rows of parameters as Arrow tables, each value in the type that it would be bound in alone.

Values of one column that differ in type but not in kind (a short text and a long one) come in the wider type, which
holds each of them exactly. Rows that differ in kind (a whole number here, a double there) are told apart: no value
goes through another kind on its way into a table's column.
"""

from __future__ import annotations

import decimal
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from owlake.analysis.coercions import coerce
from owlake.analysis.parameters import constant_of
from owlake.ir import expressions as ir
from owlake.types.arrow import arrow_type
from owlake.types.coercion import common_type_of
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    UNKNOWN,
    VARBINARY,
    Array,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class BoundRows:
    """Rows of parameters whose values are of one kind a column; ``table`` has a column ``p0``, ``p1``, ... for each."""

    types: tuple[Type, ...]
    table: pa.Table


@dataclass(frozen=True, slots=True)
class _OneKind:
    """A column whose values are all of one kind."""

    type: Type
    array: pa.Array

    def of(self, rows: list[int]) -> tuple[Type, pa.Array]:
        """The values of these rows, and their type."""
        everything = len(rows) == len(self.array)
        return self.type, self.array if everything else self.array.take(pa.array(rows, pa.int64()))


@dataclass(frozen=True, slots=True)
class _Kinds:
    """A column of values of several kinds; ``kinds`` holds the one of each row."""

    constants: list[ir.Expression]
    kinds: list[Hashable]

    def of(self, rows: list[int]) -> tuple[Type, pa.Array]:
        """The values of these rows, which are of one kind, and their type."""
        return _widened([self.constants[row] for row in rows])


def bound_rows(rows: Sequence[Row]) -> list[BoundRows]:
    """The rows, all of one length, in as many tables as there are combinations of kinds.

    Errors: INVALID_PARAMETER_USAGE for a value that has no SQL type.
    """
    columns = [_column(values) for values in zip(*rows, strict=True)]
    mixed = [column.kinds for column in columns if isinstance(column, _Kinds)]
    alike: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)
    for place, kinds in enumerate(zip(*mixed, strict=True) if mixed else [()] * len(rows)):
        alike[kinds].append(place)
    return [_bound([column.of(places) for column in columns]) for places in alike.values()]


def _bound(columns: list[tuple[Type, pa.Array]]) -> BoundRows:
    arrays = {f"p{index}": array for index, (_, array) in enumerate(columns)}
    return BoundRows(tuple(type_ for type_, _ in columns), pa.table(arrays))


def _column(values: Sequence[Any]) -> _OneKind | _Kinds:
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) == 1:
        whole = _AS_A_WHOLE.get(kinds.pop())
        found = whole(values) if whole is not None else None
        if found is not None:
            return found
    constants = [constant_of(value) for value in values]
    of_values = [None if constant.type == UNKNOWN else _kind(constant.type) for constant in constants]
    first = next((kind for kind in of_values if kind is not None), None)
    # NULL is of whatever kind: the first spares it a table of its own.
    of_rows = [first if kind is None else kind for kind in of_values]
    if len(set(of_rows)) == 1:
        return _OneKind(*_widened(constants))
    return _Kinds(constants, of_rows)


# Columns of one Python type --------------------------------------------------------------------------------


def _integers(values: Sequence[Any]) -> _OneKind | None:
    import pyarrow.compute as pc  # noqa: PLC0415  (it takes a while to load)

    try:
        array = pa.array(values, pa.int64())
    except OverflowError:
        return None
    low, high = (limit.as_py() for limit in pc.min_max(array).values())
    type_ = INTEGER if low >= -(2**31) and high < 2**31 else BIGINT
    return _OneKind(type_, array.cast(arrow_type(type_)))


def _texts(values: Sequence[Any]) -> _OneKind | None:
    try:
        array = pa.array(values, pa.string())
    except UnicodeEncodeError:
        return None
    return _OneKind(Varchar(max(len(value) for value in values if value is not None)), array)


def _decimals(values: Sequence[Any]) -> _OneKind | None:
    try:
        array = pa.array(values)
    except pa.ArrowInvalid:
        return None
    if not pa.types.is_decimal128(array.type) or array.type.scale < 0:
        return None
    return _OneKind(Decimal(max(array.type.precision, array.type.scale), array.type.scale), array)


def _local_times(values: Sequence[Any]) -> _OneKind | None:
    if any(value.tzinfo is not None for value in values if value is not None):
        return None
    return _OneKind(Timestamp(6), pa.array(values, pa.timestamp("us")))


def _as(type_: Type) -> Callable[[Sequence[Any]], _OneKind]:
    return lambda values: _OneKind(type_, pa.array(values, arrow_type(type_)))


_AS_A_WHOLE: dict[type, Callable[[Sequence[Any]], _OneKind | None]] = {
    bool: _as(BOOLEAN),
    int: _integers,
    float: _as(DOUBLE),
    str: _texts,
    bytes: _as(VARBINARY),
    decimal.Decimal: _decimals,
    date: _as(DATE),
    datetime: _local_times,
}
"""Exact types, not what derives from them: pandas' timestamps are datetimes, too."""


# Other columns ---------------------------------------------------------------------------------------------


def _kind(type_: Type) -> Hashable:
    """What types have in common that one of them, or one like them, holds all values of exactly."""
    match type_:
        case Varchar() | Timestamp() | Time() | TimeWithTimeZone():
            return type_.base
        case Decimal():
            return type_.base, type_.scale
        case TimestampWithTimeZone():
            return type_.base, type_.zone
        case Array():
            return type_.base, _kind(type_.element)
        case _:
            return BIGINT if type_ == INTEGER else type_


def _widened(constants: list[ir.Expression]) -> tuple[Type, pa.Array]:
    type_ = common_type_of(list({constant.type for constant in constants}))
    assert type_ is not None
    return type_, pa.array([_held(coerce(constant, type_)) for constant in constants], arrow_type(type_))


def _held(value: ir.Expression) -> Any:
    """A constant as Arrow takes it."""
    if isinstance(value, ir.MakeArray):
        return [_held(item) for item in value.items]
    assert isinstance(value, ir.Constant)
    if isinstance(value.type, TimeWithTimeZone) and value.value is not None:
        time, offset = value.value
        return {"time": time, "offset": offset}
    return value.value
