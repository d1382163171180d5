"""Scans of a statement: each table's rows as something DataFusion can read, with what must hold for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.sources import TableSource
from owlake.lake.model import FileScan
from owlake.planning.predicates import PredicatePushdown


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What a query wants of a table.

    ``columns`` are the names to read, one for each of ``fields``; ``conjuncts`` are conditions over the fields
    that every row that matters satisfies. The engine applies all of them again.
    """

    columns: tuple[str, ...]
    fields: tuple[ir.Field, ...]
    conjuncts: tuple[ir.Expression, ...]


@dataclass(frozen=True, slots=True)
class PlannedScan:
    """How a table is read.

    ``relation`` is what stands in FROM, with ``{alias}`` for its name there, and ``columns`` the SQL of each
    column in it, likewise. ``scans`` and ``tables`` are what the two refer to, by name.
    """

    relation: str
    columns: Mapping[str, str]
    scans: Mapping[str, FileScan]
    tables: Mapping[str, pa.Table]


class ScanPlanner(Protocol):
    """A table source that can be read: what ``owlake.ir.sources.TableSource`` is to analysis, this is to planning."""

    def plan_scan(self, request: ScanRequest, names: ScanNames) -> PlannedScan:
        """How to read what is asked for."""


class ScanNames:
    """Names for what a statement registers with DataFusion; no two statements of a session share one."""

    def __init__(self, statement: int) -> None:
        self._statement = statement
        self._count = 0

    def next(self, kind: str = "scan") -> str:
        """A name."""
        self._count += 1
        return f"{kind}_{self._statement}_{self._count}"


class Scans:
    """Plans the scans of one statement as the generator meets them."""

    def __init__(self, pushdown: PredicatePushdown, names: ScanNames) -> None:
        self._pushdown = pushdown
        self._names = names
        self._planned: dict[int, PlannedScan] = {}
        self.scans: dict[str, FileScan] = {}
        self.tables: dict[str, pa.Table] = {}

    def __call__(self, scan: nodes.Scan, alias: str) -> tuple[str, dict[str, str]]:
        """FROM text, and the SQL of each column; see ``owlake.planning.relations.ScanPrinter``."""
        planned = self._planned.get(id(scan))
        if planned is None:
            request = ScanRequest(scan.columns, scan.fields, self._pushdown.conjuncts(scan))
            planned = _planner(scan.source).plan_scan(request, self._names)
            self._planned[id(scan)] = planned
            self.scans.update(planned.scans)
            self.tables.update(planned.tables)
        columns = {name: sql.replace("{alias}", alias) for name, sql in planned.columns.items()}
        return planned.relation.replace("{alias}", alias), columns


def _planner(source: TableSource) -> ScanPlanner:
    plan_scan = getattr(source, "plan_scan", None)
    assert plan_scan is not None, f"{type(source).__name__} cannot be read"
    return source  # type: ignore[return-value]
