"""Types as written on the Trino side, before anyone asks whether they exist."""

from __future__ import annotations

from dataclasses import dataclass

from owlake.dialect.nodes.base import Identifier, Node


@dataclass(frozen=True, slots=True)
class DataType(Node):
    """A type in the text."""


@dataclass(frozen=True, slots=True)
class GenericDataType(DataType):
    """``bigint``, ``varchar(3)``, ``array(bigint)``, ``double precision`` (as ``double``)."""

    name: str
    arguments: tuple[int | DataType, ...] = ()


@dataclass(frozen=True, slots=True)
class DateTimeDataType(DataType):
    """``timestamp(3) with time zone`` and its kin; ``name`` is ``time`` or ``timestamp``."""

    name: str
    precision: int | None
    with_time_zone: bool


@dataclass(frozen=True, slots=True)
class IntervalDataType(DataType):
    """``interval day to second``: the two field names in lower case."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class RowFieldType(Node):
    """One field of a row type; a field may have no name."""

    name: Identifier | None
    type: DataType


@dataclass(frozen=True, slots=True)
class RowDataType(DataType):
    """``row(x bigint, varchar)``."""

    fields: tuple[RowFieldType, ...]
