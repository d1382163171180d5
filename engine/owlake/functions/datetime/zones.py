"""Time zones: ``AT TIME ZONE``, ``with_timezone``, the hours and minutes of offsets."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import Integers, both, expanded, from_integers, integers, length_of, presence
from owlake.functions.datetime.family import DAYS, FAMILY, ZONED, ZONED_TIME, precision_of
from owlake.functions.registry import CallSite, Execution
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.functions.temporal.conversions import MICROSECONDS_OF_A_MINUTE, times_with_offsets, whole_minutes
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.functions.temporal.zones import zone_of
from owlake.ir.expressions import Constant
from owlake.types.arrow import TIMESTAMP_WITH_ANY_ZONE
from owlake.types.model import BIGINT, TimestampWithTimeZone, Type
from owlake.types.text import InvalidTextError, normal_zone, offset_name

if TYPE_CHECKING:
    from owlake.ir.expressions import Expression

_MOST_OFFSET = 14 * 60


def zone_named(text: str) -> str:
    """The zone that a text names.

    Errors: INVALID_FUNCTION_ARGUMENT ``'Mars/Olympus' is not a valid time zone``.
    """
    try:
        return normal_zone(text)
    except InvalidTextError as problem:
        known = _names_in_small_letters().get(text.lower())
        if known is not None:
            return known
        raise error("INVALID_FUNCTION_ARGUMENT", f"'{text}' is not a valid time zone") from problem


@cache
def _names_in_small_letters() -> dict[str, str]:
    """The tz database's names: functions take them in any case, unlike literals."""
    return {name.lower(): name for name in available_timezones() - {"localtime", "Factory"}}


def zone_of_offset(minutes: int) -> str:
    """The zone of an offset in minutes.

    Errors: INVALID_FUNCTION_ARGUMENT beyond 14 hours.
    """
    if abs(minutes) > _MOST_OFFSET:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid offset minutes {minutes}")
    return offset_name(minutes)


def zoned_type(precision: int, zone: Expression) -> TimestampWithTimeZone:
    """The type of moments in the zone of an argument: known if that is a constant and a zone."""
    if not isinstance(zone, Constant) or not isinstance(zone.value, str):
        return TimestampWithTimeZone(precision)
    with suppress(OwlakeError):
        return TimestampWithTimeZone(precision, zone_named(zone.value))
    # It fails when a row asks for it.
    return TimestampWithTimeZone(precision)


def _moved_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    return zoned_type(precision_of(arguments[0].type), arguments[1])


def zones_of(texts: pa.Array) -> tuple[tuple[str, ...], np.ndarray]:
    """The zones that a column names, and which of them each row has."""
    encoded = texts.dictionary_encode()
    names = tuple(zone_named(name) for name in encoded.dictionary.to_pylist()) or ("UTC",)
    return names, np.asarray(encoded.indices.fill_null(0)).astype(np.intp)


def in_zone(instants: Integers, zones: pa.Array | pa.Scalar, present: np.ndarray | None) -> ZonedColumn:
    """Instants in the zones that a column or a constant names."""
    length = len(instants)
    if isinstance(zones, pa.Scalar) and zones.is_valid:
        return ZonedColumn.in_one(instants, zone_named(zones.as_py()), present)
    column = expanded(zones, length)
    names, codes = zones_of(column)
    return ZonedColumn(instants, names, codes, both(present, presence(column)))


def _result(zones: pa.Array | pa.Scalar) -> pa.DataType:
    """How the moments are held: see ``zoned_type``."""
    if isinstance(zones, pa.Scalar) and zones.is_valid:
        return pa.timestamp("us", zone_named(zones.as_py()))
    return TIMESTAMP_WITH_ANY_ZONE


@FAMILY.kernel(f"at_timezone({ZONED}, varchar(x)) -> {ZONED}", returns=_moved_type, raises=True)
def _at_timezone(timestamps: pa.Array | pa.Scalar, zones: pa.Array | pa.Scalar) -> pa.Array:
    """The same moment in another time zone."""
    zoned = ZonedColumn.of(expanded(timestamps, length_of((timestamps, zones))))
    return in_zone(zoned.instants, zones, zoned.present).array(_result(zones))


@FAMILY.kernel(f"with_timezone(timestamp(p), varchar(x)) -> {ZONED}", returns=_moved_type, raises=True)
def _with_timezone(timestamps: pa.Array | pa.Scalar, zones: pa.Array | pa.Scalar) -> pa.Array:
    """The moment at which it is this time in a time zone."""
    local = expanded(timestamps, length_of((timestamps, zones)))
    values = integers(local)
    column = in_zone(values, zones, presence(local))
    return column.moved_to(values).array(_result(zones))


