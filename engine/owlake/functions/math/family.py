"""The family that the mathematical functions join."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("math")

INTEGERS = ("tinyint", "smallint", "integer", "bigint")
