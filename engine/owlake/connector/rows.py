"""Tables whose rows are computed when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.connector.session_view import SessionView
from owlake.connector.table import Batches, Column, Scan, Table
from owlake.types.arrow import arrow_type
from owlake.types.model import VARCHAR, Array, Map, TimestampWithTimeZone, Type

if TYPE_CHECKING:
    from owlake.home import Home

MOMENT = TimestampWithTimeZone(3, "UTC")
"""A moment as people read it: values are cut to milliseconds."""
TEXTS = Array(VARCHAR)
TEXTS_BY_NAME = Map(VARCHAR, VARCHAR)
_BATCH = 8192


@dataclass(frozen=True, slots=True)
class Asked:
    """Where rows come from: the home, the session that asks, and what it wants."""

    home: Home
    session: SessionView
    scan: Scan


Row = tuple[Any, ...]
Rows = Callable[[Asked], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class RowsDefinition:
    """A table: its columns, and the function that gives its rows, every column in order."""

    columns: tuple[Column, ...]
    rows: Rows


def rows_definition(rows: Rows, *columns: tuple[str, Type, str]) -> RowsDefinition:
    """A table of columns with names, types and comments."""
    return RowsDefinition(tuple(Column(name, type_, comment=comment) for name, type_, comment in columns), rows)


class RowsTable(Table):
    """A table whose rows a function gives, as a session sees it: what shows the state of a service."""

    def __init__(self, definition: RowsDefinition, home: Home, session: SessionView) -> None:
        self.columns = definition.columns
        self._definition = definition
        self._home = home
        self._session = session

    def scan(self, scan: Scan) -> Batches:
        """The rows as they are now."""
        rows = iter(self._definition.rows(Asked(self._home, self._session, scan)))
        while True:
            some = list(islice(rows, _BATCH))
            yield self._batch(some, scan)
            if len(some) < _BATCH:
                return

    def _batch(self, rows: list[Row], scan: Scan) -> pa.RecordBatch:
        return pa.RecordBatch.from_pydict(
            {
                column.name: _array([row[index] for row in rows], column.type)
                for index, column in enumerate(self._definition.columns)
                if column.name in scan.columns
            }
        )


def _array(values: list[Any], type_: Type) -> pa.Array:
    if type_ == MOMENT:
        # What is shown is what there is to compare with.
        values = [value and value.replace(microsecond=value.microsecond // 1000 * 1000) for value in values]
    return pa.array(values, arrow_type(type_))
