"""Scans of a statement: what each table is asked for, and how the answer stands in the SQL.

A scan is planned in two steps. First every scan selects what it has to read (partitions, files) under the
conditions on its rows, and says which of them then hold for every row that is left. Those disappear from the
filters above, with columns that only they needed. Then each scan is printed with the columns that remain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast, runtime_checkable

import pyarrow as pa

from owlake.analysis.operators import logical
from owlake.catalog.model import StorageDescriptor
from owlake.connector.table import Aggregation
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.sources import TableSource
from owlake.ir.walking import all_relations
from owlake.lake.model import DataFile, FileScan
from owlake.planning.join_order import ScanEstimate
from owlake.planning.plan import TableRequest
from owlake.planning.predicates import PredicatePushdown, split


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What a query wants of a table.

    ``columns`` are the names to read, one for each of ``fields``; ``conjuncts`` are conditions over the fields that
    every row that matters satisfies. The engine applies them again, except those that a selection satisfies.
    """

    columns: tuple[str, ...]
    fields: tuple[ir.Field, ...]
    conjuncts: tuple[ir.Expression, ...]


@dataclass(frozen=True, slots=True)
class PlannedScan:
    """How a table is read.

    ``relation`` is what stands in FROM, with ``{alias}`` for its name there, and ``columns`` the SQL of each
    column in it, likewise. ``scans`` and ``tables`` are what the two refer to, by name. ``stored`` are the ways in
    which the files are stored, one for all that are stored alike.
    """

    relation: str
    columns: Mapping[str, str]
    scans: Mapping[str, FileScan]
    tables: Mapping[str, pa.Table]
    stored: tuple[StorageDescriptor, ...] = ()


class Selection(Protocol):
    """What a scan has to read under its conditions."""

    @property
    def satisfied(self) -> frozenset[ir.Expression]:
        """Those of the conditions that hold for every row of the selection."""

    @property
    def files(self) -> Sequence[DataFile]:
        """The files to read, as far as there are any."""

    def scan(self, columns: Sequence[str], names: ScanNames) -> PlannedScan:
        """How to read these columns of it."""

    def magnitude(self, column: str) -> int | None:
        """A whole number that no value of a column of numbers is beyond, if one is known."""


@runtime_checkable
class PushdownSelection(Selection, Protocol):
    """A selection that may do more of the query's work than conditions."""

    def limited(self, count: int) -> Selection:
        """For a query that needs no more rows than these, whichever they are."""

    def aggregated(self, aggregation: Aggregation) -> Selection | None:
        """Groups in place of rows; None where the source cannot give them."""

    def explain(self, columns: Sequence[str]) -> Mapping[str, str]:
        """What a person should know of how the columns are read."""


@runtime_checkable
class Estimated(Protocol):
    """A selection of a table whose rows may have been counted before."""

    def estimate(self) -> ScanEstimate | None:
        """About how many rows there are, and what is known of columns; None where nobody has found out."""


