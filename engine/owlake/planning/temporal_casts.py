"""CAST from and to dates, times, timestamps and intervals."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from owlake.planning.cast_rules import Rule, arrow_cast, bounded, by_datafusion, call, kernel_rule, unchanged
from owlake.types.model import (
    DATE,
    VARCHAR,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
)

if TYPE_CHECKING:
    from owlake.functions.registry import CallSite

_TEXT = ("varchar", "char")
_READING, _WRITING, _CONVERSIONS = "temporal.reading", "temporal.writing", "temporal.conversions"
_UTC = 'Timestamp(µs, "UTC")'


def precision_of(type_: Type) -> int:
    """The digits of a second that a type has."""
    assert isinstance(type_, Time | TimeWithTimeZone | Timestamp | TimestampWithTimeZone)
    return type_.precision


# The longest texts of each type; the year has seven characters at most, a sign among them.
_DATE_LENGTH, _CLOCK_LENGTH, _OFFSET_LENGTH, _ZONE_LENGTH, _INTERVAL_LENGTH = 13, 21, 6, 33, 40
_LENGTHS = {
    "date": _DATE_LENGTH,
    "time": _CLOCK_LENGTH,
    "time with time zone": _CLOCK_LENGTH + _OFFSET_LENGTH,
    "timestamp": _DATE_LENGTH + 1 + _CLOCK_LENGTH,
    "timestamp with time zone": _DATE_LENGTH + 1 + _CLOCK_LENGTH + _ZONE_LENGTH,
    "interval day to second": _INTERVAL_LENGTH,
    "interval year to month": _INTERVAL_LENGTH,
}


def _to_text(name: str, *, precision: bool) -> Rule:
    def rule(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
        kernel = getattr(importlib.import_module(f"owlake.functions.{_WRITING}"), name)
        text = call(site, kernel, (sql, source), VARCHAR, *((precision_of(source),) if precision else ()))
        return bounded(site, text, _LENGTHS[source.base], target, safe=safe)

    return rule


_WRITERS: dict[str, Rule] = {
    "date": _to_text("date_to_text", precision=False),
    "time": _to_text("time_to_text", precision=True),
    "time with time zone": _to_text("time_with_zone_to_text", precision=True),
    "timestamp": _to_text("timestamp_to_text", precision=True),
    "timestamp with time zone": _to_text("timestamp_with_zone_to_text", precision=True),
    "interval day to second": _to_text("days_interval_to_text", precision=False),
    "interval year to month": _to_text("months_interval_to_text", precision=False),
}

_READERS: dict[str, Rule] = {
    "date": kernel_rule(_READING, "text_to_date"),
    "time": kernel_rule(_READING, "text_to_time", precision_of),
    "time with time zone": kernel_rule(_READING, "text_to_time_with_zone", precision_of),
    "timestamp": kernel_rule(_READING, "text_to_timestamp", precision_of),
}


def _text_to_zoned(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    carried = TimestampWithTimeZone(precision_of(target))
    rule = kernel_rule(_READING, "text_to_timestamp_with_zone", precision_of)
    return _zoned_to_zoned(site, rule(site, sql, source, carried, safe), carried, target, safe)


def local_sql(site: CallSite, sql: str, source: Type) -> str:
    """The local time of a timestamp with time zone, as a timestamp."""
    assert isinstance(source, TimestampWithTimeZone)
    local = Timestamp(source.precision)
    if source.zone == "UTC":
        return arrow_cast(sql, local)
    from owlake.functions.temporal.conversions import local_timestamp  # noqa: PLC0415  (numpy, on use)

    return call(site, local_timestamp, (sql, source), local)


def instant_sql(sql: str, source: Type) -> str:
    """The instant of a timestamp with time zone, in UTC."""
    assert isinstance(source, TimestampWithTimeZone)
    if source.zone is None:
        return f"get_field({sql}, 'instant')"
    return sql if source.zone == "UTC" else f"arrow_cast({sql}, '{_UTC}')"


_ROUNDED = {
    "time": kernel_rule(_CONVERSIONS, "round_time", precision_of, fails=False),
    "time with time zone": kernel_rule(_CONVERSIONS, "round_time_with_zone", precision_of, fails=False),
    "timestamp": kernel_rule(_CONVERSIONS, "round_timestamp", precision_of, fails=False),
}
_ROUND_IN_ZONE = kernel_rule(_CONVERSIONS, "round_timestamp", precision_of, fails=False)
_ROUND_ANY_ZONE = kernel_rule(_CONVERSIONS, "round_any_timestamp", precision_of, fails=False)


def _fewer_digits(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    """A value of the same type with other digits of a second, rounded half up where there are fewer."""
    if precision_of(target) >= min(precision_of(source), 6):
        return sql
    return _ROUNDED[target.base](site, sql, source, target, safe)


def _zoned_to_zoned(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    assert isinstance(source, TimestampWithTimeZone)
    assert isinstance(target, TimestampWithTimeZone)
    if precision_of(target) < min(precision_of(source), 6):
        rule = _ROUND_ANY_ZONE if source.zone is None else _ROUND_IN_ZONE
        sql = rule(site, sql, source, TimestampWithTimeZone(target.precision, source.zone), safe)
    if source.zone == target.zone:
        return sql
    if target.zone is None:
        return _with_own_zone(site, sql, source, target)
    return arrow_cast(instant_sql(sql, source), target)


def _with_own_zone(site: CallSite, sql: str, source: Type, target: Type) -> str:
    from owlake.functions.temporal.conversions import timestamp_with_own_zone  # noqa: PLC0415  (numpy, on use)

    return call(site, timestamp_with_own_zone, (sql, source), target)


def _timestamp_to_zoned(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    """Timestamps as of UTC, the zone of every session."""
    assert isinstance(target, TimestampWithTimeZone)
    fewer = Timestamp(target.precision)
    sql = _fewer_digits(site, sql, source, fewer, safe)
    if target.zone is None:
        return _with_own_zone(site, sql, fewer, target)
    return f"arrow_cast({sql}, '{_UTC}')"


def _date_to_zoned(site: CallSite, sql: str, _: Type, target: Type, safe: bool) -> str:
    midnight = Timestamp(0)
    return _timestamp_to_zoned(site, arrow_cast(sql, midnight), midnight, target, safe)


def _zoned_to_timestamp(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    local = Timestamp(precision_of(source))
    return _fewer_digits(site, local_sql(site, sql, source), local, target, safe)


def _zoned_to_date(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    return by_datafusion(site, local_sql(site, sql, source), source, target, safe)


_TIMESTAMP_TO_TIME = kernel_rule(_CONVERSIONS, "timestamp_to_time", precision_of, fails=False)
_TIME_TO_ZONED = kernel_rule(_CONVERSIONS, "time_to_time_with_zone", fails=False)
_ZONED_TO_TIME = kernel_rule(_CONVERSIONS, "time_with_zone_to_time", fails=False)


def _zoned_timestamp_to_time(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    return _TIMESTAMP_TO_TIME(site, local_sql(site, sql, source), Timestamp(precision_of(source)), target, safe)


def _time_to_zoned_time(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    fewer = Time(precision_of(target))
    return _TIME_TO_ZONED(site, _fewer_digits(site, sql, source, fewer, safe), fewer, target, safe)


def _zoned_time_to_time(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    local = Time(precision_of(source))
    return _fewer_digits(site, _ZONED_TO_TIME(site, sql, source, local, safe), local, target, safe)


def _timestamp_to_zoned_time(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    fewer = Time(precision_of(target))
    return _TIME_TO_ZONED(site, _TIMESTAMP_TO_TIME(site, sql, source, fewer, safe), fewer, target, safe)


RULES: dict[tuple[str, str], Rule] = {
    **{(base, text): rule for base, rule in _WRITERS.items() for text in _TEXT},
    **{(text, base): rule for base, rule in _READERS.items() for text in _TEXT},
    **{(text, "timestamp with time zone"): _text_to_zoned for text in _TEXT},
    **{(base, base): _fewer_digits for base in _ROUNDED},
    (DATE.base, DATE.base): unchanged,
    ("date", "timestamp"): by_datafusion,
    ("timestamp", "date"): by_datafusion,
    ("date", "timestamp with time zone"): _date_to_zoned,
    ("timestamp", "timestamp with time zone"): _timestamp_to_zoned,
    ("timestamp", "time"): _TIMESTAMP_TO_TIME,
    ("timestamp", "time with time zone"): _timestamp_to_zoned_time,
    ("timestamp with time zone", "timestamp with time zone"): _zoned_to_zoned,
    ("timestamp with time zone", "timestamp"): _zoned_to_timestamp,
    ("timestamp with time zone", "date"): _zoned_to_date,
    ("timestamp with time zone", "time"): _zoned_timestamp_to_time,
    ("timestamp with time zone", "time with time zone"): kernel_rule(
        _CONVERSIONS, "timestamp_to_time_with_zone", precision_of, fails=False
    ),
    ("time", "time with time zone"): _time_to_zoned_time,
    ("time with time zone", "time"): _zoned_time_to_time,
}
"""Rules by the base names of source and target; times become timestamps by a date that only analysis knows."""
