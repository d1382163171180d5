"""Expressions of the Trino side. Names follow Trino's own syntax tree (`io.trino.sql.tree`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.dialect.nodes.base import Expression, Identifier, Node, QualifiedName, node
from owlake.dialect.nodes.types import DataType

if TYPE_CHECKING:
    from owlake.dialect.nodes.relations import Query, SortItem, WindowFrame


@node
class NullLiteral(Expression):
    """``NULL``."""


@node
class BooleanLiteral(Expression):
    """``TRUE`` or ``FALSE``."""

    value: bool


@node
class LongLiteral(Expression):
    """A whole number, in any of Trino's radixes; its type (integer, bigint) is decided by its size."""

    value: int


@node
class DecimalLiteral(Expression):
    """``1.5``: double in Athena, decimal in Trino; the text keeps the digits as written."""

    text: str


@node
class DoubleLiteral(Expression):
    """``1.5e0``."""

    text: str


@node
class StringLiteral(Expression):
    """``'...'`` or ``U&'...'`` with its escapes resolved."""

    value: str


@node
class BinaryLiteral(Expression):
    """``X'...'``."""

    value: bytes


@node
class GenericLiteral(Expression):
    """A type name before a string: ``DATE '2020-01-01'``, ``DECIMAL '1.5'``, ``JSON '[]'``."""

    type: str
    value: str


@node
class IntervalLiteral(Expression):
    """``INTERVAL -'1-2' YEAR TO MONTH``: fields in lower case, ``end`` only when written."""

    value: str
    negative: bool
    start: str
    end: str | None


@node
class Parameter(Expression):
    """The n-th ``?`` of the statement, counted from 0."""

    index: int


@node
class Dereference(Expression):
    """``base.field``: a qualified column or a row's field; only analysis can tell."""

    base: Expression
    field: Identifier


@node
class ArithmeticUnary(Expression):
    """``-x`` or ``+x``."""

    operator: str
    value: Expression


@node
class ArithmeticBinary(Expression):
    """``+ - * / %``; the position is the operator's left operand's, as in Trino."""

    operator: str
    left: Expression
    right: Expression
    operator_position: tuple[int, int]


@node
class Comparison(Expression):
    """``= <> < <= > >=`` and ``IS DISTINCT FROM`` (operator ``IS DISTINCT FROM``)."""

    operator: str
    left: Expression
    right: Expression
    operator_position: tuple[int, int]


@node
class QuantifiedComparison(Expression):
    """``x > ALL (query)``; the quantifier is ``ALL``, ``ANY`` or ``SOME``."""

    operator: str
    quantifier: str
    value: Expression
    query: Query


@node
class Logical(Expression):
    """``AND`` or ``OR`` over two or more terms; chains are flat, so depth does not grow with their length."""

    operator: str
    terms: tuple[Expression, ...]


@node
class Not(Expression):
    """``NOT x``; also what ``NOT IN``, ``NOT LIKE``, ``IS NOT DISTINCT FROM`` and the like wrap themselves in."""

    value: Expression


@node
class Between(Expression):
    """``value BETWEEN low AND high``."""

    value: Expression
    low: Expression
    high: Expression


@node
class InList(Expression):
    """``value IN (item, ...)``."""

    value: Expression
    items: tuple[Expression, ...]


@node
class InSubquery(Expression):
    """``value IN (query)``."""

    value: Expression
    query: Query


@node
class Like(Expression):
    """``value LIKE pattern [ESCAPE escape]``."""

    value: Expression
    pattern: Expression
    escape: Expression | None


@node
class IsNull(Expression):
    """``value IS NULL``; ``IS NOT NULL`` is the same with ``negated``."""

    value: Expression
    negated: bool


@node
class Exists(Expression):
    """``EXISTS (query)``."""

    query: Query


@node
class ScalarSubquery(Expression):
    """A query where a value is wanted."""

    query: Query


