"""Literals, parameters and the names that stand for a value of the session."""

from __future__ import annotations

import re
from datetime import datetime

from owlake.analysis.coercions import NULL
from owlake.analysis.expressions import ExpressionAnalyzer, analyses
from owlake.analysis.types import check_precision
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.errors import OwlakeError, error
from owlake.ir import expressions as ir
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL_DAY_TO_SECOND,
    INTERVAL_YEAR_TO_MONTH,
    JSON,
    SMALLINT,
    TINYINT,
    VARBINARY,
    VARCHAR,
    Char,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)
from owlake.types.text import (
    InvalidTextError,
    parse_date,
    parse_day_to_second,
    parse_decimal,
    parse_time,
    parse_timestamp,
    parse_year_to_month,
)

_INTEGER_MAX = 2**31 - 1
_BIGINT_MAX = 2**63 - 1


@analyses(nodes.NullLiteral)
def _null(_: ExpressionAnalyzer, __: nodes.NullLiteral) -> ir.Expression:
    return NULL


@analyses(nodes.BooleanLiteral)
def _boolean(_: ExpressionAnalyzer, node: nodes.BooleanLiteral) -> ir.Expression:
    return ir.Constant(BOOLEAN, node.value)


@analyses(nodes.LongLiteral)
def _long(_: ExpressionAnalyzer, node: nodes.LongLiteral) -> ir.Expression:
    if not -_BIGINT_MAX - 1 <= node.value <= _BIGINT_MAX:
        raise error("INVALID_LITERAL", f"Invalid numeric literal: {node.value}", node.position)
    fits = -_INTEGER_MAX - 1 <= node.value <= _INTEGER_MAX
    return ir.Constant(INTEGER if fits else BIGINT, node.value)


@analyses(nodes.DecimalLiteral)
def _decimal(analyzer: ExpressionAnalyzer, node: nodes.DecimalLiteral) -> ir.Expression:
    if analyzer.context.decimal_literals_as_double:
        return ir.Constant(DOUBLE, float(node.text.replace("_", "")))
    return _decimal_constant(node.text.replace("_", ""), node)


def _decimal_constant(text: str, node: Node) -> ir.Constant:
    try:
        value, precision, scale = parse_decimal(text)
    except InvalidTextError as problem:
        raise error("INVALID_LITERAL", f"'{text}' is not a valid DECIMAL literal", node.position) from problem
    if precision > Decimal.MAX_PRECISION:
        raise error("INVALID_LITERAL", f"'{text}' is not a valid DECIMAL literal", node.position)
    return ir.Constant(Decimal(precision, scale), value)


@analyses(nodes.DoubleLiteral)
def _double(_: ExpressionAnalyzer, node: nodes.DoubleLiteral) -> ir.Expression:
    return ir.Constant(DOUBLE, float(node.text))


@analyses(nodes.StringLiteral)
def _string(_: ExpressionAnalyzer, node: nodes.StringLiteral) -> ir.Expression:
    return ir.Constant(Varchar(len(node.value)), node.value)


@analyses(nodes.BinaryLiteral)
def _binary(_: ExpressionAnalyzer, node: nodes.BinaryLiteral) -> ir.Expression:
    return ir.Constant(VARBINARY, node.value)


@analyses(nodes.IntervalLiteral)
def _interval(_: ExpressionAnalyzer, node: nodes.IntervalLiteral) -> ir.Expression:
    sign = -1 if node.negative else 1
    try:
        if node.start in ("year", "month"):
            months = parse_year_to_month(node.value, node.start, node.end)
            return ir.Constant(INTERVAL_YEAR_TO_MONTH, sign * months)
        milliseconds = parse_day_to_second(node.value, node.start, node.end)
        return ir.Constant(INTERVAL_DAY_TO_SECOND, sign * milliseconds)
    except InvalidTextError as problem:
        raise error("INVALID_LITERAL", f"'{node.value}' is not a valid INTERVAL literal", node.position) from problem


@analyses(nodes.Parameter)
def _parameter(analyzer: ExpressionAnalyzer, node: nodes.Parameter) -> ir.Expression:
    given = analyzer.context.parameters
    if node.index >= len(given):
        text = f"Incorrect number of parameters: expected {node.index + 1} but found {len(given)}"
        raise error("INVALID_PARAMETER_USAGE", text, node.position)
    return given[node.index]


@analyses(nodes.GenericLiteral)
def _generic(analyzer: ExpressionAnalyzer, node: nodes.GenericLiteral) -> ir.Expression:
    """``DATE '2020-01-01'``: the types with a text of their own here, all others as a cast of the text."""
    read = _READERS.get(node.type.lower())
    if read is not None:
        try:
            constant = read(node.value)
        except InvalidTextError as problem:
            raise _invalid(node, node.type.lower()) from problem
        if isinstance(constant.type, Time | TimeWithTimeZone | Timestamp | TimestampWithTimeZone):
            check_precision(constant.type.base.upper(), constant.type.precision, node.position)
        return constant
    integer = _INTEGERS.get(node.type.lower())
    if integer is not None:
        return _integer_constant(integer, node)
    if node.type.lower() == "decimal":
        return _decimal_constant(node.value, node)
    if node.type.lower() == "json":
        return _json(node)
    if node.type.lower() == "char":
        return ir.Constant(Char(len(node.value)), node.value.rstrip(" "))
    return _cast_literal(analyzer, node)


