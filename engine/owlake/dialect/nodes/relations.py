"""Queries and relations of the Trino side. Names follow Trino's own syntax tree."""

from __future__ import annotations

from dataclasses import field

from owlake.dialect.nodes.base import Expression, Identifier, Node, QualifiedName, node
from owlake.dialect.nodes.expressions import (
    Parameter,
    StringLiteral,
    WindowSpecification,
)
from owlake.dialect.nodes.json import JsonBehavior, JsonPathInvocation
from owlake.dialect.nodes.patterns import (
    MeasureDefinition,
    RowPattern,
    SkipTo,
    SubsetDefinition,
    VariableDefinition,
)
from owlake.dialect.nodes.types import DataType


@node
class Relation(Node):
    """Anything that has rows."""


@node
class SortItem(Node):
    """``key [ASC|DESC] [NULLS FIRST|LAST]``; Trino's default is NULLS LAST in both directions."""

    key: Expression
    ascending: bool = True
    nulls_first: bool = False
    nulls_written: bool = field(default=False, compare=False)
    """Whether the order of nulls was written, for texts that are shown again."""


@node
class FrameBound(Node):
    """UNBOUNDED PRECEDING, PRECEDING, CURRENT ROW, FOLLOWING, UNBOUNDED FOLLOWING; ``value`` for the bounded."""

    kind: str
    value: Expression | None = None


@node
class WindowFrame(Node):
    """A frame of ROWS, RANGE or GROUPS, with the row pattern that may live in it."""

    unit: str
    start: FrameBound
    end: FrameBound | None
    measures: tuple[MeasureDefinition, ...] = ()
    skip_to: SkipTo | None = None
    search: str | None = None
    """``INITIAL`` or ``SEEK``."""
    pattern: RowPattern | None = None
    subsets: tuple[SubsetDefinition, ...] = ()
    definitions: tuple[VariableDefinition, ...] = ()


@node
class WindowDefinition(Node):
    """``WINDOW name AS (specification)``."""

    name: Identifier
    window: WindowSpecification


# Query bodies -------------------------------------------------------------------------------------------


@node
class SelectItem(Node):
    """One entry of a select list."""


@node
class SingleColumn(SelectItem):
    """``expression [AS alias]``."""

    expression: Expression
    alias: Identifier | None


@node
class AllColumns(SelectItem):
    """``*``, ``t.*`` or ``row_value.* AS (a, b)``."""

    target: Expression | None
    aliases: tuple[Identifier, ...] = ()


@node
class GroupingElement(Node):
    """One element of GROUP BY.

    ``kind``: SIMPLE (one set), SETS, CUBE or ROLLUP. ``sets`` holds each set's expressions.
    """

    kind: str
    sets: tuple[tuple[Expression, ...], ...]


@node
class GroupBy(Node):
    """``GROUP BY [DISTINCT] element, ...``."""

    distinct: bool
    elements: tuple[GroupingElement, ...]


@node
class QueryBody(Relation):
    """What a query is made of: a specification, VALUES, TABLE, a set operation or a query in parentheses."""


@node
class QuerySpecification(QueryBody):
    """``SELECT ... FROM ... WHERE ... GROUP BY ... HAVING ... WINDOW ...``."""

    distinct: bool
    select: tuple[SelectItem, ...]
    from_: Relation | None
    where: Expression | None
    group_by: GroupBy | None
    having: Expression | None
    windows: tuple[WindowDefinition, ...]


@node
class Values(QueryBody):
    """``VALUES (1, 'a'), (2, 'b')``; an item that is no Row is a row of one column."""

    rows: tuple[Expression, ...]


@node
class SetOperation(QueryBody):
    """UNION, INTERSECT or EXCEPT of two or more; flat for chains of one operator."""

    operator: str
    distinct: bool
    relations: tuple[QueryBody, ...]


@node
class Limit(Node):
    """``LIMIT n``, ``LIMIT ALL`` (count None), ``FETCH FIRST n ROWS [WITH TIES]``."""

    count: int | Parameter | None
    with_ties: bool = False
    fetch: bool = False


@node
class WithQuery(Node):
    """``name (columns) AS (query)``."""

    name: Identifier
    query: Query
    columns: tuple[Identifier, ...]


@node
class With(Node):
    """``WITH [RECURSIVE] ...``."""

    recursive: bool
    queries: tuple[WithQuery, ...]


@node
class Query(QueryBody):
    """A query body with what may stand before and behind it."""

    with_: With | None
    body: QueryBody
    order_by: tuple[SortItem, ...]
    offset: int | Parameter | None
    limit: Limit | None


# Relations of FROM --------------------------------------------------------------------------------------


