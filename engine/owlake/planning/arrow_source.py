"""Tables in memory: how the engine shows its own state as SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from owlake.ir.sources import SourceColumn
from owlake.planning.scans import PlannedScan, ScanNames, ScanRequest
from owlake.planning.text import quoted
from owlake.types.arrow import arrow_type

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

    def plan_scan(self, request: ScanRequest, names: ScanNames) -> PlannedScan:
        """The rows as an Arrow table."""
        rows = self.rows(request)
        arrays = {
            column.name: pa.array([row[index] for row in rows], arrow_type(column.type))
            for index, column in enumerate(self.columns)
        }
        name = names.next("table")
        columns = {column: f"{{alias}}.{quoted(column)}" for column in request.columns}
        return PlannedScan(f"{name} AS {{alias}}", columns, {}, {name: pa.table(arrays)})
