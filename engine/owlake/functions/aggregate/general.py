"""Counts, sums, means, extremes, and what takes some value of many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.aggregate import frames
from owlake.functions.aggregate.family import FAMILY
from owlake.functions.registry import AggregateCallSite, Collected
from owlake.ir.expressions import Cast, Expression
from owlake.types.arrow import TIMESTAMP_WITH_ANY_ZONE, arrow_type
from owlake.types.comparison import is_orderable
from owlake.types.model import (
    BIGINT,
    DOUBLE,
    INTEGER,
    INTERVAL_DAY_TO_SECOND,
    REAL,
    SMALLINT,
    TINYINT,
    Decimal,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
)

# Counts -------------------------------------------------------------------------------------------------


@FAMILY.aggregate("count() -> bigint", collected=Collected(frames.count_rows, (), nulls=True))
def _count_rows(site: AggregateCallSite) -> str:
    """Counts the rows."""
    return site.aggregate("count", "*", distinct=False)


@FAMILY.aggregate("count(T) -> bigint", collected=Collected(frames.count, (0,)))
def _count(site: AggregateCallSite) -> str:
    """Counts the values that are not NULL."""
    return site.aggregate("count", site.sql(0))


@FAMILY.aggregate("count_if(boolean) -> bigint", marks_distinct=True, collected=Collected(frames.count_true, (0,)))
def _count_if(site: AggregateCallSite) -> str:
    """Counts the values that are true."""
    return site.aggregate("count", "*", where=site.sql(0), distinct=False)


# Sums ---------------------------------------------------------------------------------------------------


@FAMILY.aggregate("sum(bigint) -> bigint", raises=True, collected=Collected(frames.sum_of, (0,)))
def _sum_integers(site: AggregateCallSite) -> str:
    """The sum; leaving the type is an error."""
    source = site.arguments[0]
    narrow = source.value.type if isinstance(source, Cast) else None
    if narrow in (TINYINT, SMALLINT, INTEGER):
        # Four thousand million rows of the widest integers still fit a bigint.
        return site.aggregate("sum", site.sql(0))
    wide = site.aggregate("sum", f"CAST({site.sql(0)} AS DECIMAL(28,0))")
    return f"CAST({wide} AS BIGINT)"


@FAMILY.aggregate("sum(double) -> double", collected=Collected(frames.sum_of, (0,)))
def _sum_doubles(site: AggregateCallSite) -> str:
    """The sum."""
    return site.aggregate("sum", site.sql(0))


@FAMILY.aggregate("sum(real) -> real", collected=Collected(frames.sum_of, (0,)))
def _sum_reals(site: AggregateCallSite) -> str:
    """The sum, computed as a double."""
    return f"CAST({site.aggregate('sum', f'CAST({site.sql(0)} AS DOUBLE)')} AS REAL)"


def _sum_decimal_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    type_ = arguments[0].type
    assert isinstance(type_, Decimal)
    return Decimal(38, type_.scale)


@FAMILY.aggregate(
    "sum(decimal(p,s)) -> decimal(38,0)",
    returns=_sum_decimal_type,
    raises=True,
    collected=Collected(frames.sum_of, (0,)),
)
def _sum_decimals(site: AggregateCallSite) -> str:
    """The sum, as precise as a decimal can be; leaving 38 digits is an error."""
    type_ = site.arguments[0].type
    assert isinstance(type_, Decimal)
    if type_.precision <= Decimal.MAX_PRECISION - 10:
        return f"CAST({site.aggregate('sum', site.sql(0))} AS DECIMAL(38,{type_.scale}))"
    wide = site.aggregate("sum", f"arrow_cast({site.sql(0)}, 'Decimal256(60, {type_.scale})')")
    return f"CAST({wide} AS DECIMAL(38,{type_.scale}))"


@FAMILY.aggregate("$bounded_sum(bigint) -> bigint", hidden=True)
@FAMILY.aggregate("$bounded_sum(decimal(p,s)) -> decimal(38,0)", returns=_sum_decimal_type, hidden=True)
def _bounded_sum(site: AggregateCallSite) -> str:
    """The sum of numbers that are known to be too small for it to leave its type."""
    total = site.aggregate("sum", site.sql(0))
    return f"CAST({total} AS DECIMAL(38,{site.type.scale}))" if isinstance(site.type, Decimal) else total


@FAMILY.aggregate(
    "sum(interval day to second) -> interval day to second",
    "sum(interval year to month) -> interval year to month",
    raises=True,
    collected=Collected(frames.sum_of, (0,)),
)
def _sum_intervals(site: AggregateCallSite) -> str:
    """The sum."""
    total = site.aggregate("sum", f"arrow_cast({site.sql(0)}, 'Int64')")
    return _interval(site.type, total)


def _interval(type_: Type, sql: str) -> str:
    return f"arrow_cast({sql}, 'Duration(ms)')" if type_ == INTERVAL_DAY_TO_SECOND else f"CAST({sql} AS INT)"


# Means --------------------------------------------------------------------------------------------------


@FAMILY.aggregate("avg(bigint) -> double", "avg(double) -> double", collected=Collected(frames.mean, (0,)))
def _avg(site: AggregateCallSite) -> str:
    """The arithmetic mean."""
    return site.aggregate("avg", f"CAST({site.sql(0)} AS DOUBLE)")


@FAMILY.aggregate("avg(real) -> real", collected=Collected(frames.mean, (0,)))
def _avg_reals(site: AggregateCallSite) -> str:
    """The arithmetic mean, computed as a double."""
    return f"CAST({site.aggregate('avg', f'CAST({site.sql(0)} AS DOUBLE)')} AS REAL)"


@FAMILY.aggregate("avg(decimal(p,s)) -> decimal(p,s)", collected=Collected(frames.mean, (0,)))
def _avg_decimals(site: AggregateCallSite) -> str:
    """The arithmetic mean, rounded half up to the scale of the values."""
    assert isinstance(site.type, Decimal)
    precision, scale = site.type.precision, site.type.scale
    value = site.sql(0)
    if precision > Decimal.MAX_PRECISION - 14:
        value = f"arrow_cast({value}, 'Decimal256(60, {scale})')"
    return f"CAST({site.aggregate('avg', value)} AS DECIMAL({precision},{scale}))"


@FAMILY.aggregate("$bounded_avg(decimal(p,s)) -> decimal(p,s)", hidden=True)
def _bounded_avg(site: AggregateCallSite) -> str:
    """The mean of numbers that are known to be too small for their sum to leave its type."""
    assert isinstance(site.type, Decimal)
    return f"CAST({site.aggregate('avg', site.sql(0))} AS DECIMAL({site.type.precision},{site.type.scale}))"


@FAMILY.aggregate(
    "avg(interval day to second) -> interval day to second",
    "avg(interval year to month) -> interval year to month",
    collected=Collected(frames.mean, (0,)),
)
def _avg_intervals(site: AggregateCallSite) -> str:
    """The arithmetic mean, rounded to the interval's unit."""
    mean = site.aggregate("avg", f"CAST(arrow_cast({site.sql(0)}, 'Int64') AS DOUBLE)")
    return _interval(site.type, f"CAST(round({mean}) AS BIGINT)")


