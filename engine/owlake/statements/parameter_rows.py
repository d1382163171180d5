"""INSERT of one row of ``?``, for many rows of values at once: one query over them in place of one for each.

The answer is the same: each value goes into its column by the conversions that it would meet alone. Where one cannot,
nothing is written, and the error is that of the first row that fails alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from owlake.analysis.coercions import NULL
from owlake.analysis.context import AnalysisContext
from owlake.analysis.parameter_rows import BoundRows, bound_rows
from owlake.analysis.queries import QueryAnalysis
from owlake.analysis.scope import reference
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Statement
from owlake.dialect.nodes.relations import Query, Values
from owlake.dialect.nodes.statements import Insert
from owlake.errors import DataError, NotSupportedError, OwlakeError, ProgrammingError
from owlake.ir import expressions as ir
from owlake.ir.relations import Project, Relation, Scan, SetOperation
from owlake.ir.relations import Values as ValuesRelation
from owlake.ir.sources import SourceColumn
from owlake.planning.arrow_source import HeldSource
from owlake.statements.running import Running
from owlake.types.model import UNKNOWN

Rows = Sequence[tuple[Any, ...]]
Change = Callable[[QueryAnalysis], QueryAnalysis]

_PLAIN = (
    nodes.Parameter,
    nodes.NullLiteral,
    nodes.BooleanLiteral,
    nodes.LongLiteral,
    nodes.DecimalLiteral,
    nodes.DoubleLiteral,
    nodes.StringLiteral,
    nodes.BinaryLiteral,
    nodes.GenericLiteral,
)
"""What means the same in a query over all rows as in one for each."""


def takes_many_rows(statement: Statement) -> bool:
    """Whether the statement is an INSERT of one row of ``?`` and literals."""
    if not isinstance(statement, Insert):
        return False
    query = statement.query
    body = query.body
    if not isinstance(body, Values) or len(body.rows) != 1 or query.with_ or query.order_by:
        return False
    if query.limit is not None or query.offset is not None:
        return False
    row = body.rows[0]
    items = row.items if isinstance(row, nodes.Row) else (row,)
    return all(isinstance(item, _PLAIN) for item in items)


def analysis_over_rows(
    analyze: Callable[[Query, AnalysisContext], QueryAnalysis],
    query: Query,
    context: AnalysisContext,
    rows: Rows,
    change: Change,
) -> QueryAnalysis:
    """The query of such an INSERT over all rows, changed to what the statement needs: a table's columns."""
    changed = []
    for bound in bound_rows(rows):
        scan, values = _scan(bound)
        analysis = analyze(query, replace(context, parameters=values))
        changed.append(change(replace(analysis, relation=_over(scan, analysis.relation))))
    if len(changed) == 1:
        return changed[0]
    inputs = tuple(one.relation for one in changed)
    fields = tuple(ir.Field(field.name, field.type) for field in inputs[0].fields)
    return replace(changed[0], relation=SetOperation(fields, "UNION", False, inputs))


def _scan(bound: BoundRows) -> tuple[Scan, tuple[ir.Expression, ...]]:
    """The rows as a relation, and what each ``?`` is in it."""
    names = bound.table.column_names
    columns = tuple(SourceColumn(name, type_) for name, type_ in zip(names, bound.types, strict=True))
    fields = tuple(ir.Field(column.name, column.type) for column in columns)
    source = HeldSource("system", "parameters", "rows", columns, bound.table)
    values = tuple(NULL if field.type == UNKNOWN else reference(field) for field in fields)
    return Scan(fields, source, tuple(names)), values


def _over(scan: Scan, relation: Relation) -> Relation:
    """The relation with the one row of VALUES computed for each row of the scan."""
    if isinstance(relation, ValuesRelation):
        return Project(relation.fields, scan, tuple(zip(relation.fields, relation.rows[0], strict=True)))
    assert isinstance(relation, Project)
    return replace(relation, input=_over(scan, relation.input))


@contextmanager
def naming_the_row(running: Running, attempt: Callable[[], None]) -> Iterator[None]:
    """Where a statement for many rows fails, the error of the first row that fails alone, with its number.

    ``attempt`` does what the statement does with the rows of ``running``, but writes nothing.
    """
    try:
        yield
    except (DataError, ProgrammingError, NotSupportedError) as problem:
        rows = running.parameter_rows
        if rows is None or len(rows) < 2:
            raise
        try:
            found = _first_failing(running, rows, attempt)
        finally:
            running.parameter_rows = rows
        if found is None:
            raise
        place, culprit = found
        where = f"Row {place + 1:,} of the parameters; none was written"
        culprit.hint = f"{where}. {culprit.hint}" if culprit.hint else where
        raise culprit from problem


def _first_failing(running: Running, rows: Rows, attempt: Callable[[], None]) -> tuple[int, OwlakeError] | None:
    def failure(start: int, end: int) -> OwlakeError | None:
        running.parameter_rows = rows[start:end]
        try:
            attempt()
        except (DataError, ProgrammingError, NotSupportedError) as problem:
            return problem
        return None

    start, end = 0, len(rows)
    while end - start > 1:
        middle = (start + end) // 2
        if failure(start, middle) is not None:
            end = middle
        else:
            start = middle
    found = failure(start, end)
    return None if found is None else (start, found)
