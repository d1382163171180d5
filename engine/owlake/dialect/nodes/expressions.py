"""Expressions of the Trino side. Names follow Trino's own syntax tree (`io.trino.sql.tree`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from owlake.dialect.nodes.base import Expression, Identifier, Node, QualifiedName
from owlake.dialect.nodes.types import DataType

if TYPE_CHECKING:
    from owlake.dialect.nodes.relations import Query, SortItem, WindowFrame


@dataclass(frozen=True, slots=True)
class NullLiteral(Expression):
    """``NULL``."""


@dataclass(frozen=True, slots=True)
class BooleanLiteral(Expression):
    """``TRUE`` or ``FALSE``."""

    value: bool


@dataclass(frozen=True, slots=True)
class LongLiteral(Expression):
    """A whole number, in any of Trino's radixes; its type (integer, bigint) is decided by its size."""

    value: int


@dataclass(frozen=True, slots=True)
class DecimalLiteral(Expression):
    """``1.5``: double in Athena, decimal in Trino; the text keeps the digits as written."""

    text: str


@dataclass(frozen=True, slots=True)
class DoubleLiteral(Expression):
    """``1.5e0``."""

    text: str


@dataclass(frozen=True, slots=True)
class StringLiteral(Expression):
    """``'...'`` or ``U&'...'`` with its escapes resolved."""

    value: str


@dataclass(frozen=True, slots=True)
class BinaryLiteral(Expression):
    """``X'...'``."""

    value: bytes


@dataclass(frozen=True, slots=True)
class GenericLiteral(Expression):
    """A type name before a string: ``DATE '2020-01-01'``, ``DECIMAL '1.5'``, ``JSON '[]'``."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class IntervalLiteral(Expression):
    """``INTERVAL -'1-2' YEAR TO MONTH``: fields in lower case, ``end`` only when written."""

    value: str
    negative: bool
    start: str
    end: str | None


@dataclass(frozen=True, slots=True)
class Parameter(Expression):
    """The n-th ``?`` of the statement, counted from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class Dereference(Expression):
    """``base.field``: a qualified column or a row's field; only analysis can tell."""

    base: Expression
    field: Identifier


@dataclass(frozen=True, slots=True)
class ArithmeticUnary(Expression):
    """``-x`` or ``+x``."""

    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class ArithmeticBinary(Expression):
    """``+ - * / %``; the position is the operator's left operand's, as in Trino."""

    operator: str
    left: Expression
    right: Expression
    operator_position: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """``= <> < <= > >=`` and ``IS DISTINCT FROM`` (operator ``IS DISTINCT FROM``)."""

    operator: str
    left: Expression
    right: Expression
    operator_position: tuple[int, int]


@dataclass(frozen=True, slots=True)
class QuantifiedComparison(Expression):
    """``x > ALL (query)``; the quantifier is ``ALL``, ``ANY`` or ``SOME``."""

    operator: str
    quantifier: str
    value: Expression
    query: Query