# Extremes -----------------------------------------------------------------------------------------------


@FAMILY.aggregate("max(T:orderable) -> T", collected=Collected(frames.greatest, (0,)))
def _max(site: AggregateCallSite) -> str:
    """The greatest value; NaN only where there is nothing else."""
    return _extreme(site, "max")


@FAMILY.aggregate("min(T:orderable) -> T", collected=Collected(frames.least, (0,)))
def _min(site: AggregateCallSite) -> str:
    """The least value; NaN only where there is nothing else."""
    return _extreme(site, "min")


def _extreme(site: AggregateCallSite, name: str) -> str:
    """The native aggregate where the type's order is that of how Arrow holds it."""
    value = site.sql(0)
    if site.type in (DOUBLE, REAL):
        numbers = site.aggregate(name, value, where=f"NOT isnan({value})", distinct=False)
        return f"coalesce({numbers}, {site.aggregate(name, value, distinct=False)})"
    held = arrow_type(site.type)
    if not pa.types.is_nested(held):
        return site.aggregate(name, site.sql(0), distinct=False)
    kernel = frames.greatest if name == "max" else frames.least
    if site.over or not isinstance(site.type, TimestampWithTimeZone | TimeWithTimeZone):
        return site.collected(kernel, [(site.sql(0), site.type)], where=f"{site.sql(0)} IS NOT NULL")
    direction = "DESC" if name == "max" else "ASC"
    key = f"get_field({site.sql(0)}, 'instant')" if held == TIMESTAMP_WITH_ANY_ZONE else _utc_of_day(site.sql(0))
    return site.first(site.sql(0), f"{key} {direction}", f"{site.sql(0)} IS NOT NULL")