class ScanPlanner(Protocol):
    """A table source that can be read: what ``TableSource`` is to analysis, this is to planning."""

    def select(self, request: ScanRequest) -> Selection:
        """What there is to read for the request."""


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
    """The scans of one statement: selected when made, printed as the generator meets them."""

    def __init__(self, relation: nodes.Relation, names: ScanNames) -> None:
        self._names = names
        self._selections: dict[nodes.ScanIdentity, Selection] = {}
        self.scans: dict[str, FileScan] = {}
        self.tables: dict[str, pa.Table] = {}
        self.explained: dict[nodes.ScanIdentity, Mapping[str, str]] = {}
        self.estimates: dict[nodes.ScanIdentity, ScanEstimate | None] = {}
        self.requests: dict[str, TableRequest] = {}
        self._requests: dict[nodes.ScanIdentity, TableRequest] = {}
        pushdown = PredicatePushdown(relation)
        for one in all_relations(relation):
            if isinstance(one, nodes.Scan) and one.identity not in self._selections:
                request = ScanRequest(one.columns, one.fields, pushdown.conjuncts(one))
                self._selections[one.identity] = _planner(one.source).select(request)
                fields = dict(zip(one.columns, one.fields, strict=True))
                self._requests[one.identity] = TableRequest(one.source, fields, request.conjuncts)

    @property
    def files(self) -> list[DataFile]:
        """Every file that the statement reads."""
        return [file for selection in self._selections.values() for file in selection.files]

    def magnitude(self, scan: nodes.Scan, column: str) -> int | None:
        """A whole number that no value of the column is beyond, if one is known."""
        return self._selections[scan.identity].magnitude(column)

    def estimate(self, scan: nodes.Scan) -> ScanEstimate | None:
        """How many rows a scan gives, and what is known of its columns; None where nobody has found out."""
        if scan.identity not in self.estimates:
            selection = self._selections[scan.identity]
            self.estimates[scan.identity] = selection.estimate() if isinstance(selection, Estimated) else None
        return self.estimates[scan.identity]

    def without_satisfied(self, relation: nodes.Relation) -> nodes.Relation:
        """The relation without the conditions that the selections satisfy."""
        if not any(selection.satisfied for selection in self._selections.values()):
            return relation
        return self._reduced(relation)[0]

    def pushed_down(self, relation: nodes.Relation) -> nodes.Relation:
        """The relation without the work that the selections do themselves."""
        from owlake.planning.pushdown import push_down  # noqa: PLC0415  (it knows selections)

        return push_down(relation, self._selections)

    def _reduced(self, relation: nodes.Relation) -> tuple[nodes.Relation, frozenset[ir.Expression]]:
        """The relation reduced, and the conditions that all of its rows satisfy."""
        match relation:
            case nodes.Scan():
                return relation, self._selections[relation.identity].satisfied
            case nodes.Filter():
                below, satisfied = self._reduced(relation.input)
                kept = tuple(one for one in split(relation.predicate) if one not in satisfied)
                if not kept:
                    return below, satisfied
                return nodes.Filter(relation.fields, below, logical("AND", kept)), satisfied
            case nodes.Join():
                left, of_left = self._reduced(relation.left)
                right, of_right = self._reduced(relation.right)
                # The side that an outer join fills with NULL satisfies nothing any more.
                satisfied = frozenset[ir.Expression]()
                if relation.kind in ("INNER", "CROSS", "LEFT"):
                    satisfied |= of_left
                if relation.kind in ("INNER", "CROSS", "RIGHT"):
                    satisfied |= of_right
                return replace(relation, left=left, right=right), satisfied
            case nodes.SetOperation():
                inputs = tuple(self._reduced(one)[0] for one in relation.inputs)
                return replace(relation, inputs=inputs), frozenset()
            case nodes.Values() | nodes.SingleRow() | nodes.CommonTableReference():
                return relation, frozenset()
            case _:
                below, _ = self._reduced(relation.input)  # type: ignore[attr-defined]
                return replace(relation, input=below), frozenset()  # type: ignore[call-arg]

    def __call__(self, scan: nodes.Scan, alias: str) -> tuple[str, dict[str, str]]:
        """FROM text, and the SQL of each column; see ``owlake.planning.relations.ScanPrinter``."""
        selection = self._selections[scan.identity]
        planned = selection.scan(scan.columns, self._names)
        if isinstance(selection, PushdownSelection):
            self._explain(selection, scan.columns)
        elif (known := self.estimate(scan)) is not None:
            self.explained[scan.identity] = {"Estimates": f"{{rows: {known.rows:.0f}}}"}
        self.scans.update(planned.scans)
        self.requests.update(dict.fromkeys(planned.scans, replace(self._request(selection), stored=planned.stored)))
        self.tables.update(planned.tables)
        columns = {name: sql.replace("{alias}", alias) for name, sql in planned.columns.items()}
        return planned.relation.replace("{alias}", alias), columns

    def _request(self, selection: Selection) -> TableRequest:
        """What was asked of a table; the scan may be one that gives groups in place of the one that was asked for."""
        known = (identity for identity, one in self._selections.items() if one is selection)
        return next(self._requests[identity] for identity in known if identity in self._requests)

    def _explain(self, selection: PushdownSelection, columns: Sequence[str]) -> None:
        shown = selection.explain(columns)
        for identity, one in self._selections.items():
            if one is selection and shown:
                self.explained[identity] = shown


def _planner(source: TableSource) -> ScanPlanner:
    assert hasattr(source, "select"), f"{type(source).__name__} cannot be read"
    return cast("ScanPlanner", source)


def union_all(parts: Iterable[str]) -> str:
    """Relations of the same columns, one after the other, as something that can stand in FROM."""
    return f"({' UNION ALL '.join(parts)}) AS {{alias}}"
