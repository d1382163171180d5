"""Types as written on the Trino side, before anyone asks whether they exist."""

from __future__ import annotations

from dataclasses import field

from owlake.dialect.nodes.base import Identifier, Node, node


@node
class DataType(Node):
    """A type in the text."""


@node
class GenericDataType(DataType):
    """``bigint``, ``varchar(3)``, ``array(bigint)``, ``double precision`` (as ``double``); the name in lower case."""

    name: str
    arguments: tuple[int | DataType, ...] = ()
    spelling: str = field(default="", compare=False)
    """The name as the person wrote it, for texts that are shown again."""


@node
class DateTimeDataType(DataType):
    """``timestamp(3) with time zone`` and its kin; ``name`` is ``time`` or ``timestamp``."""

    name: str
    precision: int | None
    with_time_zone: bool


@node
class IntervalDataType(DataType):
    """``interval day to second``: the two field names in lower case."""

    start: str
    end: str


@node
class RowFieldType(Node):
    """One field of a row type; a field may have no name."""

    name: Identifier | None
    type: DataType


@node
class RowDataType(DataType):
    """``row(x bigint, varchar)``."""

    fields: tuple[RowFieldType, ...]
