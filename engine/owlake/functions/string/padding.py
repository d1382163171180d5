"""Filling text up to a length."""

from __future__ import annotations

from owlake.functions.checks import checked
from owlake.functions.registry import CallSite
from owlake.functions.string.family import FAMILY
from owlake.functions.texts import text_of
from owlake.ir.expressions import Constant

_INTEGER_MAX = 2**31 - 1


def _padded(site: CallSite, name: str) -> str:
    size, filling = site.arguments[1:]
    sql = f"{name}({text_of(site, 0)}, {site.sql(1)}, {site.sql(2)})"
    if not (isinstance(filling, Constant) and filling.value):
        sql = checked(site, f"{site.sql(2)} = ''", "Padding string must not be empty", sql)
    if not (isinstance(size, Constant) and 0 <= size.value <= _INTEGER_MAX):
        message = f"Target length must be in the range [0..{_INTEGER_MAX}]"
        sql = checked(site, f"{site.sql(1)} NOT BETWEEN 0 AND {_INTEGER_MAX}", message, sql)
    return sql


@FAMILY.sql(
    "lpad(varchar(x), bigint, varchar(y)) -> varchar", "lpad(char(x), bigint, varchar(y)) -> varchar", raises=True
)
def _lpad(site: CallSite) -> str:
    """Fills up to a length from the left, or cuts to it."""
    return _padded(site, "lpad")


@FAMILY.sql("rpad(varchar(x), bigint, varchar(y)) -> varchar", raises=True)
def _rpad(site: CallSite) -> str:
    """Fills up to a length from the right, or cuts to it."""
    return _padded(site, "rpad")
