"""The family that the modules of this package declare their functions in, and what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.functions.registry import CallSite, Family
from owlake.types.model import Timestamp, TimestampWithTimeZone

if TYPE_CHECKING:
    from owlake.ir.expressions import Expression
    from owlake.types.model import Type

FAMILY = Family("datetime")

ZONED = "timestamp(p) with time zone"
ZONED_TIME = "time(p) with time zone"
DAYS = "interval day to second"
MONTHS = "interval year to month"


def local_sql(site: CallSite, index: int) -> str:
    """The SQL of an argument that is a date or timestamp; of one with a zone, its local time."""
    type_ = site.arguments[index].type
    sql = site.sql(index)
    return site.cast(sql, type_, Timestamp(type_.precision)) if isinstance(type_, TimestampWithTimeZone) else sql


def precision_of(type_: Type) -> int:
    """The digits of a second that a type of times or timestamps has; 0 for any other."""
    return int(getattr(type_, "precision", 0))


def widest_precision(arguments: tuple[Expression, ...], least: int = 0) -> int:
    """The greatest number of digits of a second among the arguments, and ``least``."""
    return max(least, *(precision_of(argument.type) for argument in arguments))
