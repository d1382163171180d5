"""Arrow columns as Python values: what cursors give.

| Trino | Python |
| --- | --- |
| boolean, integers, real and double, decimal | bool, int, float, Decimal |
| varchar and char, varbinary | str, bytes |
| date, time, timestamp | date, time, datetime; text where the year is outside 1 to 9999 |
| time and timestamp with time zone | aware time and datetime |
| interval day to second, year to month | timedelta (text beyond 999,999,999 days), text (``1-2``) |
| array, map, row | list, dict, dict (tuple where fields have no names or share one) |
| json, uuid, ipaddress, color | text, UUID, text, text |
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from owlake.types.arrow import counted, field_names
from owlake.types.model import (
    COLOR,
    DATE,
    INTERVAL_DAY_TO_SECOND,
    INTERVAL_YEAR_TO_MONTH,
    IPADDRESS,
    UUID,
    Array,
    Char,
    Map,
    Row,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
)
from owlake.types.text import FIRST_MICROSECOND, LAST_MICROSECOND, offset_of_instant

Convert = Callable[[Any], Any]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of local times)


def python_values(column: pa.Array, type_: Type) -> list[Any]:
    """The column's values; None is NULL."""
    if isinstance(type_, Timestamp) or type_ == DATE:
        return _moments(column, type_)
    if isinstance(type_, TimestampWithTimeZone):
        return _zoned(column, type_)
    if type_ == INTERVAL_DAY_TO_SECOND:
        return _intervals(column)
    convert = _converter(type_)
    try:
        values: list[Any] = column.to_pylist()
    except OverflowError:
        # A year or an interval in there that Python does not have.
        values = column.cast(counted(column.type)).to_pylist()
        convert = _converter(type_, of_counts=True)
    return values if convert is None else [None if value is None else convert(value) for value in values]


def _intervals(column: pa.Array) -> list[Any]:
    """Intervals, as text where Python's end."""
    try:
        values: list[Any] = column.to_pylist()
    except OverflowError:
        from owlake.types.rendering import day_to_second_text  # noqa: PLC0415  (rare)

        counts = column.cast(pa.int64()).to_pylist()
        return [None if value is None else day_to_second_text(value) for value in counts]
    return values


def _interval(value: int) -> timedelta | str:
    try:
        return timedelta(milliseconds=value)
    except OverflowError:
        from owlake.types.rendering import day_to_second_text  # noqa: PLC0415  (rare)

        return day_to_second_text(value)


def _moments(column: pa.Array, type_: Type) -> list[Any]:
    """Dates and timestamps, as text where Python's years end."""
    whole = column.cast(pa.int32() if type_ == DATE else pa.int64())
    import pyarrow.compute as pc  # noqa: PLC0415  (on use: it takes a while, and few results have such values)

    low, high = pc.min_max(whole).values()
    unit = 86_400_000_000 if type_ == DATE else 1
    if low.as_py() is None or (low.as_py() * unit >= FIRST_MICROSECOND and high.as_py() * unit <= LAST_MICROSECOND):
        values: list[Any] = column.to_pylist()
        return values
    return [None if value is None else moment(value, type_) for value in whole.to_pylist()]


def moment(value: int, type_: Type) -> date | datetime | str:
    """A date or timestamp by its count of days or microseconds."""
    microseconds = value * 86_400_000_000 if type_ == DATE else value
    if FIRST_MICROSECOND <= microseconds <= LAST_MICROSECOND:
        local = _EPOCH + timedelta(microseconds=microseconds)
        return local.date() if type_ == DATE else local
    from owlake.types.text import far_date_text, far_timestamp_text  # noqa: PLC0415  (rare)

    return far_date_text(value) if type_ == DATE else far_timestamp_text(value, getattr(type_, "precision", 3))


def _zoned(column: pa.Array, type_: TimestampWithTimeZone) -> list[Any]:
    if type_.zone is None:
        instants = column.field("instant").cast(pa.int64()).to_pylist()
        zones = column.field("zone").to_pylist()
        present = column.is_valid().to_pylist()
        return [
            _aware(instant, zone, type_.precision) if there else None
            for instant, zone, there in zip(instants, zones, present, strict=True)
        ]
    zone, precision = type_.zone, type_.precision
    return [None if value is None else _aware(value, zone, precision) for value in column.cast(pa.int64()).to_pylist()]