@node
class WindowSpecification(Node):
    """What stands in ``OVER (...)`` or behind ``WINDOW w AS``."""

    existing_window: Identifier | None
    partition_by: tuple[Expression, ...]
    order_by: tuple[SortItem, ...]
    frame: WindowFrame | None


@node
class FunctionCall(Expression):
    """A call, with everything that may follow it.

    ``COALESCE``, ``NULLIF``, ``IF``, ``TRY`` and the functions written as keywords (``POSITION``,
    ``SUBSTRING ... FROM``, ``NORMALIZE``, ``||`` as ``concat``) are calls too; analysis knows their names.
    ``chain`` is ``a || b || c``, which means two at a time; ``star`` is ``count(*)``; ``star_label`` is the ``A`` of
    ``count(A.*)`` in row patterns.
    """

    name: QualifiedName
    arguments: tuple[Expression, ...] = ()
    distinct: bool = False
    chain: bool = False
    star: bool = False
    star_label: Identifier | None = None
    order_by: tuple[SortItem, ...] = ()
    filter: Expression | None = None
    window: WindowSpecification | Identifier | None = None
    null_treatment: str | None = None
    """``IGNORE`` or ``RESPECT``."""
    processing_mode: str | None = None
    """``RUNNING`` or ``FINAL``, in row patterns."""


@node
class MeasureOver(Expression):
    """``name OVER w``: a measure of a row pattern in a window."""

    name: Identifier
    window: WindowSpecification | Identifier


@node
class Listagg(Expression):
    """``LISTAGG(x, sep ON OVERFLOW ...) WITHIN GROUP (ORDER BY ...) [FILTER ...]``."""

    value: Expression
    separator: str
    distinct: bool
    overflow_truncate: bool
    overflow_filler: str
    overflow_count: bool
    order_by: tuple[SortItem, ...]
    filter: Expression | None


@node
class Lambda(Expression):
    """``(x, y) -> body``."""

    parameters: tuple[Identifier, ...]
    body: Expression


@node
class Cast(Expression):
    """``CAST(value AS type)``; ``safe`` is ``TRY_CAST``."""

    value: Expression
    type: DataType
    safe: bool


@node
class WhenClause(Node):
    """``WHEN condition THEN result``."""

    condition: Expression
    result: Expression


@node
class SimpleCase(Expression):
    """``CASE operand WHEN value THEN ... END``."""

    operand: Expression
    whens: tuple[WhenClause, ...]
    default: Expression | None


@node
class SearchedCase(Expression):
    """``CASE WHEN condition THEN ... END``."""

    whens: tuple[WhenClause, ...]
    default: Expression | None


@node
class Row(Expression):
    """``ROW(a, b)`` or ``(a, b)``."""

    items: tuple[Expression, ...]


@node
class Array(Expression):
    """``ARRAY[a, b]``."""

    items: tuple[Expression, ...]


@node
class Subscript(Expression):
    """``base[index]`` of an array, a map or a row."""

    base: Expression
    index: Expression


@node
class CurrentTime(Expression):
    """``CURRENT_DATE``, ``CURRENT_TIME``, ``CURRENT_TIMESTAMP``, ``LOCALTIME``, ``LOCALTIMESTAMP``."""

    function: str
    precision: int | None


@node
class CurrentName(Expression):
    """``CURRENT_USER``, ``CURRENT_CATALOG``, ``CURRENT_SCHEMA``, ``CURRENT_PATH``."""

    function: str


@node
class Trim(Expression):
    """``TRIM(LEADING 'x' FROM s)``; the specification is ``LEADING``, ``TRAILING`` or ``BOTH``."""

    specification: str
    source: Expression
    character: Expression | None


@node
class Extract(Expression):
    """``EXTRACT(field FROM source)``; the field as written, in upper case."""

    field: str
    source: Expression


@node
class AtTimeZone(Expression):
    """``value AT TIME ZONE zone``; the zone is a string or an interval."""

    value: Expression
    zone: Expression


@node
class Grouping(Expression):
    """``GROUPING(a, b)``."""

    columns: tuple[Expression, ...]
