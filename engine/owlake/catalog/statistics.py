"""Statistics of tables and partitions, in the shape of Glue's: what is known of the values of each column.

https://docs.aws.amazon.com/glue/latest/webapi/API_ColumnStatistics.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal as PythonDecimal
from typing import Any, Literal

from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    REAL,
    VARBINARY,
    Char,
    Decimal,
    Timestamp,
    Type,
    Varchar,
    is_integer,
)

StatisticsType = Literal["BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "LONG", "STRING", "BINARY"]
Bound = int | float | PythonDecimal | date


def statistics_type(type_: Type) -> StatisticsType | None:
    """Which of Glue's kinds of statistics a column of the type has; None for those that have none."""
    if is_integer(type_):
        return "LONG"
    match type_:
        case Decimal():
            return "DECIMAL"
        case Varchar() | Char():
            return "STRING"
        case Timestamp():
            return "LONG"
    simple: dict[Type, StatisticsType] = {
        BOOLEAN: "BOOLEAN", DATE: "DATE", REAL: "DOUBLE", DOUBLE: "DOUBLE", VARBINARY: "BINARY",
    }  # fmt: skip
    return simple.get(type_)


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What is known of a column's values: Glue's ColumnStatistics, with its StatisticsData of any type.

    Attributes:
        type: Which of Glue's kinds of data it is; timestamps are LONG, microseconds since 1970.
        nulls: How many values are NULL.
        distinct: How many different values there are, about. None for kinds that are not counted so.
        minimum: Of numbers, dates and timestamps, NaN apart; None where there is none.
        average_length: Of text and bytes, in bytes.
        trues: Of booleans.
    """

    column_name: str
    column_type: str
    analyzed_time: datetime
    type: StatisticsType
    nulls: int
    distinct: int | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    average_length: float | None = None
    maximum_length: int | None = None
    trues: int | None = None
    falses: int | None = None


@dataclass(frozen=True, slots=True)
class DataStatistics:
    """What is known of the rows of a partition, or of a whole table.

    Attributes:
        values: The partition's values; None for a whole table.
        rows: How many there are; None where nobody counted them.
        files: How many files there were when it was analysed, with how many ``bytes``; ``modified`` is when the last
            of them was written (ns since 1970). Where one of the three is another number now, this is stale. None where
            it was not analysed: what is known of columns was told.
    """

    values: tuple[str, ...] | None
    rows: int | None
    files: int | None
    bytes: int | None
    modified: int | None
    analyzed_time: datetime
    columns: Mapping[str, ColumnStatistics]


def told(
    known: DataStatistics | None, values: tuple[str, ...] | None, columns: Sequence[ColumnStatistics], now: datetime
) -> DataStatistics:
    """What is known once somebody told what these columns are like.

    How many rows there are follows from booleans, where the table was not analysed.
    """
    known = known or DataStatistics(values, None, None, None, None, now, {})
    rows = known.rows
    for one in columns:
        if known.files is None and one.trues is not None and one.falses is not None:
            rows = one.trues + one.falses + one.nulls
    return replace(known, rows=rows, columns={**known.columns, **{one.column_name: one for one in columns}})


def forgotten(known: DataStatistics, column: str) -> DataStatistics | None:
    """What is known without a column; None where that is nothing."""
    columns = {name: one for name, one in known.columns.items() if name != column}
    return replace(known, columns=columns) if columns or known.files is not None else None


def encode_columns(columns: Mapping[str, ColumnStatistics]) -> str:
    """As JSON text."""
    return json.dumps([_encoded(one) for one in columns.values()], separators=(",", ":"))


def decode_columns(text: str) -> dict[str, ColumnStatistics]:
    """From JSON text."""
    return {one["column_name"]: _decoded(one) for one in json.loads(text)}


def _encoded(one: ColumnStatistics) -> dict[str, Any]:
    found = {name: getattr(one, name) for name in ColumnStatistics.__slots__}
    found["analyzed_time"] = to_microseconds(one.analyzed_time)
    for name in ("minimum", "maximum"):
        value = found[name]
        found[name] = value.isoformat() if isinstance(value, date) else str(value) if value is not None else None
    return {name: value for name, value in found.items() if value is not None}


_BOUNDS: Mapping[str, Callable[[str], Bound]] = {
    "LONG": int,
    "DOUBLE": float,
    "DECIMAL": PythonDecimal,
    "DATE": date.fromisoformat,
}


def _decoded(found: dict[str, Any]) -> ColumnStatistics:
    found["analyzed_time"] = from_microseconds(found["analyzed_time"])
    for name in ("minimum", "maximum"):
        if name in found:
            found[name] = _BOUNDS[found["type"]](found[name])
    return ColumnStatistics(**found)
