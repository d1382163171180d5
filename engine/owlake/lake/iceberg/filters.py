"""What a query lets columns be, as an expression by which pyiceberg chooses manifests and files."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import reduce
from typing import Any

from pyiceberg import types as iceberg
from pyiceberg.expressions import (
    AlwaysFalse,
    AlwaysTrue,
    And,
    BooleanExpression,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    NotNull,
    Or,
)
from pyiceberg.expressions.literals import (
    DateLiteral,
    DecimalLiteral,
    Literal,
    TimestampLiteral,
    UUIDLiteral,
    literal,
)
from pyiceberg.schema import Schema

from owlake.lake.model import Constraint, Domain, Range

_MOST_VALUES = 1000
"""Beyond these, asking every file for every value costs more than what it could save."""


class _UnfitError(Exception):
    """A value that the column's type cannot have: nothing is said of the column then."""


def row_filter(constraint: Constraint, schema: Schema) -> BooleanExpression:
    """An expression that every row that matters satisfies."""
    fields = {field.name.lower(): field for field in schema.fields}
    found: list[BooleanExpression] = []
    for name, domain in constraint.items():
        field = fields.get(name)
        if field is not None and isinstance(field.field_type, iceberg.PrimitiveType):
            try:
                found.append(_of_domain(field, domain))
            except _UnfitError:
                continue
    return reduce(And, found, AlwaysTrue())


def _of_domain(field: iceberg.NestedField, domain: Domain) -> BooleanExpression:
    terms: list[BooleanExpression] = [IsNull(field.name)] if domain.null_allowed else []
    if domain.values is not None:
        if len(domain.values) > _MOST_VALUES:
            raise _UnfitError
        if domain.values:
            terms.append(In(field.name, {_literal(field.field_type, value) for value in domain.values}))
    terms += [_of_range(field, one) for one in domain.ranges or ()]
    return reduce(Or, terms, AlwaysFalse())


def _of_range(field: iceberg.NestedField, range_: Range) -> BooleanExpression:
    terms: list[BooleanExpression] = [NotNull(field.name)]
    if range_.low is not None:
        low = _literal(field.field_type, range_.low)
        terms.append(GreaterThanOrEqual(field.name, low) if range_.low_inclusive else GreaterThan(field.name, low))
    if range_.high is not None:
        high = _literal(field.field_type, range_.high)
        terms.append(LessThanOrEqual(field.name, high) if range_.high_inclusive else LessThan(field.name, high))
    return reduce(And, terms)


def _literal(type_: iceberg.IcebergType, value: Any) -> Literal[Any]:
    make = _LITERALS.get(type(type_))
    if make is None:
        raise _UnfitError
    found = make(type_, value)
    if found is None:
        raise _UnfitError
    return found


def _number(_: iceberg.IcebergType, value: Any) -> Literal[Any] | None:
    is_number = isinstance(value, int | float) and not (isinstance(value, float) and math.isnan(value))
    return literal(value) if is_number and not isinstance(value, bool) else None


def _decimal(type_: iceberg.IcebergType, value: Any) -> Literal[Any] | None:
    assert isinstance(type_, iceberg.DecimalType)
    if not isinstance(value, Decimal | int):
        return None
    # Python's own arithmetic of decimals has fewer digits than the column may have.
    with localcontext(prec=80):
        exact = Decimal(value).quantize(Decimal(1).scaleb(-type_.scale))
        return DecimalLiteral(exact) if exact == value else None


def _date(_: iceberg.IcebergType, value: Any) -> Literal[Any] | None:
    is_date = isinstance(value, date) and not isinstance(value, datetime)
    return DateLiteral((value - date(1970, 1, 1)).days) if is_date else None


def _timestamp(_: iceberg.IcebergType, value: Any) -> Literal[Any] | None:
    if not isinstance(value, datetime):
        return None
    moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return TimestampLiteral((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def _uuid(_: iceberg.IcebergType, value: Any) -> Literal[Any] | None:
    try:
        return UUIDLiteral(uuid.UUID(value).bytes) if isinstance(value, str) else None
    except ValueError:
        return None


def _as_it_is(kind: type) -> Callable[[iceberg.IcebergType, Any], Literal[Any] | None]:
    return lambda _, value: literal(value) if isinstance(value, kind) else None


_LITERALS: Mapping[type[iceberg.IcebergType], Callable[[iceberg.IcebergType, Any], Literal[Any] | None]] = {
    iceberg.BooleanType: _as_it_is(bool),
    iceberg.IntegerType: _number,
    iceberg.LongType: _number,
    iceberg.FloatType: _number,
    iceberg.DoubleType: _number,
    iceberg.DecimalType: _decimal,
    iceberg.DateType: _date,
    iceberg.TimestampType: _timestamp,
    iceberg.TimestamptzType: _timestamp,
    iceberg.StringType: _as_it_is(str),
    iceberg.BinaryType: _as_it_is(bytes),
    iceberg.UUIDType: _uuid,
}
