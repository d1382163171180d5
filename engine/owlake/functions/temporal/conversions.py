"""CAST between dates, times and timestamps, and to fewer digits of a second, whole columns at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import Booleans, Integers, from_integers, integers, presence
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.types.arrow import TIME_WITH_TIME_ZONE, TIMESTAMP_WITH_ANY_ZONE

MICROSECONDS_OF_A_MINUTE = 60_000_000


def rounded(micros: Integers, precision: int) -> Integers:
    """Microseconds rounded half up to a number of digits of a second."""
    if precision >= 6:
        return micros
    unit = 10 ** (6 - precision)
    return (micros + unit // 2) // unit * unit


def round_timestamp(timestamps: pa.Array, precision: pa.Scalar) -> pa.Array:
    """Timestamps of fewer digits; those of a known zone too."""
    values = rounded(integers(timestamps), precision.as_py())
    return from_integers(values, presence(timestamps), timestamps.type)


def round_any_timestamp(timestamps: pa.Array, precision: pa.Scalar) -> pa.Array:
    """Timestamps with zones of their own, of fewer digits."""
    zoned = ZonedColumn.of(timestamps)
    instants = rounded(zoned.instants, precision.as_py())
    return ZonedColumn(instants, zoned.zones, zoned.codes, zoned.present).array(timestamps.type)


def round_time(times: pa.Array, precision: pa.Scalar) -> pa.Array:
    """Times of fewer digits; what rounds up to midnight begins the day again."""
    values = rounded(integers(times), precision.as_py()) % MICROSECONDS_OF_A_DAY
    return from_integers(values, presence(times), pa.time64("us"))


def round_time_with_zone(times: pa.Array, precision: pa.Scalar) -> pa.Array:
    """Times with offsets, of fewer digits."""
    values = rounded(integers(times.field("time")), precision.as_py()) % MICROSECONDS_OF_A_DAY
    return times_with_offsets(values, integers(times.field("offset")), presence(times))


def timestamp_to_time(timestamps: pa.Array, precision: pa.Scalar) -> pa.Array:
    """The time of the day of timestamps."""
    values = rounded(integers(timestamps) % MICROSECONDS_OF_A_DAY, precision.as_py()) % MICROSECONDS_OF_A_DAY
    return from_integers(values, presence(timestamps), pa.time64("us"))


def local_timestamp(timestamps: pa.Array) -> pa.Array:
    """The local time of timestamps in their zones."""
    zoned = ZonedColumn.of(timestamps)
    return from_integers(zoned.local(), zoned.present, pa.timestamp("us"))


def time_with_zone_to_time(times: pa.Array) -> pa.Array:
    """Times without their offsets."""
    return from_integers(integers(times.field("time")), presence(times), pa.time64("us"))


def time_to_time_with_zone(times: pa.Array) -> pa.Array:
    """Times as of UTC."""
    values = integers(times)
    return times_with_offsets(values, np.zeros(len(values), np.int64), presence(times))


def timestamp_to_time_with_zone(timestamps: pa.Array, precision: pa.Scalar) -> pa.Array:
    """The time of the day of timestamps with zones, and its offset.

    Trino asks for the offset at the instant that the local time would be in UTC; near a change of the clocks that is
    not the offset that is in force.
    """
    zoned = ZonedColumn.of(timestamps)
    local = zoned.local()
    offsets = zoned.by_zone(lambda zone, rows: zone.offsets_at(local[rows]))
    values = rounded(local % MICROSECONDS_OF_A_DAY, precision.as_py()) % MICROSECONDS_OF_A_DAY
    return times_with_offsets(values, whole_minutes(offsets), zoned.present)


def timestamp_with_own_zone(timestamps: pa.Array) -> pa.Array:
    """Timestamps of one zone, or of none (which is UTC), with the zone beside each value."""
    zone = timestamps.type.tz or "UTC"
    return ZonedColumn.in_one(integers(timestamps), zone, presence(timestamps)).array(TIMESTAMP_WITH_ANY_ZONE)


def times_with_offsets(micros: Integers, minutes: Integers, present: Booleans | None) -> pa.Array:
    """A column of times with time zone."""
    return pa.StructArray.from_arrays(
        # NULL inside as well: the engine takes the fields of a row that is NULL as they are.
        [from_integers(micros, present, pa.time64("us")), from_integers(minutes, present, pa.int16())],
        fields=list(TIME_WITH_TIME_ZONE),
        mask=None if present is None else pa.array(~present),
    )


def whole_minutes(offsets: Integers) -> Integers:
    """Offsets in microseconds as minutes, cut off towards zero."""
    return np.sign(offsets) * (np.abs(offsets) // MICROSECONDS_OF_A_MINUTE)
