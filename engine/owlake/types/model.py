"""Trino's types as frozen values. ``str(type)`` is Trino's text: ``decimal(10,2)``, ``row(x bigint)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Type:
    """A type of Trino. Two types are the same type exactly if they are equal."""

    BASE: ClassVar[str] = ""

    @property
    def base(self) -> str:
        """The name without parameters, as signatures write it: ``decimal``, ``array``, ``bigint``."""
        return self.BASE

    def __str__(self) -> str:
        return self.base


@dataclass(frozen=True, slots=True)
class Primitive(Type):
    """A type without parameters."""

    name: str

    @property
    def base(self) -> str:
        """The name is all there is."""
        return self.name


UNKNOWN = Primitive("unknown")
"""The type of a bare NULL."""
BOOLEAN = Primitive("boolean")
TINYINT = Primitive("tinyint")
SMALLINT = Primitive("smallint")
INTEGER = Primitive("integer")
BIGINT = Primitive("bigint")
REAL = Primitive("real")
DOUBLE = Primitive("double")
VARBINARY = Primitive("varbinary")
DATE = Primitive("date")
INTERVAL_YEAR_TO_MONTH = Primitive("interval year to month")
INTERVAL_DAY_TO_SECOND = Primitive("interval day to second")
JSON = Primitive("json")
JSON_2016 = Primitive("json2016")
JSON_PATH = Primitive("JsonPath")
UUID = Primitive("uuid")
IPADDRESS = Primitive("ipaddress")
HYPER_LOG_LOG = Primitive("HyperLogLog")
P4_HYPER_LOG_LOG = Primitive("P4HyperLogLog")
SET_DIGEST = Primitive("SetDigest")
TDIGEST = Primitive("tdigest")
COLOR = Primitive("color")
GEOMETRY = Primitive("Geometry")
SPHERICAL_GEOGRAPHY = Primitive("SphericalGeography")
BING_TILE = Primitive("BingTile")

PRIMITIVES: dict[str, Primitive] = {
    primitive.name.lower(): primitive
    for primitive in (
        UNKNOWN, BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, REAL, DOUBLE, VARBINARY, DATE,
        INTERVAL_YEAR_TO_MONTH, INTERVAL_DAY_TO_SECOND, JSON, JSON_2016, JSON_PATH, UUID, IPADDRESS,
        HYPER_LOG_LOG, P4_HYPER_LOG_LOG, SET_DIGEST, TDIGEST, COLOR,
        GEOMETRY, SPHERICAL_GEOGRAPHY, BING_TILE,
    )
}  # fmt: skip

INTEGER_TYPES: tuple[Type, ...] = (TINYINT, SMALLINT, INTEGER, BIGINT)
INTEGER_BITS: dict[Type, int] = {TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64}


@dataclass(frozen=True, slots=True)
class Decimal(Type):
    """``decimal(precision, scale)``, precision 1 to 38."""

    precision: int
    scale: int
    MAX_PRECISION: ClassVar[int] = 38
    BASE: ClassVar[str] = "decimal"

    def __str__(self) -> str:
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True, slots=True)
class Varchar(Type):
    """``varchar(length)``; unbounded without one. The length counts code points."""

    length: int | None = None
    MAX_LENGTH: ClassVar[int] = 2147483646
    BASE: ClassVar[str] = "varchar"

    def __str__(self) -> str:
        return "varchar" if self.length is None else f"varchar({self.length})"


VARCHAR = Varchar()


@dataclass(frozen=True, slots=True)
class Char(Type):
    """``char(length)``: compares as if padded with blanks to its length."""

    length: int
    MAX_LENGTH: ClassVar[int] = 65536
    BASE: ClassVar[str] = "char"

    def __str__(self) -> str:
        return f"char({self.length})"


@dataclass(frozen=True, slots=True)
class Time(Type):
    """``time(precision)``: precision 0 to 12 digits of a second; values hold microseconds."""

    precision: int = 3
    BASE: ClassVar[str] = "time"

    def __str__(self) -> str:
        return f"time({self.precision})"


@dataclass(frozen=True, slots=True)
class TimeWithTimeZone(Type):
    """``time(precision) with time zone``: an offset in minutes goes with each value."""

    precision: int = 3
    BASE: ClassVar[str] = "time with time zone"

    def __str__(self) -> str:
        return f"time({self.precision}) with time zone"


@dataclass(frozen=True, slots=True)
class Timestamp(Type):
    """``timestamp(precision)``: values hold microseconds."""

    precision: int = 3
    BASE: ClassVar[str] = "timestamp"

    def __str__(self) -> str:
        return f"timestamp({self.precision})"


@dataclass(frozen=True, slots=True)
class TimestampWithTimeZone(Type):
    """``timestamp(precision) with time zone``.

    ``zone`` is the zone of every value where analysis knows it, else None. It is how values are held
    (see ``owlake.types.arrow``), not part of what the person calls the type: it does not show in the text.
    """

    precision: int = 3
    zone: str | None = None
    BASE: ClassVar[str] = "timestamp with time zone"

    def __str__(self) -> str:
        return f"timestamp({self.precision}) with time zone"


@dataclass(frozen=True, slots=True)
class Array(Type):
    """``array(element)``."""

    element: Type
    BASE: ClassVar[str] = "array"

    def __str__(self) -> str:
        return f"array({self.element})"


@dataclass(frozen=True, slots=True)
class Map(Type):
    """``map(key, value)``."""

    key: Type
    value: Type
    BASE: ClassVar[str] = "map"

    def __str__(self) -> str:
        return f"map({self.key}, {self.value})"


@dataclass(frozen=True, slots=True)
class RowField:
    """A field of a row; ``name`` is None for fields that have none."""

    name: str | None
    type: Type

    def __str__(self) -> str:
        if self.name is None:
            return str(self.type)
        return f"{self.name} {self.type}"


@dataclass(frozen=True, slots=True)
class Row(Type):
    """``row(x bigint, y varchar)``."""

    fields: tuple[RowField, ...]
    BASE: ClassVar[str] = "row"

    def __str__(self) -> str:
        return f"row({', '.join(str(field) for field in self.fields)})"


@dataclass(frozen=True, slots=True)
class QDigest(Type):
    """``qdigest(element)``."""

    element: Type
    BASE: ClassVar[str] = "qdigest"

    def __str__(self) -> str:
        return f"qdigest({self.element})"


@dataclass(frozen=True, slots=True)
class Function(Type):
    """``function(T, U)``: what a lambda is. The last type is the result's."""

    arguments: tuple[Type, ...]
    result: Type
    BASE: ClassVar[str] = "function"

    def __str__(self) -> str:
        return f"function({','.join(str(type_) for type_ in (*self.arguments, self.result))})"


def is_integer(type_: Type) -> bool:
    """Tinyint, smallint, integer or bigint."""
    return type_ in INTEGER_BITS


def is_numeric(type_: Type) -> bool:
    """Anything that ``+`` adds as a number."""
    return type_ in INTEGER_BITS or type_ in (REAL, DOUBLE) or isinstance(type_, Decimal)


def is_text(type_: Type) -> bool:
    """Varchar or char."""
    return isinstance(type_, Varchar | Char)
