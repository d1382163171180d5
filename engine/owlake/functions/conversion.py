"""Functions about types (https://trino.io/docs/current/functions/conversion.html)."""

from __future__ import annotations

from owlake.functions.registry import CallSite, Family
from owlake.ir.expressions import Constant

FAMILY = Family("conversion")


@FAMILY.sql("typeof(T) -> varchar", null_call=True)
def _typeof(site: CallSite) -> str:
    """The name of a value's type."""
    return site.render(Constant(site.type, str(site.arguments[0].type)))
