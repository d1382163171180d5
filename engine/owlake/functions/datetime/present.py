"""The present: when the statement began, by the home's clock, the same wherever it is asked for.

``current_timestamp`` and its kin have a syntax of their own and are constants from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import expanded, from_integers, integers, length_of, presence
from owlake.functions.datetime.family import FAMILY, ZONED, ZONED_TIME
from owlake.functions.registry import CallSite
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.functions.temporal.conversions import MICROSECONDS_OF_A_MINUTE
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.ir.expressions import Constant
from owlake.types.arrow import TIMESTAMP_WITH_ANY_ZONE
from owlake.types.model import TimestampWithTimeZone, Type
from owlake.types.text import offset_name

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


@FAMILY.kernel("$on_date(time(p), date) -> timestamp(p)", hidden=True)
def _on_date(times: pa.Array | pa.Scalar, dates: pa.Array | pa.Scalar) -> pa.Array:
    """The time on a day."""
    length = length_of((times, dates))
    rows, days = expanded(times, length), expanded(dates, length)
    micros = integers(rows) + integers(days) * MICROSECONDS_OF_A_DAY
    return from_integers(micros, presence(rows, days), pa.timestamp("us"))


@FAMILY.kernel(f"$on_date({ZONED_TIME}, date) -> {ZONED}", hidden=True)
def _zoned_on_date(times: pa.Array | pa.Scalar, dates: pa.Array | pa.Scalar) -> pa.Array:
    """The time on a day, its offset as its zone."""
    length = length_of((times, dates))
    rows, days = expanded(times, length), expanded(dates, length)
    minutes = integers(rows.field("offset"))
    local = integers(rows.field("time")) + integers(days) * MICROSECONDS_OF_A_DAY
    offsets, codes = np.unique(minutes, return_inverse=True)
    zones = tuple(offset_name(int(offset)) for offset in offsets) or ("UTC",)
    instants = local - minutes * MICROSECONDS_OF_A_MINUTE
    return ZonedColumn(instants, zones, codes, presence(rows, days)).array(TIMESTAMP_WITH_ANY_ZONE)


FAMILY.native("current_timezone() -> varchar", "'UTC'", "The session's time zone: UTC")
