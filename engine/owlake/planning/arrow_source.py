"""Tables in memory: how the engine shows its own state as SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from owlake.ir import expressions as ir
from owlake.ir.sources import SourceColumn
from owlake.lake.model import DataFile
from owlake.planning.scans import PlannedScan, ScanNames, ScanRequest
from owlake.planning.text import quoted
from owlake.types.arrow import arrow_type
from owlake.types.model import Timestamp, TimestampWithTimeZone, Type

Rows = Callable[[ScanRequest], list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class ArrowSource:
    """A table whose rows are computed when it is read.

    ``rows`` gives tuples of all columns, in the order of ``columns``; it may use the request's conditions to give
    fewer rows, since the engine applies them again.
    """

    catalog: str
    schema: str
    name: str
    columns: tuple[SourceColumn, ...]
    rows: Rows

    def select(self, request: ScanRequest) -> ArrowSelection:
        """The rows, computed now."""
        rows = self.rows(request)
        arrays = {
            column.name: _array(column.type, [row[index] for row in rows]) for index, column in enumerate(self.columns)
        }
        return ArrowSelection(pa.table(arrays))


def _array(type_: Type, values: list[object]) -> pa.Array:
    """A column; moments have no digits that their type has not."""
    array = pa.array(values, arrow_type(type_))
    if isinstance(type_, Timestamp | TimestampWithTimeZone) and type_.precision < _DIGITS:
        import pyarrow.compute as pc  # noqa: PLC0415  (on use)

        return pc.floor_temporal(array, 10 ** (_DIGITS - type_.precision), "microsecond")
    return array


_DIGITS = 6


@dataclass(frozen=True, slots=True)
class HeldSource:
    """A table whose rows are there already, as Arrow holds the columns' types."""

    catalog: str
    schema: str
    name: str
    columns: tuple[SourceColumn, ...]
    table: pa.Table

    def select(self, _: ScanRequest) -> ArrowSelection:
        """The rows."""
        return ArrowSelection(self.table)


@dataclass(frozen=True, slots=True)
class ArrowSelection:
    """Rows in memory."""

    table: pa.Table
    satisfied: frozenset[ir.Expression] = frozenset()
    files: tuple[DataFile, ...] = ()

    def magnitude(self, _: str) -> int | None:
        """Nothing is known of the rows but themselves."""
        return None

    def scan(self, columns: Sequence[str], names: ScanNames) -> PlannedScan:
        """The rows as a registered table."""
        name = names.next("table")
        shown = {column: f"{{alias}}.{quoted(column)}" for column in columns}
        return PlannedScan(f"{name} AS {{alias}}", shown, {}, {name: self.table})