def _any_zone(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    precision = precision_of(arguments[0].type)
    interval = arguments[1]
    if isinstance(interval, Constant) and interval.value is not None:
        with suppress(OwlakeError):
            return TimestampWithTimeZone(precision, zone_of_offset(_interval_minutes(interval.value)))
    return TimestampWithTimeZone(precision)


def _interval_minutes(milliseconds: int) -> int:
    """An interval as an offset.

    Errors: INVALID_FUNCTION_ARGUMENT for one with seconds.
    """
    if milliseconds % 60_000:
        raise error("INVALID_FUNCTION_ARGUMENT", "Invalid time zone offset interval: interval contains seconds")
    return milliseconds // 60_000


def _offset_zones(intervals: pa.Array) -> pa.Array:
    """Intervals as the names of the zones with these offsets."""
    encoded = intervals.view(pa.int64()).dictionary_encode()
    names = [zone_of_offset(_interval_minutes(value)) for value in encoded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(encoded.indices)


@FAMILY.kernel(f"at_timezone({ZONED}, {DAYS}) -> {ZONED}", returns=_any_zone, raises=True)
def _at_offset(timestamps: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar) -> pa.Array:
    """The same moment at an offset from UTC."""
    length = length_of((timestamps, intervals))
    zoned = ZonedColumn.of(expanded(timestamps, length))
    if isinstance(intervals, pa.Scalar) and intervals.is_valid:
        zone = zone_of_offset(_interval_minutes(intervals.cast(pa.int64()).as_py()))
        return ZonedColumn.in_one(zoned.instants, zone, zoned.present).array(pa.timestamp("us", zone))
    zones = _offset_zones(expanded(intervals, length))
    return in_zone(zoned.instants, zones, zoned.present).array(TIMESTAMP_WITH_ANY_ZONE)


# Times ------------------------------------------------------------------------------------------------------


def _times_at(times: pa.Array, minutes: Integers, present: np.ndarray | None) -> pa.Array:
    utc = integers(times.field("time")) - integers(times.field("offset")) * MICROSECONDS_OF_A_MINUTE
    local = (utc + minutes * MICROSECONDS_OF_A_MINUTE) % MICROSECONDS_OF_A_DAY
    return times_with_offsets(local, minutes, both(presence(times), present))


@FAMILY.kernel(f"at_timezone({ZONED_TIME}, varchar(x)) -> {ZONED_TIME}", raises=True, starts=True)
def _time_at_zone(times: pa.Array | pa.Scalar, zones: pa.Array | pa.Scalar, start: pa.Scalar) -> pa.Array:
    """The same time in another time zone, at the offset that it has when the statement begins."""
    length = length_of((times, zones))
    column = expanded(zones, length)
    names, codes = zones_of(column)
    instant = np.array([start.as_py()], np.int64)
    offsets = np.array([whole_minutes(zone_of(name).offsets_at(instant))[0] for name in names], np.int64)
    return _times_at(expanded(times, length), offsets[codes], presence(column))


@FAMILY.kernel(f"at_timezone({ZONED_TIME}, {DAYS}) -> {ZONED_TIME}", raises=True)
def _time_at_offset(times: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar) -> pa.Array:
    """The same time at another offset from UTC."""
    length = length_of((times, intervals))
    column = expanded(intervals, length)
    zones = _offset_zones(column)
    names, codes = zones_of(zones)
    offsets = np.array([zone_of(name).offsets[0] // MICROSECONDS_OF_A_MINUTE for name in names], np.int64)
    return _times_at(expanded(times, length), offsets[codes], presence(column))


# Offsets ----------------------------------------------------------------------------------------------------


def _offset_minutes(timestamps: pa.Array) -> pa.Array:
    zoned = ZonedColumn.of(timestamps)
    return from_integers(whole_minutes(zoned.offsets()), zoned.present, pa.int64())


def _minutes_sql(site: CallSite) -> str:
    if isinstance(site.arguments[0].type, TimestampWithTimeZone):
        return site.kernel(_offset_minutes, site.arguments, BIGINT)
    return f"CAST(get_field({site.sql(0)}, 'offset') AS BIGINT)"


@FAMILY.sql(
    f"timezone_hour({ZONED}) -> bigint",
    f"timezone_hour({ZONED_TIME}) -> bigint",
    bounds=(-14, 14),
    execution=Execution.KERNEL,
)
def _timezone_hour(site: CallSite) -> str:
    """Hours of the offset from UTC."""
    return f"({_minutes_sql(site)} / 60)"


@FAMILY.sql(
    f"timezone_minute({ZONED}) -> bigint",
    f"timezone_minute({ZONED_TIME}) -> bigint",
    bounds=(-59, 59),
    execution=Execution.KERNEL,
)
def _timezone_minute(site: CallSite) -> str:
    """Minutes of the offset from UTC, with its sign."""
    return f"({_minutes_sql(site)} % 60)"


@FAMILY.kernel(f"timezone({ZONED}) -> varchar")
def _timezone(timestamps: pa.Array) -> pa.Array:
    """The name of the time zone."""
    zoned = ZonedColumn.of(timestamps)
    codes = np.zeros(len(timestamps), np.intp) if zoned.codes is None else zoned.codes
    names = pa.array(zoned.zones, pa.string()).take(pa.array(codes))
    return names if zoned.present is None else pc.if_else(pa.array(zoned.present), names, pa.scalar(None, pa.string()))


@FAMILY.kernel(f"timezone({ZONED_TIME}) -> varchar")
def _timezone_of_time(times: pa.Array) -> pa.Array:
    """The offset from UTC as a time zone."""
    minutes = times.field("offset").cast(pa.int64())
    return _offset_zones(pc.multiply(minutes, 60_000).cast(pa.duration("ms")))