def _aware(instant: int, zone: str, precision: int) -> datetime | str:
    if not FIRST_MICROSECOND <= instant <= LAST_MICROSECOND:
        from owlake.types.text import far_timestamp_text  # noqa: PLC0415  (rare)

        return f"{far_timestamp_text(instant + offset_of_instant(zone, instant), precision)} {zone}"
    utc = (_EPOCH + timedelta(microseconds=instant)).replace(tzinfo=_zone_info("UTC"))
    return utc.astimezone(_zone_info(zone))


@lru_cache(maxsize=1000)
def _zone_info(zone: str) -> tzinfo:
    if zone[:1] in "+-":
        return timezone(timedelta(microseconds=offset_of_instant(zone, 0)))
    return ZoneInfo(zone)


def _converter(type_: Type, *, of_counts: bool = False) -> Convert | None:
    """What turns pyarrow's value into ours; None where they are the same.

    ``of_counts``: dates, timestamps and intervals come as the numbers that Arrow holds.
    """
    match type_:
        case Char():
            return lambda value: value.ljust(type_.length)
        case TimeWithTimeZone():
            return lambda value: value["time"].replace(tzinfo=timezone(timedelta(minutes=value["offset"])))
        case Array():
            return _list(_converter(type_.element, of_counts=of_counts))
        case Map():
            return _dict(_converter(type_.key, of_counts=of_counts), _converter(type_.value, of_counts=of_counts))
        case Row():
            return _row(type_, of_counts=of_counts)
        case TimestampWithTimeZone() if type_.zone is None and not of_counts:
            return lambda value: value["instant"].astimezone(_zone_info(value["zone"]))
        case _ if of_counts:
            return _converter_of_counts(type_)
        case _:
            return _PRIMITIVES.get(type_)


def _converter_of_counts(type_: Type) -> Convert | None:
    match type_:
        case TimestampWithTimeZone():
            zone, precision = type_.zone, type_.precision
            if zone is None:
                return lambda value: _aware(value["instant"], value["zone"], precision)
            return lambda value: _aware(value, zone, precision)
        case Timestamp():
            return lambda value: moment(value, type_)
        case _ if type_ == DATE:
            return lambda value: moment(value, DATE)
        case _ if type_ == INTERVAL_DAY_TO_SECOND:
            return _interval
        case _:
            return _PRIMITIVES.get(type_)


def _list(element: Convert | None) -> Convert | None:
    if element is None:
        return None
    return lambda values: [None if value is None else element(value) for value in values]


def _dict(key: Convert | None, value: Convert | None) -> Convert:
    def convert(items: list[tuple[Any, Any]]) -> Any:
        pairs = [
            (one if key is None else key(one), other if value is None or other is None else value(other))
            for one, other in items
        ]
        try:
            return dict(pairs)
        except TypeError:
            # Arrays and rows are keys in Trino, but cannot be in Python.
            return pairs

    return convert


def _row(row: Row, *, of_counts: bool) -> Convert:
    names = field_names(row)
    converters = [_converter(field.type, of_counts=of_counts) for field in row.fields]
    fields = list(zip(names, converters, strict=True))
    is_named = names == tuple(field.name for field in row.fields)

    def convert(value: dict[str, Any]) -> Any:
        parts = [
            (name, value[name] if one is None or value[name] is None else one(value[name])) for name, one in fields
        ]
        return dict(parts) if is_named else tuple(part for _, part in parts)

    return convert


def _address(value: bytes) -> str:
    from owlake.types.rendering import ip_text  # noqa: PLC0415  (rare)

    return ip_text(value)


def _color(value: int) -> str:
    from owlake.types.rendering import color_text  # noqa: PLC0415  (rare)

    return color_text(value)


def _uuid(value: str) -> Any:
    import uuid  # noqa: PLC0415  (only UUIDs need it)

    return uuid.UUID(value)


def _months(value: int) -> str:
    from owlake.types.rendering import year_to_month_text  # noqa: PLC0415  (rare)

    return year_to_month_text(value)


_PRIMITIVES: dict[Type, Convert] = {UUID: _uuid, IPADDRESS: _address, COLOR: _color, INTERVAL_YEAR_TO_MONTH: _months}
