"""A query over rows that come in batches: analysed as any other, and run on each batch for itself."""

from __future__ import annotations

import itertools
import re
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pyarrow as pa

from owlake.analysis.context import AnalysisContext, TableName, Version, View
from owlake.analysis.queries import QueryAnalysis
from owlake.connector.session_view import SessionView
from owlake.dialect.nodes.base import Expression, Identifier, Position, QualifiedName
from owlake.dialect.nodes.relations import Query, QueryBody, QuerySpecification, SelectItem, SingleColumn, Table
from owlake.dialect.parser import parse_expression, parse_query
from owlake.errors import OwlakeError, error
from owlake.execution.executor import Executor
from owlake.home import Home
from owlake.ir.sources import SourceColumn, TableSource
from owlake.metadata.lake import LakeCatalog
from owlake.metadata.statement import StatementMetadata
from owlake.planning import planner
from owlake.planning.arrow_source import ArrowSelection
from owlake.planning.constants import python_constants
from owlake.planning.lake_table import LakeView
from owlake.planning.plan import Plan
from owlake.planning.scans import PlannedScan, ScanNames, ScanRequest
from owlake.statements.context import DEFAULT_CATALOG
from owlake.types.arrow import arrow_type
from owlake.types.model import Type

_SCHEMA = "batch"
_QUERY = re.compile(r"\s*(SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE)
_BEGIN = Position(1, 1)


class BatchQuery:
    """A query over the table of a name, whose rows are another batch each time. For one thread at a time.

    Attributes:
        columns: The columns of its answer, with their types; the key is one of them.
    """

    def __init__(self, home: Home, text: str, name: str, columns: Sequence[SourceColumn], key: str) -> None:
        """Analyse the query; every row of its answer tells by ``key``, a column of the table, of which row it is.

        A query that does not give the key gives it all the same, if it is one SELECT whose FROM has it. What is no
        query but an expression is one over each row.

        Errors: those of syntax and of analysis, with their places in ``text``.
        """
        self._home = home
        self._name = name
        self._sources = tuple(columns)
        self._key = key
        self._executor = Executor(home.storage)
        weakref.finalize(self, self._executor.close)
        self._numbers = itertools.count(1)
        self._query = self._executor.stack.run(lambda: self._with_key(_parsed(text, name)))
        plan, _ = self._planned()
        self.columns: tuple[tuple[str, Type], ...] = tuple((one.name, one.type) for one in plan.columns)

    def planned(self) -> Callable[[pa.RecordBatch], pa.Table]:
        """The query as it is at this moment: gives the answer for a batch with all of the table's columns.

        Errors: those of analysis, for what the query needs beside the batch may be gone. The answer's are the query's.
        """
        plan, scans = self._planned()
        return lambda rows: self._answer(plan, scans, rows)

    def _answer(self, plan: Plan, scans: _Scans, rows: pa.RecordBatch) -> pa.Table:
        tables = {**plan.tables, **{name: pa.table(rows.select(columns)) for name, columns in scans.items()}}
        return self._executor.evaluate(replace(plan, tables=tables))

    def _planned(self) -> tuple[Plan, _Scans]:
        home, scans = self._home, _Scans()
        clock = home.clock.now()
        source = _BatchSource(DEFAULT_CATALOG, _SCHEMA, self._name, self._sources, scans)

        def work() -> Plan:
            with home.metastore.snapshot() as snapshot:
                evaluate = self._executor.evaluate
                lake = LakeView(home.storage, snapshot, lambda: clock, evaluate, home.plugged_format)
                metadata = _WithBatch(
                    {DEFAULT_CATALOG: LakeCatalog(lake)},
                    home.catalogs,
                    lambda values: python_constants(values, next(self._numbers), evaluate),
                    SessionView,
                )
                metadata.batch = source
                context = AnalysisContext(
                    metadata, DEFAULT_CATALOG, _SCHEMA, clock=lambda: clock, registry=home.functions
                )
                analysis = planner.analyze(self._query, context)
                self._check(analysis)
                return planner.plan(analysis, next(self._numbers), evaluate)

        return self._executor.stack.run(work), scans

    def _with_key(self, query: Query) -> Query:
        body = query.body
        if not isinstance(body, QuerySpecification) or body.distinct or body.from_ is None or self._gives_key(body):
            return query
        column = SingleColumn(body.position, Identifier(body.position, self._key), Identifier(body.position, self._key))
        return _replaced(query, body, (*body.select, column))

    def _gives_key(self, body: QuerySpecification) -> bool:
        for item in body.select:
            if isinstance(item, SingleColumn):
                name = item.alias or item.expression
                if isinstance(name, Identifier) and name.name == self._key:
                    return True
        return False

    def _check(self, analysis: QueryAnalysis) -> None:
        if self._key not in analysis.headers:
            text = f"The query must give the column {self._key} of {self._name}"
            raise error("COLUMN_NOT_FOUND", text, self._query.position)


def _parsed(text: str, name: str) -> Query:
    """The query of a text; of an expression, one over the table."""
    if _QUERY.match(text):
        return parse_query(text)
    if text.lstrip().startswith("("):
        # Of either kind: (SELECT ...) is both, and meant as a query.
        with suppress(OwlakeError):
            return parse_query(text)
    return _over(parse_expression(text), name)


def _over(expression: Expression, name: str) -> Query:
    table = Table(_BEGIN, QualifiedName(_BEGIN, (Identifier(_BEGIN, name),)))
    column = SingleColumn(expression.position, expression, None)
    body = QuerySpecification(expression.position, False, (column,), table, None, None, None, ())
    return Query(expression.position, None, body, (), None, None)


def _replaced(query: Query, body: QuerySpecification, select: tuple[SelectItem, ...]) -> Query:
    made: QueryBody = QuerySpecification(
        body.position, body.distinct, select, body.from_, body.where, body.group_by, body.having, body.windows
    )
    return Query(query.position, query.with_, made, query.order_by, query.offset, query.limit)


class _Scans(dict[str, list[str]]):
    """The columns that each scan of the batch reads, by its registered name."""


@dataclass(frozen=True, slots=True)
class _BatchSource:
    """The table whose rows come with each run."""

    catalog: str
    schema: str
    name: str
    columns: tuple[SourceColumn, ...]
    scans: _Scans = field(compare=False)

    def select(self, _: ScanRequest) -> _BatchSelection:
        """All rows."""
        types = {column.name: arrow_type(column.type) for column in self.columns}
        return _BatchSelection(pa.schema(list(types.items())).empty_table(), scans=self.scans)


@dataclass(frozen=True, slots=True)
class _BatchSelection(ArrowSelection):
    """Rows that are not there yet."""

    scans: _Scans = field(default_factory=_Scans, compare=False)

    def scan(self, columns: Sequence[str], names: ScanNames) -> PlannedScan:
        """The rows as a registered table of these columns."""
        read = list(columns) or self.table.column_names[:1]
        planned = ArrowSelection(self.table.select(read)).scan(columns, names)
        (name,) = planned.tables
        self.scans[name] = read
        return planned


class _WithBatch(StatementMetadata):
    """The catalogs, and one table more: names alone are looked up beside it."""

    batch: _BatchSource

    def schema_exists(self, catalog: str, schema: str) -> bool:
        """Whether there is such a schema."""
        return (catalog, schema) == (DEFAULT_CATALOG, _SCHEMA) or super().schema_exists(catalog, schema)

    def table(self, name: TableName, version: Version | None = None) -> TableSource | View | None:
        """The table or view of this name."""
        if name == TableName(DEFAULT_CATALOG, _SCHEMA, self.batch.name):
            return self.batch
        return super().table(name, version)
