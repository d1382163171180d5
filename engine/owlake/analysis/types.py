"""Types as written to Trino types."""

from __future__ import annotations

from owlake.dialect.nodes import types as nodes
from owlake.dialect.nodes.base import Position
from owlake.errors import error
from owlake.types.model import (
    INTERVAL_DAY_TO_SECOND,
    INTERVAL_YEAR_TO_MONTH,
    PRIMITIVES,
    VARCHAR,
    Array,
    Char,
    Decimal,
    Map,
    QDigest,
    Row,
    RowField,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)
from owlake.types.text import MAX_PRECISION

_ALIASES = {"int": "integer", "float": "real"}


def resolve_type(node: nodes.DataType) -> Type:
    """The Trino type that a written type means.

    Errors: TYPE_NOT_FOUND ``Unknown type: string``, INVALID_TYPE-like argument errors, at the type's position.
    """
    match node:
        case nodes.GenericDataType():
            return _generic(node)
        case nodes.DateTimeDataType():
            return _date_time(node)
        case nodes.IntervalDataType(start="year") | nodes.IntervalDataType(start="month"):
            return INTERVAL_YEAR_TO_MONTH
        case nodes.IntervalDataType():
            return INTERVAL_DAY_TO_SECOND
        case nodes.RowDataType():
            return Row(
                tuple(
                    RowField(field.name.name if field.name else None, resolve_type(field.type)) for field in node.fields
                )
            )
        case _:
            raise _unknown(node, type(node).__name__)


def parse_type(text: str) -> Type:
    """The type that a text means: ``row(x bigint)``. Errors: as ``resolve_type``, and a type that cannot be read."""
    from owlake.dialect import parser  # noqa: PLC0415  (few have types as text)

    return resolve_type(parser.parse_type(text))


def _generic(node: nodes.GenericDataType) -> Type:
    name = _ALIASES.get(node.name.lower(), node.name.lower())
    types = [resolve_type(argument) for argument in node.arguments if isinstance(argument, nodes.DataType)]
    numbers = [argument for argument in node.arguments if isinstance(argument, int)]
    match name, len(types), len(numbers):
        case "array", 1, 0:
            return Array(types[0])
        case "map", 2, 0:
            return Map(types[0], types[1])
        case "qdigest", 1, 0:
            return QDigest(types[0])
        case "varchar", 0, 0:
            return VARCHAR
        case "varchar", 0, 1:
            return Varchar(numbers[0] if numbers[0] <= Varchar.MAX_LENGTH else None)
        case "char", 0, _ if len(numbers) <= 1:
            return _char(node, numbers[0] if numbers else 1)
        case "decimal", 0, _ if len(numbers) <= 2:
            return _decimal(node, *numbers)
        case _ if not node.arguments and name in PRIMITIVES:
            return PRIMITIVES[name]
        case _:
            raise _unknown(node, _text(node))


def _char(node: nodes.DataType, length: int) -> Char:
    if length > Char.MAX_LENGTH:
        raise error(
            "TYPE_NOT_FOUND", f"CHAR length must be in range [0, {Char.MAX_LENGTH}], got {length}", node.position
        )
    return Char(length)


def _decimal(node: nodes.DataType, precision: int = 38, scale: int = 0) -> Decimal:
    if not 1 <= precision <= Decimal.MAX_PRECISION:
        raise error("TYPE_NOT_FOUND", f"DECIMAL precision must be in range [1, 38]: {precision}", node.position)
    if scale > precision:
        text = f"DECIMAL scale must be in range [0, precision ({precision})]: {scale}"
        raise error("TYPE_NOT_FOUND", text, node.position)
    return Decimal(precision, scale)


def check_precision(kind: str, precision: int, position: Position) -> None:
    """Errors: NUMERIC_VALUE_OUT_OF_RANGE for more digits of a second than a type of this kind has."""
    if precision > MAX_PRECISION:
        text = f"{kind} precision must be in range [0, {MAX_PRECISION}]: {precision}"
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", text, position)


def _date_time(node: nodes.DateTimeDataType) -> Type:
    precision = 3 if node.precision is None else node.precision
    check_precision(node.name.upper() + (" WITH TIME ZONE" if node.with_time_zone else ""), precision, node.position)
    if node.name.lower() == "time":
        return TimeWithTimeZone(precision) if node.with_time_zone else Time(precision)
    return TimestampWithTimeZone(precision) if node.with_time_zone else Timestamp(precision)


def _text(node: nodes.GenericDataType) -> str:
    if not node.arguments:
        return node.name
    inner = ",".join(str(a) if isinstance(a, int) else str(resolve_type(a)) for a in node.arguments)
    return f"{node.name}({inner})"


def _unknown(node: nodes.DataType, text: str) -> Exception:
    hints = {"string": "varchar", "binary": "varbinary", "struct": "row(...)"}
    near = hints.get(text.lower())
    return error("TYPE_NOT_FOUND", f"Unknown type: {text}", node.position, hint=f"Use {near}." if near else None)
