"""Seconds and nanoseconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import Integers, expanded, from_integers, integers, length_of, presence
from owlake.functions.datetime.family import FAMILY, ZONED
from owlake.functions.datetime.zones import in_zone, zone_of_offset, zoned_type
from owlake.functions.registry import CallSite
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.ir.expressions import Constant
from owlake.types.arrow import TIMESTAMP_WITH_ANY_ZONE
from owlake.types.model import Decimal, TimestampWithTimeZone, Type
from owlake.types.text import PACKED_MICROSECONDS

if TYPE_CHECKING:
    from owlake.ir.expressions import Expression


def _instants(seconds: pa.Array) -> Integers:
    """Microseconds of seconds, rounded to milliseconds as Java rounds: a half up.

    Errors: INVALID_FUNCTION_ARGUMENT for what no timestamp can hold.
    """
    numbers = np.asarray(seconds.fill_null(0)) * 1000.0
    floor = np.floor(numbers)
    with np.errstate(invalid="ignore"):
        rounded = floor + (numbers - floor >= 0.5)
    limit = PACKED_MICROSECONDS // 1000
    if not (rounded.max(initial=0) < limit and rounded.min(initial=0) > -limit):
        _refuse_overflow(rounded)
        rounded[np.isnan(rounded)] = 0
    return rounded.astype(np.int64) * 1000


def _refuse_overflow(milliseconds: npt.NDArray[np.float64]) -> None:
    wrong = np.flatnonzero(np.abs(milliseconds) >= PACKED_MICROSECONDS // 1000)
    if len(wrong):
        value = min(max(float(milliseconds[wrong[0]]), -(2.0**63)), 2.0**63)
        raise error("INVALID_FUNCTION_ARGUMENT", f"Millis overflow: {min(int(value), 2**63 - 1)}")


def _in_utc(_: tuple[Expression, ...], __: Mapping[str, object]) -> Type:
    return TimestampWithTimeZone(3, "UTC")


@FAMILY.kernel("from_unixtime(double) -> timestamp(3) with time zone", returns=_in_utc, raises=True)
def _from_unixtime(seconds: pa.Array) -> pa.Array:
    """The moment so many seconds after 1970 began."""
    return from_integers(_instants(seconds), presence(seconds), pa.timestamp("us", "UTC"))


def _in_named_zone(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    return zoned_type(3, arguments[1])


@FAMILY.kernel("from_unixtime(double, varchar(x)) -> timestamp(3) with time zone", returns=_in_named_zone, raises=True)
def _from_unixtime_in_zone(seconds: pa.Array | pa.Scalar, zones: pa.Array | pa.Scalar) -> pa.Array:
    """The moment so many seconds after 1970 began, in a time zone."""
    column = expanded(seconds, length_of((seconds, zones)))
    zoned = in_zone(_instants(column), zones, presence(column))
    known = isinstance(zones, pa.Scalar) and zones.is_valid
    return zoned.array(pa.timestamp("us", zoned.zones[0]) if known else TIMESTAMP_WITH_ANY_ZONE)


def _at_offset(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    hours, minutes = arguments[1:]
    if isinstance(hours, Constant) and isinstance(minutes, Constant) and None not in (hours.value, minutes.value):
        with suppress(OwlakeError):
            # Else it fails when a row asks for it.
            return TimestampWithTimeZone(3, zone_of_offset(hours.value * 60 + minutes.value))
    return TimestampWithTimeZone(3)


@FAMILY.kernel("from_unixtime(double, bigint, bigint) -> timestamp(3) with time zone", returns=_at_offset, raises=True)
def _from_unixtime_at_offset(
    seconds: pa.Array | pa.Scalar, hours: pa.Array | pa.Scalar, minutes: pa.Array | pa.Scalar
) -> pa.Array:
    """The moment so many seconds after 1970 began, at an offset from UTC."""
    length = length_of((seconds, hours, minutes))
    known = all(isinstance(one, pa.Scalar) and one.is_valid for one in (hours, minutes))
    if known and seconds.null_count < length:
        zone = zone_of_offset(hours.as_py() * 60 + minutes.as_py())
        zoned = ZonedColumn(_instants(seconds), (zone,), np.zeros(length, np.intp), presence(seconds))
        return zoned.array(pa.timestamp("us", zone))
    columns = [expanded(one, length) for one in (seconds, hours, minutes)]
    present = presence(*columns)
    offsets = integers(columns[1]) * 60 + integers(columns[2])
    if present is not None:
        offsets = np.where(present, offsets, 0)
    if len(offsets) and (offsets == offsets[0]).all():
        found, codes = offsets[:1], np.zeros(len(offsets), np.intp)
    else:
        found, codes = np.unique(offsets, return_inverse=True)
    zones = tuple(zone_of_offset(int(offset)) for offset in found) or ("UTC",)
    zoned = ZonedColumn(_instants(columns[0]), zones, codes, present)
    return zoned.array(pa.timestamp("us", zones[0]) if known else TIMESTAMP_WITH_ANY_ZONE)


FAMILY.native(
    "to_unixtime(timestamp(p)) -> double", "(CAST(arrow_cast({0}, 'Int64') AS DOUBLE) / 1e6)", "Seconds since 1970"
)


@FAMILY.sql(f"to_unixtime({ZONED}) -> double")
def _to_unixtime(site: CallSite) -> str:
    """Seconds since 1970."""
    type_ = site.arguments[0].type
    assert isinstance(type_, TimestampWithTimeZone)
    instant = f"get_field({site.sql(0)}, 'instant')" if type_.zone is None else site.sql(0)
    return f"(CAST(arrow_cast({instant}, 'Int64') AS DOUBLE) / 1e6)"


def _nanoseconds_in_utc(_: tuple[Expression, ...], __: Mapping[str, object]) -> Type:
    return TimestampWithTimeZone(9, "UTC")


@FAMILY.kernel("from_unixtime_nanos(bigint) -> timestamp(9) with time zone", returns=_nanoseconds_in_utc)
def _from_unixtime_nanos(nanoseconds: pa.Array) -> pa.Array:
    """The moment so many nanoseconds after 1970 began."""
    return from_integers(integers(nanoseconds) // 1000, presence(nanoseconds), pa.timestamp("us", "UTC"))


@FAMILY.sql(
    "from_unixtime_nanos(decimal(p,s)) -> timestamp(9) with time zone", returns=_nanoseconds_in_utc, raises=True
)
def _from_decimal_nanos(site: CallSite) -> str:
    """The moment so many nanoseconds after 1970 began, fractions rounded."""
    whole = Decimal(38, 0)
    rounded = site.cast(site.sql(0), site.arguments[0].type, whole)
    return site.kernel(_decimal_nanoseconds, [(rounded, whole)], site.type)


def _fits_bigint(values: pa.Array) -> bool:
    extremes = pc.min_max(values)
    low, high = extremes["min"].as_py(), extremes["max"].as_py()
    return low is None or (low >= -(2**63) and high < 2**63)


def _decimal_nanoseconds(values: pa.Array) -> pa.Array:
    if len(values) and not _fits_bigint(values):
        raise error("INVALID_FUNCTION_ARGUMENT", "long overflow")
    thousandths = pa.Array.from_buffers(pa.decimal128(38, 3), len(values), values.buffers(), offset=values.offset)
    return pc.floor(thousandths).cast(pa.int64()).cast(pa.timestamp("us", "UTC"))
