"""Arithmetic operators, LIKE and subscripts: functions without a name that a person could call.

Integers are checked: where a result could leave its type, it is computed in a wider one and converted back,
which fails as Trino does. Decimals follow Trino's precision and scale.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import expanded, length_of
from owlake.functions.bounds import INTEGER_RANGES, bounds_of
from owlake.functions.deep_arithmetic import by_kernel
from owlake.functions.like import like_kernel, native_like_pattern
from owlake.functions.registry import CallSite, Family
from owlake.functions.texts import text_of
from owlake.ir.expressions import Call, Constant, Expression
from owlake.types.model import BIGINT, VARCHAR, Array, Decimal, Type

FAMILY = Family("operators")

_INTEGERS = ("tinyint", "smallint", "integer", "bigint")
_SYMBOLS = {"$add": "+", "$subtract": "-", "$multiply": "*", "$divide": "/", "$modulus": "%"}


def _checked(name: str, site: CallSite) -> str:
    """Integer arithmetic in a type that holds every result, converted back with a check where one may not fit."""
    deep = by_kernel(site, name)
    if deep is not None:
        return deep
    symbol = _SYMBOLS[name]
    left, right = site.sql(0), site.sql(1)
    low, high = INTEGER_RANGES[site.type]
    bounds = bounds_of(symbol, bounds_of_expression(site.arguments[0]), bounds_of_expression(site.arguments[1]))
    if bounds is not None and low <= bounds[0] and bounds[1] <= high:
        return f"({left} {symbol} {right})"
    if site.type == BIGINT:
        wide = f"CAST({left} AS DECIMAL(19,0)) {symbol} CAST({right} AS DECIMAL(19,0))"
        return f"{'TRY_' if site.safe else ''}CAST({wide} AS BIGINT)"
    wide = f"CAST({left} AS BIGINT) {symbol} CAST({right} AS BIGINT)"
    return site.cast(f"({wide})", BIGINT, site.type)


_LONG_CHAIN = 64
"""A sum of more terms is computed as a tree: as a chain it would be nested too deep for the engine below."""


def _terms(site: CallSite) -> list[Expression]:
    """The terms of a chain of additions, which leans to the left."""
    terms: list[Expression] = []
    arguments = site.arguments
    while True:
        terms.append(arguments[1])
        first = arguments[0]
        if not isinstance(first, Call) or first.function.name != "$add" or first.type != site.type:
            return [first, *terms[::-1]]
        arguments = first.arguments


def bounds_of_expression(expression: Expression) -> tuple[int, int] | None:
    """The least and greatest value of an integer expression, as far as its shape tells."""
    if isinstance(expression, Constant):
        return (expression.value, expression.value) if isinstance(expression.value, int) else (0, 0)
    inner = getattr(expression, "value", None)
    if isinstance(inner, Expression) and inner.type in INTEGER_RANGES:
        return bounds_of_expression(inner)
    declared = getattr(getattr(expression, "function", None), "bounds", None)
    return declared or INTEGER_RANGES.get(expression.type)


def _integer_operator(name: str) -> None:
    symbol = _SYMBOLS[name]

    def implementation(site: CallSite) -> str:
        if symbol not in "/%":
            return _checked(name, site)
        return f"({site.sql(0)} {symbol} {divisor(site)})"

    implementation.__doc__ = {"/": "Divides, cutting off", "%": "Remainder"}.get(symbol, f"Checked {symbol}")
    declare = FAMILY.sql(
        *(f"{name}({one}, {one}) -> {one}" for one in _INTEGERS),
        hidden=True,
        raises=True,
    )
    declare(implementation)


def divisor(site: CallSite) -> str:
    """The SQL of the divisor; under TRY a zero is NULL."""
    divisor = site.sql(1)
    return f"nullif({divisor}, {site.render(Constant(site.arguments[1].type, 0))})" if site.safe else divisor


for _name, _symbol in _SYMBOLS.items():
    _integer_operator(_name)
    for _type in ("real", "double"):
        if _name != "$add":
            FAMILY.native(f"{_name}({_type}, {_type}) -> {_type}", f"({{0}} {_symbol} {{1}})", _symbol, hidden=True)


@FAMILY.sql("$add(real, real) -> real", "$add(double, double) -> double", hidden=True)
def _add_floating(site: CallSite) -> str:
    """Adds; a long chain in one step, from left to right all the same: the order of additions shows in the result."""
    terms = _terms(site)
    if len(terms) <= _LONG_CHAIN:
        return f"({site.sql(0)} + {site.sql(1)})"
    values = f"make_array({', '.join(site.render(term) for term in terms)})"
    return site.kernel(_sum_in_order, [(values, Array(site.type))], site.type)


def _sum_in_order(lists: pa.ListArray) -> pa.Array:
    import numpy as np  # noqa: PLC0415  (only very long sums need it)

    values = lists.flatten()
    table = np.asarray(values.fill_null(0)).reshape(len(lists), -1)
    missing = np.asarray(values.is_null()).reshape(table.shape).any(axis=1)
    return pa.array(np.add.accumulate(table, axis=1)[:, -1], lists.type.value_type, mask=missing)


# Decimals -----------------------------------------------------------------------------------------------


def _scales(arguments: tuple[Expression, ...]) -> tuple[int, int, int, int]:
    left, right = arguments[0].type, arguments[1].type
    assert isinstance(left, Decimal)
    assert isinstance(right, Decimal)
    return left.precision, left.scale, right.precision, right.scale


def _sum_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    p1, s1, p2, s2 = _scales(arguments)
    scale = max(s1, s2)
    return Decimal(min(38, 1 + scale + max(p1 - s1, p2 - s2)), scale)


def _product_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    p1, s1, p2, s2 = _scales(arguments)
    if s1 + s2 > Decimal.MAX_PRECISION:
        text = f"DECIMAL scale must be in range [0, precision ({Decimal.MAX_PRECISION})]: {s1 + s2}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    return Decimal(min(38, p1 + p2), s1 + s2)


def _quotient_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    p1, s1, __, s2 = _scales(arguments)
    return Decimal(min(38, p1 + s2 + max(s2 - s1, 0)), max(s1, s2))


def remainder_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    """The type of the remainder of two decimals."""
    p1, s1, p2, s2 = _scales(arguments)
    scale = max(s1, s2)
    return Decimal(min(p2 - s2, p1 - s1) + scale, scale)


_DECIMAL = "(decimal(p,s), decimal(q,r)) -> decimal(38,0)"


def _wide(sql: str, scale: int) -> str:
    """A decimal with room for whatever arithmetic makes of it: DataFusion does not look whether 38 digits suffice."""
    return f"arrow_cast({sql}, 'Decimal256({_WIDEST}, {scale})')"


_WIDEST = 76


def _decimal_operation(site: CallSite, symbol: str, digits: int) -> str:
    """``left symbol right``, checked where a result may have more ``digits`` than there can be."""
    left, right = site.sql(0), site.sql(1)
    if digits <= Decimal.MAX_PRECISION:
        return f"({left} {symbol} {right})"
    _, scale, __, other_scale = _scales(site.arguments)
    assert isinstance(site.type, Decimal)
    cast = "arrow_try_cast" if site.safe else "arrow_cast"
    result = f"({_wide(left, scale)} {symbol} {_wide(right, other_scale)})"
    return f"{cast}({result}, 'Decimal128({site.type.precision}, {site.type.scale})')"


def _sum_digits(site: CallSite) -> int:
    p1, s1, p2, s2 = _scales(site.arguments)
    return 1 + max(s1, s2) + max(p1 - s1, p2 - s2)


@FAMILY.sql(f"$add{_DECIMAL}", returns=_sum_type, hidden=True, raises=True)
def _add_decimals(site: CallSite) -> str:
    """Adds."""
    return _decimal_operation(site, "+", _sum_digits(site))


@FAMILY.sql(f"$subtract{_DECIMAL}", returns=_sum_type, hidden=True, raises=True)
def _subtract_decimals(site: CallSite) -> str:
    """Subtracts."""
    return _decimal_operation(site, "-", _sum_digits(site))


@FAMILY.sql(f"$multiply{_DECIMAL}", returns=_product_type, hidden=True, raises=True)
def _multiply_decimals(site: CallSite) -> str:
    """Multiplies."""
    p1, _, p2, __ = _scales(site.arguments)
    return _decimal_operation(site, "*", p1 + p2)


@FAMILY.sql(f"$divide{_DECIMAL}", returns=_quotient_type, hidden=True, raises=True)
def _divide_decimals(site: CallSite) -> str:
    """Divides, rounding half up to the greater scale.

    DataFusion gives four digits more than the dividend has, cut off; a wider dividend makes those enough to round.
    """
    left, scale, _, other_scale = _scales(site.arguments)
    assert isinstance(site.type, Decimal)
    dividend_scale = max(scale, other_scale)
    digits = left + (dividend_scale - scale) + 4 + other_scale
    if digits > _WIDEST:
        return site.kernel(_quotients, site.arguments, site.type)
    dividend, cast = site.sql(0), f"CAST({{}} AS DECIMAL({site.type.precision},{site.type.scale}))"
    if digits > Decimal.MAX_PRECISION:
        quotient = f"({_wide(dividend, dividend_scale)} / {_wide(divisor(site), other_scale)})"
    else:
        if dividend_scale > scale:
            dividend = f"CAST({dividend} AS DECIMAL({left + dividend_scale - scale},{dividend_scale}))"
        quotient = f"({dividend} / {divisor(site)})"
    return f"{'TRY_' if site.safe else ''}{cast.format(quotient)}"


def _quotients(dividends: Any, divisors: Any) -> pa.Array:
    """Quotients whose dividends have too many digits for 256 bits on the way."""
    length = length_of((dividends, divisors))
    columns = [expanded(one, length) for one in (dividends, divisors)]
    scale = max(column.type.scale for column in columns)
    found = [
        None if one is None or other is None else _quotient(one, other, scale)
        for one, other in zip(*(column.to_pylist() for column in columns), strict=True)
    ]
    try:
        return pa.array(found, pa.decimal128(Decimal.MAX_PRECISION, scale))
    except pa.ArrowInvalid:
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow") from None


_EXACT = decimal.Context(prec=200, rounding=decimal.ROUND_DOWN)


def _quotient(dividend: decimal.Decimal, divisor: decimal.Decimal, scale: int) -> decimal.Decimal:
    if not divisor:
        raise error("DIVISION_BY_ZERO", "Division by zero")
    # Digits beyond the 200 decide nothing: a tie would end before.
    quotient = _EXACT.divide(dividend, divisor)
    return quotient.quantize(decimal.Decimal(1).scaleb(-scale), decimal.ROUND_HALF_UP, _EXACT)


@FAMILY.sql(f"$modulus{_DECIMAL}", returns=remainder_type, hidden=True, raises=True)
def modulus_of_decimals(site: CallSite) -> str:
    """Remainder with the dividend's sign."""
    p1, s1, p2, s2 = _scales(site.arguments)
    scale = max(s1, s2)
    if max(p1 - s1, p2 - s2) + scale <= Decimal.MAX_PRECISION:
        return f"({site.sql(0)} % {divisor(site)})"
    assert isinstance(site.type, Decimal)
    rest = f"({_wide(site.sql(0), scale)} % {_wide(divisor(site), scale)})"
    return f"arrow_cast({rest}, 'Decimal128({site.type.precision}, {scale})')"


