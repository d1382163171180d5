"""Glue's shapes of column statistics, and the engine's (https://docs.aws.amazon.com/glue/latest/webapi/API_ColumnStatistics.html)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from owlake.spi import Bounds, ColumnStatistics, Length, catalog_model, parse_hive_type, statistics_type
from owlake_connectors.glue.catalog.errors import invalid_input
from owlake_connectors.glue.catalog.shapes import ErrorDetail, NameText

Count = Annotated[int, Bounds(0)]
DataType = Literal["BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "LONG", "STRING", "BINARY"]


@dataclass(frozen=True, slots=True)
class BooleanColumnStatisticsData:
    """Of booleans."""

    number_of_trues: Count
    number_of_falses: Count
    number_of_nulls: Count


@dataclass(frozen=True, slots=True)
class DateColumnStatisticsData:
    """Of dates."""

    number_of_nulls: Count
    number_of_distinct_values: Count
    minimum_value: datetime | None = None
    maximum_value: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecimalNumber:
    """A decimal: a whole number, in bytes as Java has them, and how many of its digits are behind the point."""

    unscaled_value: bytes
    scale: int


@dataclass(frozen=True, slots=True)
class DecimalColumnStatisticsData:
    """Of decimals."""

    number_of_nulls: Count
    number_of_distinct_values: Count
    minimum_value: DecimalNumber | None = None
    maximum_value: DecimalNumber | None = None


@dataclass(frozen=True, slots=True)
class DoubleColumnStatisticsData:
    """Of double and float."""

    number_of_nulls: Count
    number_of_distinct_values: Count
    minimum_value: float | None = None
    maximum_value: float | None = None


@dataclass(frozen=True, slots=True)
class LongColumnStatisticsData:
    """Of whole numbers, and of timestamps in microseconds since 1970."""

    number_of_nulls: Count
    number_of_distinct_values: Count
    minimum_value: int | None = None
    maximum_value: int | None = None


@dataclass(frozen=True, slots=True)
class StringColumnStatisticsData:
    """Of text, in bytes."""

    maximum_length: Count
    average_length: float
    number_of_nulls: Count
    number_of_distinct_values: Count


@dataclass(frozen=True, slots=True)
class BinaryColumnStatisticsData:
    """Of bytes."""

    maximum_length: Count
    average_length: float
    number_of_nulls: Count


@dataclass(frozen=True, slots=True)
class ColumnStatisticsData:
    """What is known of values, by their type."""

    type: DataType
    boolean_column_statistics_data: BooleanColumnStatisticsData | None = None
    date_column_statistics_data: DateColumnStatisticsData | None = None
    decimal_column_statistics_data: DecimalColumnStatisticsData | None = None
    double_column_statistics_data: DoubleColumnStatisticsData | None = None
    long_column_statistics_data: LongColumnStatisticsData | None = None
    string_column_statistics_data: StringColumnStatisticsData | None = None
    binary_column_statistics_data: BinaryColumnStatisticsData | None = None


@dataclass(frozen=True, slots=True)
class ColumnStatisticsShape:
    """What is known of a column."""

    column_name: NameText
    column_type: Annotated[str, Length(0, 20_000)]
    analyzed_time: datetime
    statistics_data: ColumnStatisticsData


@dataclass(frozen=True, slots=True)
class ColumnError:
    """Why nothing is said of a column."""

    column_name: NameText | None = None
    error: ErrorDetail | None = None


@dataclass(frozen=True, slots=True)
class ColumnStatisticsError:
    """Why what was said of a column is not kept."""

    column_statistics: ColumnStatisticsShape | None = None
    error: ErrorDetail | None = None


def statistics_shape(known: ColumnStatistics) -> ColumnStatisticsShape:
    """Statistics as Glue shows them."""
    data = _DATA[known.type](known)
    member = f"{known.type.lower()}_column_statistics_data"
    found = ColumnStatisticsData(known.type, **{member: data})
    return ColumnStatisticsShape(known.column_name, known.column_type, known.analyzed_time, found)


def statistics_of(given: ColumnStatisticsShape, table: catalog_model.Table) -> ColumnStatistics:
    """Statistics of a table's column. Errors: InvalidInputException for what cannot be known of it."""
    name, data = given.column_name.lower(), given.statistics_data
    column = next((one for one in table.columns if one.name == name), None)
    if column is None:
        raise invalid_input(f"Column {given.column_name} is not a column of table {table.name}")
    expected = statistics_type(parse_hive_type(column.type))
    if data.type != expected:
        what = f"statistics of type {expected}" if expected else "no statistics"
        raise invalid_input(f"Column {name} of type {column.type} has {what}, not of type {data.type}")
    found = getattr(data, f"{data.type.lower()}_column_statistics_data")
    if found is None:
        raise invalid_input(f"StatisticsData of type {data.type} must have {data.type.title()}ColumnStatisticsData")
    return ColumnStatistics(name, column.type, given.analyzed_time, data.type, **_told(found))


