"""Typed expressions: every name is a field, every call an overload, every coercion a Cast.

Two expressions are equal if they compute the same thing; positions do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from owlake.types.model import BOOLEAN, Type

if TYPE_CHECKING:
    from owlake.functions.registry import Function
    from owlake.ir.relations import Relation


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A column of one relation. Fields are told apart by identity: the same name may come twice."""

    name: str
    type: Type

    def __repr__(self) -> str:
        return f"{self.name}:{self.type}"


@dataclass(frozen=True, slots=True)
class Expression:
    """Something with a value and a type."""

    type: Type


@dataclass(frozen=True, slots=True)
class Reference(Expression):
    """The value of a field: of the relation below, or of an outer one in a correlated subquery."""

    field: Field


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Expression):
    """A value known now; None is NULL.

    Values are Python's for boolean, numbers (``decimal.Decimal`` for decimals), text and binary. Dates are days,
    times and timestamps microseconds, day-to-second intervals milliseconds, year-to-month intervals months,
    all int; a timestamp with time zone is its UTC microseconds where the type knows the zone, else a pair of them
    and the zone's name.
    """

    value: Any

    def __eq__(self, other: object) -> bool:
        """Zeros of either sign are equal as numbers, but not the same constant."""
        if not isinstance(other, Constant) or self.type != other.type:
            return False
        if isinstance(self.value, float):
            return repr(self.value) == repr(other.value)
        return bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash((self.type, self.value))


def is_null(expression: Expression) -> bool:
    """Whether the expression is a NULL that is known now."""
    return isinstance(expression, Constant) and expression.value is None


def constant_value(expression: Expression) -> Any:
    """The value of a constant, also under a cast that was made explicit; None for anything else."""
    if isinstance(expression, Constant):
        return expression.value
    inner = getattr(expression, "value", None)
    return constant_value(inner) if isinstance(inner, Constant) else None


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A scalar function's overload over its arguments, already coerced."""

    function: Function
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """A conversion to ``type``; ``safe`` gives NULL where it would fail."""

    value: Expression
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """``=``, ``<>``, ``<``, ``<=``, ``>``, ``>=`` or ``IS DISTINCT FROM`` over two values of one type."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logical(Expression):
    """``AND`` or ``OR`` over any number of terms."""

    operator: str
    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """Negation in three-valued logic."""

    value: Expression


@dataclass(frozen=True, slots=True)
class IsNull(Expression):
    """``value IS NULL``."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Between(Expression):
    """``value BETWEEN low AND high``, all of one type."""

    value: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class InList(Expression):
    """``value IN (items)``, all of one type."""

    value: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """The first branch whose condition is true, else the default. Later branches are not evaluated."""

    branches: tuple[tuple[Expression, Expression], ...]
    default: Expression


@dataclass(frozen=True, slots=True)
class Coalesce(Expression):
    """The first term that is not NULL. Later terms are not evaluated."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Unknown(Expression):
    """The value, as one of which the engine below knows nothing but its type."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Try(Expression):
    """The value, or NULL where computing it fails with one of the errors that TRY catches."""

    value: Expression


@dataclass(frozen=True, slots=True)
class MakeRow(Expression):
    """A row of the items; the type names its fields."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MakeArray(Expression):
    """An array of the items."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class FieldAccess(Expression):
    """The field at ``index`` (from 0) of a row."""

    value: Expression
    index: int


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """A function value: ``parameters`` stand as references in ``body``."""

    parameters: tuple[Field, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an order."""

    value: Expression
    ascending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Aggregation(Expression):
    """An aggregate function over the rows of a group; lifted out of expressions into an Aggregate relation."""

    function: Function
    arguments: tuple[Expression, ...]
    distinct: bool = False
    filter: Expression | None = None
    order_by: tuple[SortKey, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupingId(Expression):
    """``GROUPING(a, b)``: the bits of the named keys that are aggregated away in this row's set."""

    keys: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A window frame; the bounds are (kind, value) with kinds as in the syntax tree."""

    unit: str
    start: tuple[str, Expression | None]
    end: tuple[str, Expression | None]


@dataclass(frozen=True, slots=True)
class WindowCall(Expression):
    """A function over a window; lifted out of expressions into a Window relation."""

    function: Function
    arguments: tuple[Expression, ...]
    partition_by: tuple[Expression, ...]
    order_by: tuple[SortKey, ...]
    frame: Frame | None
    ignore_nulls: bool = False
    distinct: bool = False
    filter: Expression | None = None


@dataclass(frozen=True, slots=True)
class ScalarSubquery(Expression):
    """The one value of a relation of one column; NULL for no row, an error for two."""

    relation: Relation
    field: Field


@dataclass(frozen=True, slots=True)
class Exists(Expression):
    """Whether the relation has a row."""

    relation: Relation


@dataclass(frozen=True, slots=True)
class InSubquery(Expression):
    """``value IN (relation)``, of one type."""

    value: Expression
    relation: Relation
    field: Field


@dataclass(frozen=True, slots=True)
class QuantifiedComparison(Expression):
    """``value operator ALL|ANY (relation)``."""

    operator: str
    quantifier: str
    value: Expression
    relation: Relation
    field: Field


def children(expression: Expression) -> Iterator[Expression]:
    """The expressions directly inside, in order; relations of subqueries are not entered."""
    for slot in SLOTS[type(expression)]:
        yield from _expressions_in(getattr(expression, slot))


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it, parents first."""
    pending = [expression]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(tuple(children(current))))


def _expressions_in(value: object) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, SortKey):
        yield value.value
    elif isinstance(value, Frame):
        for _, bound in (value.start, value.end):
            if bound is not None:
                yield bound
    elif isinstance(value, tuple):
        for item in value:
            yield from _expressions_in(item)


class _Slots(dict[type[Expression], tuple[str, ...]]):
    """Which attributes of a class may hold expressions, found out once."""

    def __missing__(self, kind: type[Expression]) -> tuple[str, ...]:
        skip = {"type", "field", "function", "operator", "relation", "parameters"}
        if kind is Constant:
            return ()
        self[kind] = tuple(slot.name for slot in fields(kind) if slot.name not in skip)
        return self[kind]


SLOTS = _Slots()

TRUE = Constant(BOOLEAN, value=True)
FALSE = Constant(BOOLEAN, value=False)