for _name, _returns in (("add", _sum_type), ("subtract", _sum_type), ("multiply", _product_type)):
    _symbol = _SYMBOLS[f"${_name}"]
    for _type in _INTEGERS:
        _signature = f"$bounded_{_name}({_type}, {_type}) -> {_type}"
        FAMILY.native(_signature, f"({{0}} {_symbol} {{1}})", "Of numbers too small to leave the type", hidden=True)
    _signature = f"$bounded_{_name}{_DECIMAL}"
    FAMILY.native(
        _signature, f"({{0}} {_symbol} {{1}})", "Of numbers too small for 38 digits", returns=_returns, hidden=True
    )


for _type in _INTEGERS:
    FAMILY.native(f"$negate({_type}) -> {_type}", "(-{0})", "Negates", hidden=True, raises=True)
for _type in ("real", "double", "decimal(p,s)"):
    FAMILY.native(f"$negate({_type}) -> {_type}", "(-{0})", "Negates", hidden=True)


# LIKE ---------------------------------------------------------------------------------------------------


@FAMILY.sql("$like(varchar(x), varchar(y)) -> boolean", "$like(char(x), varchar(y)) -> boolean", hidden=True)
def _like(site: CallSite) -> str:
    """Matches a pattern of ``%`` and ``_``; no escape unless one is named. A char has its padding."""
    pattern = site.arguments[1]
    if isinstance(pattern, Constant) and isinstance(pattern.value, str):
        shown = site.render(Constant(pattern.type, pattern.value.replace("\\", "\\\\")))
        return f"({text_of(site, 0)} LIKE {shown})"
    return f"({text_of(site, 0)} LIKE replace({site.sql(1)}, '\\', '\\\\'))"


