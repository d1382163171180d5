"""Mathematical functions (https://trino.io/docs/current/functions/math.html)."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("math")

for _type in ("tinyint", "smallint", "integer", "bigint", "real", "double", "decimal(p,s)"):
    FAMILY.native(
        f"abs({_type}) -> {_type}",
        "abs({0})",
        "Absolute value",
        raises=_type in ("tinyint", "smallint", "integer", "bigint"),
    )
FAMILY.native("sqrt(double) -> double", "sqrt({0})", "Square root")
FAMILY.native("round(double) -> double", "round({0})", "Rounds to the nearest whole number, half away from zero")
FAMILY.native("round(double, integer) -> double", "round({0}, {1})", "Rounds to so many digits, half away from zero")
