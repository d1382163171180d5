"""Arithmetic of dates, times, timestamps and intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Integers, both, expanded, from_integers, integers, length_of, presence
from owlake.functions.datetime.adding import as_dates, checked_sum, moved_days, moved_local, utc_times
from owlake.functions.datetime.family import DAYS, FAMILY, MONTHS, ZONED, ZONED_TIME, widest_precision
from owlake.functions.registry import CallSite, Execution
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.functions.temporal.conversions import times_with_offsets
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.ir.expressions import Constant
from owlake.types.model import BIGINT, DATE, Time, Timestamp, TimestampWithTimeZone, TimeWithTimeZone, Type

if TYPE_CHECKING:
    from owlake.ir.expressions import Expression

_MILLISECONDS_OF_A_DAY = 86_400_000
_INTERVAL_DIGITS = 3
"""Intervals of days to seconds have milliseconds, and so has what they are added to."""


def _type_with_milliseconds(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    """The type of the argument that is no interval, with milliseconds at least."""
    moment = next(one.type for one in arguments if one.type.base not in (DAYS, MONTHS))
    precision = widest_precision(arguments, _INTERVAL_DIGITS)
    match moment:
        case TimestampWithTimeZone():
            return TimestampWithTimeZone(precision, moment.zone)
        case Timestamp():
            return Timestamp(precision)
        case TimeWithTimeZone():
            return TimeWithTimeZone(precision)
        case _:
            return Time(precision)


def _declare_moves(type_: str, interval: str, build: Callable[[CallSite, int, int, int], str], **options: Any) -> None:
    """Declare ``moment + interval``, ``interval + moment`` and ``moment - interval``.

    ``build`` gets the places of the moment and of the interval, and the interval's sign.
    """
    for signature, moment, sign in (
        (f"$add({type_}, {interval}) -> {type_}", 0, 1),
        (f"$add({interval}, {type_}) -> {type_}", 1, 1),
        (f"$subtract({type_}, {interval}) -> {type_}", 0, -1),
    ):
        FAMILY.sql(signature, hidden=True, raises=True, **options)(_move(build, moment, sign))


def _move(build: Callable[[CallSite, int, int, int], str], moment: int, sign: int) -> Callable[[CallSite], str]:
    def implementation(site: CallSite) -> str:
        return build(site, moment, 1 - moment, sign)

    implementation.__doc__ = "Moves in time"
    return implementation


def _by_kernel(kernel: Callable[..., pa.Array]) -> Callable[[CallSite, int, int, int], str]:
    def build(site: CallSite, moment: int, interval: int, sign: int) -> str:
        arguments = [site.arguments[moment], site.arguments[interval], Constant(BIGINT, sign)]
        return site.kernel(kernel, arguments, site.type)

    return build


# Days to seconds --------------------------------------------------------------------------------------------


def _columns(moments: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar) -> tuple[pa.Array, pa.Array]:
    length = length_of((moments, intervals))
    return expanded(moments, length), expanded(intervals, length)


def _steps(intervals: pa.Array, sign: pa.Scalar, present: np.ndarray | None) -> Integers:
    values = integers(intervals) * sign.as_py()
    return values if present is None else np.where(present, values, 0)


def _move_timestamp(site: CallSite, moment: int, interval: int, sign: int) -> str:
    type_ = site.arguments[moment].type
    if isinstance(type_, TimestampWithTimeZone) and type_.zone is None:
        return _by_kernel(_move_any_zone)(site, moment, interval, sign)
    symbol = "+" if sign > 0 else "-"
    return f"({site.sql(moment)} {symbol} arrow_cast({site.sql(interval)}, 'Duration(µs)'))"


def _move_any_zone(timestamps: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar, sign: pa.Scalar) -> pa.Array:
    moments, steps = _columns(timestamps, intervals)
    zoned = ZonedColumn.of(moments)
    present = both(zoned.present, presence(steps))
    instants = checked_sum(zoned.instants, _steps(steps, sign, present), 1000)
    return ZonedColumn(instants, zoned.zones, zoned.codes, present).array(moments.type)


def _move_time(times: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar, sign: pa.Scalar) -> pa.Array:
    moments, steps = _columns(times, intervals)
    moved = _moved_times(integers(moments), steps, sign)
    return from_integers(moved, presence(moments, steps), pa.time64("us"))


def _move_zoned_time(times: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar, sign: pa.Scalar) -> pa.Array:
    moments, steps = _columns(times, intervals)
    moved = _moved_times(integers(moments.field("time")), steps, sign)
    return times_with_offsets(moved, integers(moments.field("offset")), presence(moments, steps))


def _moved_times(micros: Integers, intervals: pa.Array, sign: pa.Scalar) -> Integers:
    steps = integers(intervals) % _MILLISECONDS_OF_A_DAY * sign.as_py()
    return (micros + steps * 1000) % MICROSECONDS_OF_A_DAY


def _move_date(site: CallSite, moment: int, interval: int, sign: int) -> str:
    argument = site.arguments[interval]
    if isinstance(argument, Constant) and argument.value is not None and argument.value % _MILLISECONDS_OF_A_DAY == 0:
        days = argument.value // _MILLISECONDS_OF_A_DAY
        if abs(days) >= 2**31:
            return _by_kernel(_move_days)(site, moment, interval, sign)
        return f"({site.sql(moment)} {'+' if sign > 0 else '-'} INTERVAL '{days} days')"
    return _by_kernel(_move_days)(site, moment, interval, sign)


def _move_days(dates: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar, sign: pa.Scalar) -> pa.Array:
    """Dates moved by whole days.

    Errors: INVALID_FUNCTION_ARGUMENT for an interval with hours.
    """
    moments, steps = _columns(dates, intervals)
    present = presence(moments, steps)
    days, rest = np.divmod(_steps(steps, sign, present), _MILLISECONDS_OF_A_DAY)
    if rest.any():
        direction = "add hour, minutes or seconds to" if sign.as_py() > 0 else "subtract hour, minutes or seconds from"
        raise error("INVALID_FUNCTION_ARGUMENT", f"Cannot {direction} a date")
    return as_dates(checked_sum(integers(moments), days, 1), present)


for _type in ("timestamp(p)", ZONED):
    _declare_moves(_type, DAYS, _move_timestamp, returns=_type_with_milliseconds)
_declare_moves("time(p)", DAYS, _by_kernel(_move_time), returns=_type_with_milliseconds, execution=Execution.KERNEL)
_declare_moves(
    ZONED_TIME, DAYS, _by_kernel(_move_zoned_time), returns=_type_with_milliseconds, execution=Execution.KERNEL
)
_declare_moves("date", DAYS, _move_date)


# Years to months --------------------------------------------------------------------------------------------


def _move_by_months(site: CallSite, moment: int, interval: int, sign: int) -> str:
    """By months, to the last day of the month where the day is missing there."""
    argument = site.arguments[interval]
    type_ = site.arguments[moment].type
    in_utc = type_ == DATE or isinstance(type_, Timestamp) or getattr(type_, "zone", None) == "UTC"
    if in_utc and isinstance(argument, Constant) and argument.value is not None:
        return f"({site.sql(moment)} {'+' if sign > 0 else '-'} INTERVAL '{argument.value} months')"
    return _by_kernel(_move_months)(site, moment, interval, sign)


def _move_months(moments: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar, sign: pa.Scalar) -> pa.Array:
    columns, steps = _columns(moments, intervals)
    present = presence(columns, steps)
    months = _steps(steps, sign, present)
    if columns.type == pa.date32():
        return as_dates(moved_days(integers(columns), months, "month"), present)
    if columns.type == pa.timestamp("us"):
        return from_integers(moved_local(integers(columns), months, "month"), present, columns.type)
    zoned = ZonedColumn.of(columns)
    moved = zoned.moved_near(moved_local(zoned.local(), months, "month"))
    return ZonedColumn(moved.instants, zoned.zones, zoned.codes, present).array(columns.type)


for _type in ("date", "timestamp(p)", ZONED):
    _declare_moves(_type, MONTHS, _move_by_months)


# Differences ------------------------------------------------------------------------------------------------

FAMILY.native(
    f"$subtract(date, date) -> {DAYS}", "arrow_cast(({0} - {1}) * 86400000, 'Duration(ms)')", "Days", hidden=True
)


def _rounded_milliseconds(micros: Integers) -> Integers:
    return (micros + 500) // 1000


def _time_between(first: pa.Array | pa.Scalar, second: pa.Array | pa.Scalar) -> pa.Array:
    """``first - second``, a half of a millisecond rounded up."""
    one, other = _columns(first, second)
    values = [_micros(array) for array in (one, other)]
    return from_integers(_rounded_milliseconds(values[0] - values[1]), presence(one, other), pa.duration("ms"))


def _micros(array: pa.Array) -> Integers:
    if not pa.types.is_struct(array.type):
        return integers(array)
    return utc_times(array) if "offset" in array.type.names else ZonedColumn.of(array).instants


FAMILY.kernel(
    *(f"$subtract({one}, {one}) -> {DAYS}" for one in ("time(p)", ZONED_TIME, "timestamp(p)", ZONED)), hidden=True
)(_time_between)


# Intervals --------------------------------------------------------------------------------------------------

for _name, _symbol in (("$add", "+"), ("$subtract", "-")):
    FAMILY.native(f"{_name}({DAYS}, {DAYS}) -> {DAYS}", f"({{0}} {_symbol} {{1}})", "Intervals", hidden=True)
    FAMILY.native(
        f"{_name}({MONTHS}, {MONTHS}) -> {MONTHS}",
        f"CAST(CAST({{0}} AS BIGINT) {_symbol} CAST({{1}} AS BIGINT) AS INT)",
        "Intervals",
        hidden=True,
        raises=True,
        safe=f"TRY_CAST(CAST({{0}} AS BIGINT) {_symbol} CAST({{1}} AS BIGINT) AS INT)",
    )
FAMILY.native(
    f"$negate({DAYS}) -> {DAYS}", "arrow_cast(-arrow_cast({0}, 'Int64'), 'Duration(ms)')", "Negates", hidden=True
)
FAMILY.native(f"$negate({MONTHS}) -> {MONTHS}", "(-{0})", "Negates", hidden=True)


def _scaled(intervals: pa.Array, factors: pa.Array, *, divides: bool) -> pa.Array:
    """Intervals times or by numbers, cut off to whole milliseconds or months.

    Errors: INVALID_FUNCTION_ARGUMENT for NaN, for division by zero, and for what no interval holds.
    """
    present = presence(intervals, factors)
    numbers = np.asarray(factors.fill_null(1)).astype(np.float64)
    word = "divide" if divides else "multiply"
    wrong = np.isnan(numbers) | (numbers == 0) if divides else np.isnan(numbers)
    if wrong.any():
        value = numbers[np.flatnonzero(wrong)[0]]
        shown = "NaN" if np.isnan(value) else str(value)
        raise error("INVALID_FUNCTION_ARGUMENT", f"Cannot {word} by double {shown}")
    values = integers(intervals)
    found = np.trunc(values / numbers if divides else values * numbers)
    limit = 2.0 ** (intervals.type.bit_width - 1)
    if (np.abs(found) >= limit).any():
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", "Interval is out of range")
    return from_integers(found.astype(np.int64), present, intervals.type)


def _multiply(intervals: pa.Array | pa.Scalar, factors: pa.Array | pa.Scalar) -> pa.Array:
    return _scaled(*_columns(intervals, factors), divides=False)


def _multiply_from_left(factors: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar) -> pa.Array:
    return _multiply(intervals, factors)


def _divide(intervals: pa.Array | pa.Scalar, factors: pa.Array | pa.Scalar) -> pa.Array:
    return _scaled(*_columns(intervals, factors), divides=True)


for _type in (DAYS, MONTHS):
    FAMILY.kernel(f"$multiply({_type}, double) -> {_type}", hidden=True, raises=True)(_multiply)
    FAMILY.kernel(f"$multiply(double, {_type}) -> {_type}", hidden=True, raises=True)(_multiply_from_left)
    FAMILY.kernel(f"$divide({_type}, double) -> {_type}", hidden=True, raises=True)(_divide)


def _times(intervals: pa.Array | pa.Scalar, factors: pa.Array | pa.Scalar) -> pa.Array:
    """Intervals times whole numbers.

    Errors: NUMERIC_VALUE_OUT_OF_RANGE for what no interval holds.
    """
    one, other = _columns(intervals, factors)
    held = pa.int64() if one.type.bit_width == 64 else pa.int32()
    try:
        product = pc.multiply_checked(pa.array(integers(one)), pa.array(integers(other))).cast(held)
    except pa.ArrowInvalid as problem:
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", "Interval is out of range") from problem
    return from_integers(integers(product), presence(one, other), one.type)


def _times_from_left(factors: pa.Array | pa.Scalar, intervals: pa.Array | pa.Scalar) -> pa.Array:
    return _times(intervals, factors)


for _type in (DAYS, MONTHS):
    FAMILY.kernel(f"$multiply({_type}, bigint) -> {_type}", hidden=True, raises=True)(_times)
    FAMILY.kernel(f"$multiply(bigint, {_type}) -> {_type}", hidden=True, raises=True)(_times_from_left)