@node
class QueryPeriod(Node):
    """``FOR {TIMESTAMP | VERSION} AS OF end``."""

    kind: str
    end: Expression


@node
class Table(QueryBody):
    """A table by name; also the body of ``TABLE t``."""

    name: QualifiedName
    period: QueryPeriod | None = None


@node
class AliasedRelation(Relation):
    """``relation [AS] alias (columns)``."""

    relation: Relation
    alias: Identifier
    columns: tuple[Identifier, ...]


@node
class Join(Relation):
    """``kind``: CROSS, INNER, LEFT, RIGHT, FULL, or IMPLICIT (a comma). One of ``on``, ``using``, ``natural``."""

    kind: str
    left: Relation
    right: Relation
    on: Expression | None = None
    using: tuple[Identifier, ...] = ()
    natural: bool = False


@node
class TableSubquery(Relation):
    """``(query)`` in FROM."""

    query: Query


@node
class Lateral(Relation):
    """``LATERAL (query)``."""

    query: Query


@node
class Unnest(Relation):
    """``UNNEST(a, b) [WITH ORDINALITY]``."""

    expressions: tuple[Expression, ...]
    with_ordinality: bool


@node
class SampledRelation(Relation):
    """``relation TABLESAMPLE BERNOULLI (percentage)``."""

    relation: Relation
    method: str
    percentage: Expression


@node
class PatternRecognition(Relation):
    """``MATCH_RECOGNIZE (...)``. ``rows_per_match``: ONE, ALL SHOW EMPTY, ALL OMIT EMPTY, ALL WITH UNMATCHED."""

    input: Relation
    partition_by: tuple[Expression, ...]
    order_by: tuple[SortItem, ...]
    measures: tuple[MeasureDefinition, ...]
    rows_per_match: str
    skip_to: SkipTo | None
    search: str | None
    pattern: RowPattern
    subsets: tuple[SubsetDefinition, ...]
    definitions: tuple[VariableDefinition, ...]


@node
class Descriptor(Node):
    """``DESCRIPTOR(name type, ...)``; without fields it is ``CAST(NULL AS DESCRIPTOR)``."""

    fields: tuple[tuple[Identifier, DataType | None], ...]


@node
class TableArgument(Node):
    """``TABLE(t) PARTITION BY ... {PRUNE | KEEP} WHEN EMPTY ORDER BY ...``."""

    relation: Relation
    partition_by: tuple[Expression, ...] | None
    order_by: tuple[SortItem, ...]
    prune_when_empty: bool | None


@node
class TableFunctionArgument(Node):
    """One argument of a table function, by name or by place."""

    name: Identifier | None
    value: Expression | Descriptor | TableArgument


@node
class TableFunctionInvocation(Relation):
    """``TABLE(f(...))``."""

    name: QualifiedName
    arguments: tuple[TableFunctionArgument, ...]
    copartition: tuple[tuple[QualifiedName, ...], ...]


# JSON_TABLE ---------------------------------------------------------------------------------------------


@node
class JsonTableColumn(Node):
    """A column of JSON_TABLE."""


@node
class OrdinalityColumn(JsonTableColumn):
    """``name FOR ORDINALITY``."""

    name: Identifier


@node
class ValueColumn(JsonTableColumn):
    """``name type PATH '...'``."""

    name: Identifier
    type: DataType
    path: StringLiteral | None
    on_empty: JsonBehavior | None
    on_error: JsonBehavior | None


@node
class QueryColumn(JsonTableColumn):
    """``name type FORMAT JSON PATH '...'``."""

    name: Identifier
    type: DataType
    format: str
    path: StringLiteral | None
    wrapper: str
    quotes: str | None
    on_empty: JsonBehavior | None
    on_error: JsonBehavior | None


@node
class NestedColumns(JsonTableColumn):
    """``NESTED PATH '...' AS name COLUMNS (...)``."""

    path: StringLiteral
    name: Identifier | None
    columns: tuple[JsonTableColumn, ...]


@node
class JsonTablePlan(Node):
    """``PLAN (...)``: LEAF (a path's name), OUTER, INNER, UNION or CROSS of sub-plans."""

    kind: str
    name: Identifier | None = None
    plans: tuple[JsonTablePlan, ...] = ()


@node
class JsonTable(Relation):
    """``JSON_TABLE(input, path COLUMNS (...) PLAN ... ON ERROR)``."""

    path: JsonPathInvocation
    columns: tuple[JsonTableColumn, ...]
    plan: JsonTablePlan | None
    default_plan: tuple[str, str] | None
    """(INNER or OUTER, UNION or CROSS) of ``PLAN DEFAULT``."""
    error_on_error: bool
