"""String functions (https://trino.io/docs/current/functions/string.html)."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("string")

FAMILY.native("upper(varchar(x)) -> varchar(x)", "upper({0})", "Converts to upper case")
FAMILY.native("lower(varchar(x)) -> varchar(x)", "lower({0})", "Converts to lower case")
FAMILY.native("length(varchar(x)) -> bigint", "CAST(character_length({0}) AS BIGINT)", "Length in code points")
FAMILY.native("concat(varchar...) -> varchar", "(concat({all}))", "Joins the texts; NULL if any is")
for _name in ("substr", "substring"):
    FAMILY.native(f"{_name}(varchar(x), bigint) -> varchar(x)", "substr({0}, {1})", "The text from a place on")
    FAMILY.native(f"{_name}(varchar(x), bigint, bigint) -> varchar(x)", "substr({0}, {1}, {2})", "A part of the text")