@FAMILY.sql(
    "$like(varchar(x), varchar(y), varchar(z)) -> boolean",
    "$like(char(x), varchar(y), varchar(z)) -> boolean",
    hidden=True,
    raises=True,
)
def _like_escape(site: CallSite) -> str:
    """Matches a pattern in which one character takes the meaning from the next."""
    pattern, escape = site.arguments[1:]
    if not isinstance(pattern, Constant) or not isinstance(escape, Constant):
        return site.kernel(like_kernel, [(text_of(site, 0), VARCHAR), pattern, escape], site.type)
    if pattern.value is None or escape.value is None:
        return site.render(Constant(site.type, None))
    native = Constant(pattern.type, native_like_pattern(pattern.value, escape.value))
    return f"({text_of(site, 0)} LIKE {site.render(native)})"


# Recursion ----------------------------------------------------------------------------------------------


@FAMILY.kernel("$deeper(bigint) -> bigint", hidden=True, raises=True, deterministic=False)
def _deeper(depth: pa.Array) -> pa.Array:
    """One more than the depth of a recursive query's row, as deep as such queries go."""
    deeper = pc.add(depth, 1)
    if (pc.max(deeper).as_py() or 0) > MAX_RECURSION_DEPTH:
        text = f"Recursion depth limit exceeded ({MAX_RECURSION_DEPTH}). Use 'max_recursion_depth' session property"
        raise error("NOT_SUPPORTED", f"{text} to modify the limit.")
    return deeper


# It is about when it is asked, so it must not be asked ahead.
_deeper.deterministic = False  # type: ignore[attr-defined]

MAX_RECURSION_DEPTH = 10
"""How often the step of a recursive query is taken; Athena offers no way to change it."""
