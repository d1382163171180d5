"""Aggregate functions: native aggregates, and native ones with a finishing step where DataFusion lacks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.registry import CallSite, Family
from owlake.ir.expressions import Expression, MakeArray, constant_value
from owlake.types.model import BIGINT, DOUBLE, Array, Decimal, Type

if TYPE_CHECKING:
    from owlake.planning.expressions import AggregateSite

FAMILY = Family("aggregate")


def _site(site: CallSite) -> AggregateSite:
    return cast("AggregateSite", site)


@FAMILY.aggregate_sql("count() -> bigint")
def _count_rows(site: CallSite) -> str:
    """Counts the rows."""
    return _site(site).aggregate("count", "*")


@FAMILY.aggregate_sql("count(T) -> bigint")
def _count(site: CallSite) -> str:
    """Counts the values that are not NULL."""
    return _site(site).aggregate("count", site.sql(0))


def _native(name: str, *signatures: str, description: str, function: str | None = None) -> None:
    def implementation(site: CallSite) -> str:
        return _site(site).aggregate(function or name, site.sql(0))

    implementation.__doc__ = description
    FAMILY.aggregate_sql(*signatures)(implementation)


_native("min", "min(T:orderable) -> T", description="The least value")
_native("max", "max(T:orderable) -> T", description="The greatest value")
_native("sum", "sum(real) -> real", "sum(double) -> double", description="The sum")
for _name in ("any_value", "arbitrary"):
    _native(_name, f"{_name}(T) -> T", description="Some value that is not NULL, if there is one", function="any_value")
for _name, _function in (("bool_and", "bool_and"), ("every", "bool_and"), ("bool_or", "bool_or")):
    _native(
        _name,
        f"{_name}(boolean) -> boolean",
        description=f"The {_function[5:].upper()} of the values",
        function=_function,
    )


@FAMILY.aggregate_sql("sum(bigint) -> bigint", raises=True)
def _sum_integers(site: CallSite) -> str:
    """The sum."""
    source = site.arguments[0]
    narrow = getattr(getattr(source, "value", None), "type", None)
    if narrow is not None and str(narrow) in ("tinyint", "smallint", "integer"):
        # Four thousand million rows of the widest integers still fit a bigint.
        return _site(site).aggregate("sum", site.sql(0))
    wide = _site(site).aggregate("sum", f"CAST({site.sql(0)} AS DECIMAL(28,0))")
    return f"CAST({wide} AS BIGINT)"


def _sum_decimal_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    type_ = arguments[0].type
    assert isinstance(type_, Decimal)
    return Decimal(38, type_.scale)


@FAMILY.aggregate_sql("sum(decimal(p,s)) -> decimal(38,0)", returns=_sum_decimal_type, raises=True)
def _sum_decimals(site: CallSite) -> str:
    """The sum."""
    return _site(site).aggregate("sum", site.sql(0))


@FAMILY.aggregate_sql("avg(bigint) -> double", "avg(double) -> double", "avg(real) -> real")
def _avg(site: CallSite) -> str:
    """The arithmetic mean."""
    mean = _site(site).aggregate("avg", site.sql(0))
    return f"CAST({mean} AS REAL)" if str(site.type) == "real" else mean


@FAMILY.aggregate_sql("avg(decimal(p,s)) -> decimal(p,s)")
def _avg_decimals(site: CallSite) -> str:
    """The arithmetic mean, rounded half up to the scale of the values."""
    assert isinstance(site.type, Decimal)
    mean = _site(site).aggregate("avg", site.sql(0))
    return f"CAST({mean} AS DECIMAL({site.type.precision},{site.type.scale}))"


@FAMILY.aggregate_sql("count_if(boolean) -> bigint")
def _count_if(site: CallSite) -> str:
    """Counts the values that are true."""
    return _site(site).aggregate("count", "*", where=site.sql(0))


@FAMILY.aggregate_sql("array_agg(T) -> array(T)")
def _array_agg(site: CallSite) -> str:
    """The values as an array, NULLs included; NULL for no rows."""
    return _site(site).aggregate("array_agg", site.sql(0))


@FAMILY.aggregate_sql("max_by(V, K:orderable) -> V")
def _max_by(site: CallSite) -> str:
    """The first value at the greatest key."""
    key = site.sql(1)
    return _site(site).aggregate("first_value", site.sql(0), order_by=f"{key} DESC", where=f"{key} IS NOT NULL")


@FAMILY.aggregate_sql("min_by(V, K:orderable) -> V")
def _min_by(site: CallSite) -> str:
    """The first value at the least key."""
    key = site.sql(1)
    return _site(site).aggregate("first_value", site.sql(0), order_by=f"{key} ASC", where=f"{key} IS NOT NULL")


@FAMILY.aggregate_sql("$single(T) -> T", hidden=True, raises=True)
def _single(site: CallSite) -> str:
    """The only value of a scalar subquery."""
    rows, value = _site(site).aggregate("count", "*"), _site(site).aggregate("first_value", site.sql(0))
    return site.kernel(_only_value, [(rows, BIGINT), (value, site.type)], site.type)


def _only_value(rows: pa.Array, values: pa.Array) -> pa.Array:
    if pc.max(rows).as_py() not in (None, 0, 1):
        raise error("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")
    return values


for _name, _function in (
    ("stddev", "stddev_samp"),
    ("stddev_samp", "stddev_samp"),
    ("stddev_pop", "stddev_pop"),
    ("variance", "var_samp"),
    ("var_samp", "var_samp"),
    ("var_pop", "var_pop"),
):
    _native(
        _name, f"{_name}(double) -> double", f"{_name}(bigint) -> double",
        description=f"The {_function.replace('_', ' ')} of the values", function=_function,
    )  # fmt: skip


# Approximations -----------------------------------------------------------------------------------------

_LEAST_ERROR, _GREATEST_ERROR = 0.0040625, 0.26


@FAMILY.aggregate_sql("approx_distinct(T:comparable) -> bigint", "approx_distinct(T:comparable, double) -> bigint")
def _approx_distinct(site: CallSite) -> str:
    """About how many different values there are; the standard error is below the one asked for (2.3 %)."""
    if len(site.arguments) > 1:
        wanted = constant_value(site.arguments[1])
        if not isinstance(wanted, float) or not _LEAST_ERROR <= wanted <= _GREATEST_ERROR:
            text = f"Standard error must be between {_LEAST_ERROR} and {_GREATEST_ERROR}: {wanted}"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
    return f"CAST({_site(site).aggregate('approx_distinct', site.sql(0))} AS BIGINT)"


def _percentile(site: CallSite, weighted: bool) -> str:
    percentages = site.arguments[2 if weighted else 1]
    values = percentages.items if isinstance(percentages, MakeArray) else (percentages,)
    shares = [constant_value(value) for value in values]
    for share in shares:
        if not isinstance(share, float) or not 0 <= share <= 1:
            raise error("INVALID_FUNCTION_ARGUMENT", "Percentile must be between 0 and 1")
    found = [_one_percentile(site, str(share), weighted) for share in shares]
    return f"make_array({', '.join(found)})" if isinstance(percentages, MakeArray) else found[0]


def _one_percentile(site: CallSite, share: str, weighted: bool) -> str:
    value = f"CAST({site.sql(0)} AS DOUBLE)"
    if weighted:
        call = _site(site).within_group("approx_percentile_cont_with_weight", f"{site.sql(1)}, {share}", value)
    else:
        call = _site(site).within_group("approx_percentile_cont", share, value)
    element = site.type.element if isinstance(site.type, Array) else site.type
    return site.cast(call, DOUBLE, element)


for _type in ("bigint", "double", "real"):
    for _shares, _result in (("double", _type), ("array(double)", f"array({_type})")):

        @FAMILY.aggregate_sql(f"approx_percentile({_type}, {_shares}) -> {_result}")
        def _approx_percentile(site: CallSite) -> str:
            """About the value below which the given share of the values lies."""
            return _percentile(site, weighted=False)

        @FAMILY.aggregate_sql(
            f"approx_percentile({_type}, double, {_shares}) -> {_result}",
            f"approx_percentile({_type}, double, {_shares}, double) -> {_result}",
        )
        def _approx_percentile_weighted(site: CallSite) -> str:
            """About the value below which the given share of the values' weights lies."""
            return _percentile(site, weighted=True)