_INTEGERS = {"tinyint": TINYINT, "smallint": SMALLINT, "integer": INTEGER, "int": INTEGER, "bigint": BIGINT}
_BITS: dict[Type, int] = {TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64}
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


def _integer_constant(type_: Type, node: nodes.GenericLiteral) -> ir.Constant:
    limit = 2 ** (_BITS[type_] - 1)
    if not _WHOLE_NUMBER.fullmatch(node.value) or not -limit <= int(node.value) < limit:
        raise _invalid(node, str(type_))
    return ir.Constant(type_, int(node.value))


def _json(node: nodes.GenericLiteral) -> ir.Constant:
    from owlake.functions.json.documents import NotJsonError, normal_text  # noqa: PLC0415  (msgspec, on use)

    try:
        return ir.Constant(JSON, normal_text(node.value))
    except NotJsonError as problem:
        raise _invalid(node, "json") from problem


def _cast_literal(analyzer: ExpressionAnalyzer, node: nodes.GenericLiteral) -> ir.Expression:
    from owlake.analysis.calls import cast  # noqa: PLC0415  (calls read literals too)
    from owlake.analysis.types import resolve_type  # noqa: PLC0415
    from owlake.dialect.nodes.types import GenericDataType  # noqa: PLC0415

    type_ = resolve_type(GenericDataType(node.position, node.type))
    return cast(analyzer, ir.Constant(VARCHAR, node.value), type_, node.position)


def _invalid(node: nodes.GenericLiteral, name: str) -> OwlakeError:
    return error("INVALID_LITERAL", f"'{node.value}' is not a valid {name.upper()} literal", node.position)


def _date(text: str) -> ir.Constant:
    return ir.Constant(DATE, parse_date(text))


def _time(text: str) -> ir.Constant:
    microseconds, precision, offset = parse_time(text)
    if offset is not None:
        return ir.Constant(TimeWithTimeZone(precision), (microseconds, offset))
    return ir.Constant(Time(precision), microseconds)


def _timestamp(text: str) -> ir.Constant:
    microseconds, precision, zone = parse_timestamp(text)
    if zone is not None:
        return ir.Constant(TimestampWithTimeZone(precision, zone), microseconds)
    return ir.Constant(Timestamp(precision), microseconds)


_READERS = {"date": _date, "time": _time, "timestamp": _timestamp}


_KINDS = {
    "CURRENT_TIME": "TIME WITH TIME ZONE",
    "CURRENT_TIMESTAMP": "TIMESTAMP WITH TIME ZONE",
    "LOCALTIME": "TIME",
    "LOCALTIMESTAMP": "TIMESTAMP",
}


@analyses(nodes.CurrentTime)
def _current_time(analyzer: ExpressionAnalyzer, node: nodes.CurrentTime) -> ir.Expression:
    """The statement's start, the same wherever it is asked for; sessions are in UTC."""
    now = analyzer.context.query_start
    precision = 3 if node.precision is None else node.precision
    check_precision(_KINDS.get(node.function, ""), precision, node.position)
    microseconds = truncated(microseconds_of(now), precision)
    of_day = microseconds % 86_400_000_000
    match node.function:
        case "CURRENT_DATE":
            return ir.Constant(DATE, days_of(now))
        case "CURRENT_TIMESTAMP":
            return ir.Constant(TimestampWithTimeZone(precision, "UTC"), microseconds)
        case "LOCALTIMESTAMP":
            return ir.Constant(Timestamp(precision), microseconds)
        case "LOCALTIME":
            return ir.Constant(Time(precision), of_day)
        case _:
            return ir.Constant(TimeWithTimeZone(precision), (of_day, 0))


def truncated(microseconds: int, precision: int) -> int:
    """Microseconds cut to a number of digits of the second."""
    unit: int = 10 ** max(0, 6 - precision)
    return microseconds // unit * unit


def microseconds_of(moment: datetime) -> int:
    """Microseconds since 1970."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def days_of(moment: datetime) -> int:
    """Days since 1970-01-01."""
    return moment.date().toordinal() - 719_163


@analyses(nodes.CurrentName)
def _current_name(analyzer: ExpressionAnalyzer, node: nodes.CurrentName) -> ir.Expression:
    context = analyzer.context
    value = {
        "CURRENT_USER": context.principal,
        "CURRENT_CATALOG": context.catalog,
        "CURRENT_SCHEMA": context.schema,
        "CURRENT_PATH": "",
    }[node.function]
    return ir.Constant(VARCHAR, value)


def is_literal_number(value: ir.Expression) -> bool:
    """Whether a sort or group key is a whole-number literal: an ordinal."""
    return isinstance(value, ir.Constant) and value.type in (INTEGER, BIGINT) and value.value is not None