def _utc_of_day(sql: str) -> str:
    return f"(arrow_cast(get_field({sql}, 'time'), 'Int64') - get_field({sql}, 'offset') * 60000000)"


# Logic --------------------------------------------------------------------------------------------------


def _logical(names: tuple[str, ...], extreme: str, description: str, kernel: Any) -> None:
    def implementation(site: AggregateCallSite) -> str:
        # The least of booleans is their conjunction, and unlike it can let go of rows that leave a frame.
        if site.slides:
            number = site.aggregate(extreme, f"CAST({site.sql(0)} AS INT)", distinct=False)
            return f"CAST({number} AS BOOLEAN)"
        return site.aggregate("bool_and" if extreme == "min" else "bool_or", site.sql(0), distinct=False)

    implementation.__doc__ = description
    signatures = (f"{name}(boolean) -> boolean" for name in names)
    FAMILY.aggregate(*signatures, collected=Collected(kernel, (0,)))(implementation)


_logical(("bool_and", "every"), "min", "Whether every value is true", frames.least)
_logical(("bool_or",), "max", "Whether any value is true", frames.greatest)


def _bitwise(name: str, native: str, description: str, kernel: Any) -> None:
    def implementation(site: AggregateCallSite) -> str:
        if site.slides and native != "bit_xor":
            return site.collected(kernel, [(site.sql(0), BIGINT)], where=f"{site.sql(0)} IS NOT NULL")
        return site.aggregate(native, site.sql(0), distinct=native == "bit_xor")

    implementation.__doc__ = description
    FAMILY.aggregate(f"{name}(bigint) -> bigint", collected=Collected(kernel, (0,)))(implementation)


_bitwise("bitwise_and_agg", "bit_and", "The bits that all values have", frames.all_bits)
_bitwise("bitwise_or_agg", "bit_or", "The bits that any value has", frames.any_bits)
_bitwise("bitwise_xor_agg", "bit_xor", "The bits that an odd number of values has", frames.odd_bits)


# Some value, all values ---------------------------------------------------------------------------------


@FAMILY.aggregate("any_value(T) -> T", "arbitrary(T) -> T", collected=Collected(frames.first, (0,)))
def _any_value(site: AggregateCallSite) -> str:
    """Some value that is not NULL, if there is one: the first in the call's order."""
    value = site.sql(0)
    if site.slides:
        if is_orderable(site.type) and not pa.types.is_nested(arrow_type(site.type)):
            return site.aggregate("min", value, distinct=False)
        return site.collected(frames.first, [(value, site.type)], where=f"{value} IS NOT NULL")
    if site.order_by:
        return site.first(value, where=f"{value} IS NOT NULL")
    return site.aggregate("any_value", value, distinct=False)


@FAMILY.aggregate("array_agg(T) -> array(T)", collected=Collected(frames.values, (0,), nulls=True))
def _array_agg(site: AggregateCallSite) -> str:
    """The values as an array, NULLs included; NULL for no rows."""
    if site.order_by or site.distinct:
        return site.collected(frames.values, [(site.sql(0), site.arguments[0].type)])
    return site.aggregate("array_agg", site.sql(0))


@FAMILY.aggregate("$single(T) -> T", hidden=True, raises=True)
def _single(site: AggregateCallSite) -> str:
    """The only value of a scalar subquery."""
    rows, value = site.aggregate("count", "*"), site.aggregate("first_value", site.sql(0))
    return site.kernel(_only_value, [(rows, BIGINT), (value, site.type)], site.type)


def _only_value(rows: pa.Array, values: pa.Array) -> pa.Array:
    if pc.max(rows).as_py() not in (None, 0, 1):
        raise error("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")
    return values
