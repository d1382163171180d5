"""Absolute values, signs, remainders, powers, logarithms, angles and the numbers that have a name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import expanded, length_of, presence
from owlake.functions.bounds import INTEGER_RANGES
from owlake.functions.math.family import FAMILY, INTEGERS
from owlake.functions.operators import divisor, modulus_of_decimals, remainder_type
from owlake.functions.registry import CallSite
from owlake.functions.texts import is_short
from owlake.ir.expressions import Constant
from owlake.types.model import BIGINT

_INFINITY = "CAST('Infinity' AS DOUBLE)"

for _type in ("real", "double", "decimal(p,s)"):
    FAMILY.native(f"abs({_type}) -> {_type}", "abs({0})", "Absolute value")


@FAMILY.sql(*(f"abs({one}) -> {one}" for one in INTEGERS), raises=True)
def _absolute_integer(site: CallSite) -> str:
    """Absolute value."""
    if not site.safe:
        return f"abs({site.sql(0)})"
    lowest = Constant(site.type, INTEGER_RANGES[site.type][0])
    return f"abs(nullif({site.sql(0)}, {site.render(lowest)}))"


for _type in ("real", "double"):
    FAMILY.native(f"sign({_type}) -> {_type}", "signum({0})", "-1, 0 or 1, as the sign is; NaN for NaN")
    FAMILY.native(f"mod({_type}, {_type}) -> {_type}", "({0} % {1})", "Remainder, with the sign of the dividend")


@FAMILY.sql(*(f"sign({one}) -> {one}" for one in INTEGERS))
def _sign_of_integer(site: CallSite) -> str:
    """-1, 0 or 1, as the sign is."""
    return site.cast(f"CAST(signum(CAST({site.sql(0)} AS DOUBLE)) AS BIGINT)", BIGINT, site.type)


FAMILY.native(
    "sign(decimal(p,s)) -> decimal(1,0)",
    "CAST(signum(CAST({0} AS DOUBLE)) AS DECIMAL(1,0))",
    "-1, 0 or 1, as the sign is",
)


@FAMILY.sql(*(f"mod({one}, {one}) -> {one}" for one in INTEGERS), raises=True)
def _mod_of_integers(site: CallSite) -> str:
    """Remainder, with the sign of the dividend."""
    return f"({site.sql(0)} % {divisor(site)})"


FAMILY.sql("mod(decimal(p,s), decimal(q,r)) -> decimal(38,0)", returns=remainder_type, raises=True)(modulus_of_decimals)


# Powers, roots and logarithms ---------------------------------------------------------------------------


@FAMILY.sql("sqrt(double) -> double")
def _square_root(site: CallSite) -> str:
    """Square root; NaN of what is negative."""
    value = site.sql(0)
    if not is_short(value):
        return site.kernel(_square_roots, site.arguments, site.type)
    return f"sqrt(CASE WHEN {value} < 0 THEN CAST('NaN' AS DOUBLE) ELSE {value} END)"


def _square_roots(values: Any) -> pa.Array:
    with np.errstate(invalid="ignore"):
        roots = np.sqrt(np.asarray(values.fill_null(0) if values.null_count else values))
    return pa.array(roots, mask=np.asarray(values.is_null()) if values.null_count else None)


@FAMILY.kernel("power(double, double) -> double", "pow(double, double) -> double")
def power(bases: Any, exponents: Any) -> pa.Array:
    """One number raised to the power of the other."""
    length = length_of((bases, exponents))
    columns = [expanded(one, length) for one in (bases, exponents)]
    base, exponent = (np.asarray(one.fill_null(0) if one.null_count else one) for one in columns)
    with np.errstate(all="ignore"):
        powers = np.power(base, exponent)
    # C says 1 where 1 or -1 is raised to an infinite power or to NaN, Java says NaN.
    unclear = ~np.isfinite(exponent)
    if unclear.any():
        powers[unclear & (np.abs(base) == 1)] = np.nan
    present = presence(*columns)
    return pa.array(powers, mask=None if present is None else ~present)


FAMILY.native("cbrt(double) -> double", "cbrt({0})", "Cube root")
FAMILY.native("exp(double) -> double", "exp({0})", "Euler's number raised to a power")
FAMILY.native("ln(double) -> double", "ln({0})", "Natural logarithm")
FAMILY.native("log2(double) -> double", f"(ln({{0}}) / {math.log(2)!r})", "Logarithm to base 2")
FAMILY.native("log10(double) -> double", "log10({0})", "Logarithm to base 10")
FAMILY.native("log(double, double) -> double", "(ln({1}) / ln({0}))", "Logarithm to a base, which comes first")

# Angles -------------------------------------------------------------------------------------------------

for _name, _description in {
    "acos": "Arc cosine",
    "asin": "Arc sine",
    "atan": "Arc tangent",
    "cos": "Cosine",
    "cosh": "Hyperbolic cosine",
    "degrees": "Converts an angle from radians to degrees",
    "radians": "Converts an angle from degrees to radians",
    "sin": "Sine",
    "sinh": "Hyperbolic sine",
    "tan": "Tangent",
    "tanh": "Hyperbolic tangent",
}.items():
    FAMILY.native(f"{_name}(double) -> double", f"{_name}({{0}})", _description)
FAMILY.native("atan2(double, double) -> double", "atan2({0}, {1})", "Angle of the point whose y comes before its x")

# Numbers with a name ------------------------------------------------------------------------------------

FAMILY.native("e() -> double", "2.718281828459045", "Euler's number")
FAMILY.native("pi() -> double", "3.141592653589793", "The ratio of a circle's circumference to its diameter")
FAMILY.native("infinity() -> double", _INFINITY, "Positive infinity")
FAMILY.native("nan() -> double", "CAST('NaN' AS DOUBLE)", "Not a number")
for _type in ("real", "double"):
    FAMILY.native(f"is_nan({_type}) -> boolean", "isnan({0})", "Whether a value is NaN")
FAMILY.native(
    "is_infinite(double) -> boolean", "(abs({0}) = CAST('Infinity' AS DOUBLE))", "Whether a value is infinite"
)
FAMILY.native("is_finite(double) -> boolean", "(abs({0}) < CAST('Infinity' AS DOUBLE))", "Whether a value is finite")
