"""Tables of connectors as sources of a query: conditions, limits and groups pushed down as far as they are exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from owlake.connector.reading import ConnectorDataset
from owlake.connector.table import Aggregation, Capability, Scan, Table
from owlake.ir import expressions as ir
from owlake.ir.sources import SourceColumn
from owlake.lake.formats.bridge import kept_here
from owlake.lake.model import Constraint, DataFile, DatasetScan, Domain
from owlake.planning.domains import domain_of, is_exact
from owlake.planning.scans import PlannedScan, ScanNames, ScanRequest
from owlake.planning.text import quoted
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    TINYINT,
    VARBINARY,
    Decimal,
    Timestamp,
    TimestampWithTimeZone,
    Type,
    Varchar,
)

_CONSTRAINED = (Decimal, Varchar, Timestamp, TimestampWithTimeZone)
_CONSTRAINED_TYPES = {BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, REAL, DOUBLE, DATE, VARBINARY}
"""Types whose values Python compares as Trino does; NaN is left out where it comes."""


@dataclass(frozen=True, slots=True)
class ConnectorTable:
    """A connector's table; see ``owlake.ir.sources.TableSource`` and ``owlake.planning.scans.ScanPlanner``."""

    catalog: str
    schema: str
    name: str
    table: Table = field(compare=False)
    columns: tuple[SourceColumn, ...] = field(compare=False)

    def select(self, request: ScanRequest) -> ConnectorSelection:
        """The scan under the request's conditions."""
        fields = dict(zip(request.columns, request.fields, strict=True))
        constraint: dict[str, Domain] = {}
        for name, its in fields.items():
            domain = domain_of(request.conjuncts, its) if _is_constrained(its.type) else None
            if domain is not None and not _has_nan(domain):
                constraint[name] = domain
        exact = self._exact(constraint)
        on_exact = [its for name, its in fields.items() if name in exact]
        satisfied = frozenset(one for one in request.conjuncts if any(_says_only(one, its) for its in on_exact))
        is_whole = len(satisfied) == len(request.conjuncts)
        return ConnectorSelection(self, constraint, satisfied, is_whole)

    def _exact(self, constraint: Constraint) -> frozenset[str]:
        if not constraint or Capability.FILTER not in self.table.capabilities:
            return frozenset()
        return self.table.exact(constraint) & constraint.keys()


@dataclass(frozen=True, slots=True)
class ConnectorSelection:
    """What to read of a connector's table; see ``owlake.planning.scans.Selection``."""

    source: ConnectorTable
    constraint: Constraint
    satisfied: frozenset[ir.Expression]
    is_whole: bool
    """Whether the scan itself applies every condition: then nothing between it and the query drops rows."""
    limit: int | None = None
    aggregation: Aggregation | None = None
    files: tuple[DataFile, ...] = ()

    def magnitude(self, _: str) -> int | None:
        """Nothing is known of the values."""
        return None

    def limited(self, count: int) -> ConnectorSelection:
        """The selection for a query that needs no more rows than these, whichever they are."""
        pushed = self.is_whole and Capability.LIMIT in self.source.table.capabilities
        return replace(self, limit=count) if pushed else self

    def aggregated(self, aggregation: Aggregation) -> ConnectorSelection | None:
        """Groups in place of rows; None if the connector cannot give them."""
        if not self.is_whole or Capability.AGGREGATE not in self.source.table.capabilities:
            return None
        return replace(self, aggregation=aggregation) if self.source.table.aggregates(aggregation) else None

    def request(self, columns: Sequence[str]) -> Scan:
        """The scan that the connector is asked for."""
        wanted = tuple(columns) or (self._narrowest(),)
        return Scan(wanted, self.constraint, self.limit, self.aggregation)

    def explain(self, columns: Sequence[str]) -> Mapping[str, str]:
        """What the connector says of the scan."""
        return self.source.table.explain(self.request(columns))

    def scan(self, columns: Sequence[str], names: ScanNames) -> PlannedScan:
        """The rows as a stream, read when the query runs."""
        source = self.source
        request = self.request(columns)
        types = {column.name: column.type for column in source.columns}
        if self.aggregation is not None:
            types |= {measure.name: measure.type for measure in self.aggregation.measures}
        place = f"{source.catalog}.{source.schema}.{source.name}"
        dataset = ConnectorDataset(
            source.catalog, place, source.table, request, {name: types[name] for name in request.columns}
        )
        name = names.next()
        shown = {column: f"{{alias}}.{quoted(column)}" for column in columns}
        return PlannedScan(_from(name, dataset.schema), shown, {name: DatasetScan((), dataset, {})}, {})

    def _narrowest(self) -> str:
        """Whose values are read where only the number of rows matters."""
        if self.aggregation is not None:
            return (*self.aggregation.keys, *(one.name for one in self.aggregation.measures))[0]
        visible = [column for column in self.source.columns if not column.hidden] or self.source.columns
        return min(
            visible, key=lambda column: not _is_constrained(column.type) or isinstance(column.type, Varchar)
        ).name


def _from(name: str, schema: pa.Schema) -> str:
    """The stream in FROM; below a SELECT where conditions on a column are to stay in the engine."""
    columns = {field.name: kept_here(quoted(field.name), field.type) for field in schema}
    if all(sql == quoted(column) for column, sql in columns.items()):
        return f"{name} AS {{alias}}"
    shown = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in columns.items())
    return f"(SELECT {shown} FROM {name}) AS {{alias}}"


def _is_constrained(type_: Type) -> bool:
    return isinstance(type_, _CONSTRAINED) or type_ in _CONSTRAINED_TYPES


def _says_only(conjunct: ir.Expression, its: ir.Field) -> bool:
    """Whether the condition is about the field alone and no more than its domain."""
    references = [part.field for part in ir.walk(conjunct) if isinstance(part, ir.Reference)]
    return bool(references) and all(one is its for one in references) and is_exact(conjunct, its)


def _has_nan(domain: Domain) -> bool:
    bounds: list[Any] = list(domain.values or ())
    for one in domain.ranges or ():
        bounds += [one.low, one.high]
    return any(isinstance(bound, float) and math.isnan(bound) for bound in bounds)
