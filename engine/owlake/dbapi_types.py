"""Type objects and constructors of PEP 249.

A column's ``type_code`` is its Trino type; it equals the type object of its group: ``description[0][1] == STRING``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Final

from owlake.types.model import (
    DATE,
    DOUBLE,
    REAL,
    UUID,
    VARBINARY,
    Decimal,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    is_integer,
    is_text,
)
from owlake.types.model import Time as TimeType
from owlake.types.model import Timestamp as TimestampType

Date = date
Time = time_of_day
Timestamp = datetime
Binary = bytes


def DateFromTicks(ticks: float) -> Date:  # noqa: N802
    """The local date at so many seconds since 1970."""
    return Date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks: float) -> Time:  # noqa: N802
    """The local time of day at so many seconds since 1970."""
    return Time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks: float) -> Timestamp:  # noqa: N802
    """The local date and time at so many seconds since 1970."""
    return Timestamp(*time.localtime(ticks)[:6])


@dataclass(frozen=True, slots=True, eq=False)
class TypeObject:
    """Equals the types that belong to it, and itself."""

    name: str
    contains: Callable[[Type], bool]

    def __eq__(self, other: object) -> bool:
        return self.contains(other) if isinstance(other, Type) else self is other

    def __hash__(self) -> int:
        return hash(self.name)


_MOMENTS = (TimeType, TimeWithTimeZone, TimestampType, TimestampWithTimeZone)

STRING: Final = TypeObject("STRING", lambda type_: is_text(type_) or type_ == UUID)
BINARY: Final = TypeObject("BINARY", lambda type_: type_ == VARBINARY)
NUMBER: Final = TypeObject(
    "NUMBER", lambda type_: is_integer(type_) or type_ in (REAL, DOUBLE) or isinstance(type_, Decimal)
)
DATETIME: Final = TypeObject("DATETIME", lambda type_: type_ == DATE or isinstance(type_, _MOMENTS))
ROWID: Final = TypeObject("ROWID", lambda _: False)
"""There are no row ids."""
