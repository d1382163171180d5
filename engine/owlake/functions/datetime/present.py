"""The present: when the statement began, by the home's clock, the same wherever it is asked for.

``current_timestamp`` and its kin have a syntax of their own and are constants from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from owlake.functions.datetime.family import FAMILY
from owlake.functions.registry import CallSite
from owlake.ir.expressions import Constant
from owlake.types.model import TimestampWithTimeZone, Type

if TYPE_CHECKING:
    from owlake.ir.expressions import Expression


def _in_utc(_: tuple[Expression, ...], __: Mapping[str, object]) -> Type:
    return TimestampWithTimeZone(3, "UTC")


@FAMILY.sql("now() -> timestamp(3) with time zone", returns=_in_utc, starts=True)
def _now(site: CallSite) -> str:
    """When the statement began."""
    start = site.arguments[0]
    assert isinstance(start, Constant)
    return site.render(Constant(site.type, start.value // 1000 * 1000))


FAMILY.native("current_timezone() -> varchar", "'UTC'", "The session's time zone: UTC")