def _told(data: Any) -> dict[str, Any]:
    """The engine's attributes of Glue's data."""
    found: dict[str, Any] = {"nulls": data.number_of_nulls}
    for attribute, name in (
        ("distinct", "number_of_distinct_values"),
        ("average_length", "average_length"),
        ("maximum_length", "maximum_length"),
        ("trues", "number_of_trues"),
        ("falses", "number_of_falses"),
        ("minimum", "minimum_value"),
        ("maximum", "maximum_value"),
    ):
        value = getattr(data, name, None)
        if isinstance(value, datetime):
            value = value.astimezone(UTC).date()
        found[attribute] = _number(value) if isinstance(value, DecimalNumber) else value
    return found


def _double(bound: Any) -> float | None:
    return float(bound) if isinstance(bound, int | float) else None


def _whole(bound: Any) -> int | None:
    return bound if isinstance(bound, int) else None


def _moment(day: Any) -> datetime | None:
    return datetime.combine(day, time(), UTC) if isinstance(day, date) else None


def _decimal(number: Any) -> DecimalNumber | None:
    if not isinstance(number, Decimal):
        return None
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    scale = -exponent
    if scale < 0:
        whole, scale = whole * 10**-scale, 0
    length = (whole if whole >= 0 else ~whole).bit_length() // 8 + 1
    return DecimalNumber(whole.to_bytes(length, "big", signed=True), scale)


def _number(found: DecimalNumber) -> Decimal:
    return Decimal(int.from_bytes(found.unscaled_value, "big", signed=True)).scaleb(-found.scale)


def _counts(known: ColumnStatistics) -> tuple[int, int]:
    return known.nulls, known.distinct or 0


_DATA: Mapping[str, Callable[[ColumnStatistics], Any]] = {
    "BOOLEAN": lambda known: BooleanColumnStatisticsData(known.trues or 0, known.falses or 0, known.nulls),
    "DATE": lambda known: DateColumnStatisticsData(*_counts(known), _moment(known.minimum), _moment(known.maximum)),
    "DECIMAL": lambda known: DecimalColumnStatisticsData(
        *_counts(known), _decimal(known.minimum), _decimal(known.maximum)
    ),
    "DOUBLE": lambda known: DoubleColumnStatisticsData(*_counts(known), _double(known.minimum), _double(known.maximum)),
    "LONG": lambda known: LongColumnStatisticsData(*_counts(known), _whole(known.minimum), _whole(known.maximum)),
    "STRING": lambda known: StringColumnStatisticsData(
        known.maximum_length or 0, known.average_length or 0.0, *_counts(known)
    ),
    "BINARY": lambda known: BinaryColumnStatisticsData(
        known.maximum_length or 0, known.average_length or 0.0, known.nulls
    ),
}
