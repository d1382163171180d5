"""Functions about types."""

from __future__ import annotations

from owlake.functions.conversion.family import FAMILY
from owlake.functions.registry import CallSite
from owlake.ir.expressions import Constant


@FAMILY.sql("typeof(T) -> varchar", null_call=True)
def _typeof(site: CallSite) -> str:
    """The name of a value's type."""
    return site.render(Constant(site.type, str(site.arguments[0].type)))