@dataclass(frozen=True, slots=True)
class Logical(Expression):
    """``AND`` or ``OR`` over two or more terms; chains are flat, so depth does not grow with their length."""

    operator: str
    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """``NOT x``; also what ``NOT IN``, ``NOT LIKE``, ``IS NOT DISTINCT FROM`` and the like wrap themselves in."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Between(Expression):
    """``value BETWEEN low AND high``."""

    value: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class InList(Expression):
    """``value IN (item, ...)``."""

    value: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class InSubquery(Expression):
    """``value IN (query)``."""

    value: Expression
    query: Query


@dataclass(frozen=True, slots=True)
class Like(Expression):
    """``value LIKE pattern [ESCAPE escape]``."""

    value: Expression
    pattern: Expression
    escape: Expression | None


@dataclass(frozen=True, slots=True)
class IsNull(Expression):
    """``value IS NULL``; ``IS NOT NULL`` is the same with ``negated``."""

    value: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class Exists(Expression):
    """``EXISTS (query)``."""

    query: Query


@dataclass(frozen=True, slots=True)
class ScalarSubquery(Expression):
    """A query where a value is wanted."""

    query: Query


@dataclass(frozen=True, slots=True)
class WindowSpecification(Node):
    """What stands in ``OVER (...)`` or behind ``WINDOW w AS``."""

    existing_window: Identifier | None
    partition_by: tuple[Expression, ...]
    order_by: tuple[SortItem, ...]
    frame: WindowFrame | None


@dataclass(frozen=True, slots=True)
class FunctionCall(Expression):
    """A call, with everything that may follow it.

    ``COALESCE``, ``NULLIF``, ``IF``, ``TRY`` and the functions written as keywords (``POSITION``,
    ``SUBSTRING ... FROM``, ``NORMALIZE``, ``||`` as ``concat``) are calls too; analysis knows their names.
    ``star`` is ``count(*)``; ``star_label`` is the ``A`` of ``count(A.*)`` in row patterns.
    """

    name: QualifiedName
    arguments: tuple[Expression, ...] = ()
    distinct: bool = False
    star: bool = False
    star_label: Identifier | None = None
    order_by: tuple[SortItem, ...] = ()
    filter: Expression | None = None
    window: WindowSpecification | Identifier | None = None
    null_treatment: str | None = None
    """``IGNORE`` or ``RESPECT``."""
    processing_mode: str | None = None
    """``RUNNING`` or ``FINAL``, in row patterns."""


@dataclass(frozen=True, slots=True)
class MeasureOver(Expression):
    """``name OVER w``: a measure of a row pattern in a window."""

    name: Identifier
    window: WindowSpecification | Identifier


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """``(x, y) -> body``."""

    parameters: tuple[Identifier, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """``CAST(value AS type)``; ``safe`` is ``TRY_CAST``."""

    value: Expression
    type: DataType
    safe: bool


@dataclass(frozen=True, slots=True)
class WhenClause(Node):
    """``WHEN condition THEN result``."""

    condition: Expression
    result: Expression


@dataclass(frozen=True, slots=True)
class SimpleCase(Expression):
    """``CASE operand WHEN value THEN ... END``."""

    operand: Expression
    whens: tuple[WhenClause, ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class SearchedCase(Expression):
    """``CASE WHEN condition THEN ... END``."""

    whens: tuple[WhenClause, ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Row(Expression):
    """``ROW(a, b)`` or ``(a, b)``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Array(Expression):
    """``ARRAY[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Subscript(Expression):
    """``base[index]`` of an array, a map or a row."""

    base: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class CurrentTime(Expression):
    """``CURRENT_DATE``, ``CURRENT_TIME``, ``CURRENT_TIMESTAMP``, ``LOCALTIME``, ``LOCALTIMESTAMP``."""

    function: str
    precision: int | None


@dataclass(frozen=True, slots=True)
class CurrentName(Expression):
    """``CURRENT_USER``, ``CURRENT_CATALOG``, ``CURRENT_SCHEMA``, ``CURRENT_PATH``."""

    function: str


@dataclass(frozen=True, slots=True)
class Trim(Expression):
    """``TRIM(LEADING 'x' FROM s)``; the specification is ``LEADING``, ``TRAILING`` or ``BOTH``."""

    specification: str
    source: Expression
    character: Expression | None


@dataclass(frozen=True, slots=True)
class Extract(Expression):
    """``EXTRACT(field FROM source)``; the field as written, in upper case."""

    field: str
    source: Expression


@dataclass(frozen=True, slots=True)
class AtTimeZone(Expression):
    """``value AT TIME ZONE zone``; the zone is a string or an interval."""

    value: Expression
    zone: Expression


@dataclass(frozen=True, slots=True)
class Grouping(Expression):
    """``GROUPING(a, b)``."""

    columns: tuple[Expression, ...]


# SQL/JSON functions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JsonArgument(Node):
    """A value with ``FORMAT JSON [ENCODING ...]`` (``format`` None, ``JSON``, ``UTF8``, ``UTF16``, ``UTF32``)."""

    value: Expression
    format: str | None
    name: Identifier | None = None
    """The name in ``PASSING value AS name``."""


@dataclass(frozen=True, slots=True)
class JsonPathInvocation(Node):
    """What the four path functions share: the input, the path's text and the values passed to it."""

    input: JsonArgument
    path: StringLiteral
    path_name: Identifier | None
    arguments: tuple[JsonArgument, ...]


@dataclass(frozen=True, slots=True)
class JsonBehavior(Node):
    """What happens ON EMPTY or ON ERROR.

    ``kind``: ERROR, NULL, DEFAULT (with ``default``), TRUE, FALSE, UNKNOWN, EMPTY ARRAY, EMPTY OBJECT.
    """

    kind: str
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class JsonExists(Expression):
    """``JSON_EXISTS(input, path ...)``."""

    path: JsonPathInvocation
    on_error: JsonBehavior | None


@dataclass(frozen=True, slots=True)
class JsonValue(Expression):
    """``JSON_VALUE(input, path RETURNING type ...)``."""

    path: JsonPathInvocation
    returning: DataType | None
    on_empty: JsonBehavior | None
    on_error: JsonBehavior | None


@dataclass(frozen=True, slots=True)
class JsonQuery(Expression):
    """``JSON_QUERY(...)``; wrapper WITHOUT, CONDITIONAL or UNCONDITIONAL; quotes KEEP, OMIT or None."""

    path: JsonPathInvocation
    returning: DataType | None
    output_format: str | None
    wrapper: str
    quotes: str | None
    on_empty: JsonBehavior | None
    on_error: JsonBehavior | None


@dataclass(frozen=True, slots=True)
class JsonObjectMember(Node):
    """``key : value`` or ``KEY key VALUE value``."""

    key: Expression
    value: JsonArgument


@dataclass(frozen=True, slots=True)
class JsonObject(Expression):
    """``JSON_OBJECT(...)``."""

    members: tuple[JsonObjectMember, ...]
    null_on_null: bool
    unique_keys: bool
    returning: DataType | None
    output_format: str | None


@dataclass(frozen=True, slots=True)
class JsonArray(Expression):
    """``JSON_ARRAY(...)``."""

    items: tuple[JsonArgument, ...]
    null_on_null: bool
    returning: DataType | None
    output_format: str | None
