"""Result columns as Athena's GetQueryResults describes them.

(https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html).
"""

from __future__ import annotations

from dataclasses import dataclass

from owlake.planning.plan import ResultColumn
from owlake.types.model import (
    Char,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)

_UNBOUNDED = 2_147_483_647
_MILLISECONDS = 3

# Athena's own precisions: digits of the widest value, and the longest varbinary.
_PRECISIONS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "real": 17, "double": 17, "varbinary": 1 << 30}


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column's header, type, precision and scale; for columns of a result the other members never differ."""

    name: str
    type: str
    precision: int = 0
    scale: int = 0
    case_sensitive: bool = False
    catalog_name: str = "hive"
    schema_name: str = ""
    table_name: str = ""
    nullable: str = "UNKNOWN"

    @property
    def label(self) -> str:
        """The name again."""
        return self.name


def column_info(column: ResultColumn) -> ColumnInfo:
    """What Athena says of the column."""
    if column.athena_type is not None:
        return ColumnInfo(column.name, column.athena_type)
    type_ = column.type
    scale = type_.scale if isinstance(type_, Decimal) else 0
    name = "float" if type_.base == "real" else type_.base
    return ColumnInfo(column.name, name, _precision(type_), scale, isinstance(type_, Varchar | Char))


def _precision(type_: Type) -> int:
    match type_:
        case Decimal():
            return type_.precision
        case Varchar():
            return _UNBOUNDED if type_.length is None else type_.length
        case Char():
            return type_.length
        case Time() | TimeWithTimeZone() | Timestamp() | TimestampWithTimeZone():
            return _MILLISECONDS
        case _:
            return _PRECISIONS.get(type_.base, 0)
