"""The SQL/JSON functions: types, clauses and paths checked, then a call of one function for all of them.

Errors read as Trino's: INVALID_PATH at the path, TYPE_MISMATCH at the input, SYNTAX_ERROR inside the path's text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from owlake.analysis.coercions import coerce
from owlake.analysis.expressions import Analysis, ExpressionAnalyzer
from owlake.analysis.types import resolve_type
from owlake.dialect.nodes import json as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Position
from owlake.dialect.nodes.expressions import Lambda, StringLiteral
from owlake.dialect.nodes.types import DataType
from owlake.errors import error
from owlake.functions.json.construction import ConstructorCall, array_kernel, object_kernel
from owlake.functions.json.invocation import ENCODINGS, Input, Invocation
from owlake.functions.json.path.checking import UnsupportedPathError, check_path
from owlake.functions.json.path.items import PathError
from owlake.functions.json.path.parser import PathSyntaxError, parse_path
from owlake.functions.json.path_functions import (
    ExistsCall,
    QueryCall,
    ValueCall,
    exists_kernel,
    query_kernel,
    value_kernel,
)
from owlake.functions.registry import CallSite, Execution, Function, Kind
from owlake.functions.signature import Pattern, Signature
from owlake.ir import expressions as ir
from owlake.types.casts import can_cast
from owlake.types.coercion import common_super_type
from owlake.types.model import (
    BOOLEAN,
    DATE,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    Char,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
    is_numeric,
    is_text,
)

_TEMPORAL = (Time, Timestamp, TimestampWithTimeZone, TimeWithTimeZone)
_JSON_FUNCTIONS = (nodes.JsonQuery, nodes.JsonObject, nodes.JsonArray)
Kernel = Callable[..., Any]


# Inputs -------------------------------------------------------------------------------------------------


def json_input(value: ir.Expression, format_: str | None, position: Position) -> tuple[ir.Expression, Input]:
    """A value that is read as JSON.

    Errors: TYPE_MISMATCH for what is neither text nor bytes, or bytes of an encoding that is text.
    """
    is_string = is_text(value.type) or value.type == UNKNOWN
    if (format_ in (None, "JSON") and (is_string or value.type == VARBINARY)) or (
        format_ in ENCODINGS and value.type in (VARBINARY, UNKNOWN)
    ):
        wanted: Type = VARCHAR if is_string and format_ not in ENCODINGS else VARBINARY
        read = value if value.type in (VARCHAR, VARBINARY) or isinstance(value.type, Varchar) else cast(value, wanted)
        return read, Input(wanted, format_ or "JSON")
    text = f"Cannot read input of type {value.type} as JSON using formatting {_format_name(format_)}"
    raise error("TYPE_MISMATCH", text, position)


def cast(value: ir.Expression, type_: Type) -> ir.Expression:
    """The value converted, explicitly if need be."""
    return coerce(value, type_) if isinstance(value, ir.Constant) and value.value is None else ir.Cast(type_, value)


def _format_name(format_: str | None) -> str:
    return f"JSON ENCODING {format_}" if format_ in ENCODINGS else "JSON"


def invocation(
    analyzer: ExpressionAnalyzer, node: nodes.JsonPathInvocation, function: str
) -> tuple[Invocation, tuple[ir.Expression, ...], Type | None]:
    """The path over its input: what is called, with which values, and the type of its items where that is known."""
    given, input_ = json_input(analyzer.analyze(node.input.value), node.input.format, node.input.value.position)
    values = [given]
    parameters: list[Input] = []
    for argument in node.arguments:
        value, parameter = _passed(analyzer, argument, parameters)
        values.append(value)
        parameters.append(parameter)
    type_ = checked_path(node.path, {parameter.name for parameter in parameters})
    return Invocation(function, node.path.value, input_, tuple(parameters)), tuple(values), type_


def _passed(analyzer: ExpressionAnalyzer, node: nodes.JsonArgument, before: list[Input]) -> tuple[ir.Expression, Input]:
    assert node.name is not None
    name = node.name.value if node.name.delimited else node.name.value.upper()
    if any(one.name == name for one in before):
        text = f"{name} JSON path parameter is specified more than once"
        raise error("DUPLICATE_PARAMETER_NAME", text, node.name.position)
    what = "JSON path parameter"
    value, given = _json_or_value(analyzer, node, what, temporal=True)
    return value, Input(given.type, given.format, name)


def _json_or_value(
    analyzer: ExpressionAnalyzer, node: nodes.JsonArgument, what: str, *, temporal: bool
) -> tuple[ir.Expression, Input]:
    """A value with FORMAT, or of another JSON function, is JSON; others are numbers, booleans, text, or made text."""
    if isinstance(node.value, Lambda):
        raise error("NOT_SUPPORTED", f"LambdaExpression is not supported as {what}", node.value.position)
    value = analyzer.analyze(node.value)
    if node.format is not None or isinstance(node.value, _JSON_FUNCTIONS):
        return json_input(value, node.format, node.value.position)
    type_ = value.type
    if type_ == VARBINARY:
        raise error("NOT_SUPPORTED", f"Unsupported type of {what}: {type_}", node.value.position)
    if is_text(type_) or is_numeric(type_) or type_ == BOOLEAN:
        return value, Input(type_)
    if temporal and (isinstance(type_, _TEMPORAL) or type_ == DATE):
        return value, Input(type_)
    if not can_cast(type_, VARCHAR):
        raise error("NOT_SUPPORTED", f"Unsupported type of {what}: {type_}", node.value.position)
    return cast(value, VARCHAR), Input(VARCHAR)


def checked_path(node: StringLiteral, variables: set[str]) -> Type | None:
    """The type of the path's items where it is known.

    Errors: SYNTAX_ERROR at the place in the path, INVALID_PATH, NOT_SUPPORTED.
    """
    try:
        return check_path(parse_path(node.value), variables)
    except PathSyntaxError as problem:
        raise error("SYNTAX_ERROR", problem.message, _inside(node, problem.offset)) from problem
    except PathError as problem:
        raise error("INVALID_PATH", str(problem), node.position) from problem
    except UnsupportedPathError as problem:
        raise error("NOT_SUPPORTED", str(problem), node.position) from problem


def _inside(node: StringLiteral, offset: int) -> Position:
    """The place of a character of a literal in the statement."""
    before = node.value[:offset].split("\n")
    if len(before) == 1:
        return Position(node.position.line, node.position.column + 1 + offset)
    return Position(node.position.line + len(before) - 1, len(before[-1]) + 1)


# Functions ----------------------------------------------------------------------------------------------


@cache
def json_function(name: str, kernel: Kernel, *, raises: bool) -> Function:
    """A function that calls a kernel made for one set of clauses; the same for the same kernel."""

    def implementation(site: CallSite) -> str:
        return site.kernel(kernel, site.arguments, site.type)

    signature = Signature(name, (Pattern("unknown"),), Pattern("unknown"), variadic=True)
    return Function(
        name, Kind.SCALAR, "json", signature, name, implementation, Execution.KERNEL, raises=raises, null_call=True,
        hidden=True,
    )  # fmt: skip


def _exists(analyzer: ExpressionAnalyzer, node: nodes.JsonExists) -> ir.Expression:
    refuse_path_name(node.path, "JSON_EXISTS")
    path, values, _ = invocation(analyzer, node.path, "JSON_EXISTS")
    behavior = node.on_error.kind if node.on_error is not None else "FALSE"
    kernel = exists_kernel(ExistsCall(path, behavior))
    return ir.Call(BOOLEAN, json_function("json_exists", kernel, raises=behavior == "ERROR"), values)


def refuse_path_name(node: nodes.JsonPathInvocation, function: str) -> None:
    """Only JSON_TABLE names its path.

    Errors: INVALID_PATH.
    """
    if node.path_name is not None:
        text = f"JSON path name is not allowed in {function} function"
        raise error("INVALID_PATH", text, node.path_name.position)


def _value(analyzer: ExpressionAnalyzer, node: nodes.JsonValue) -> ir.Expression:
    refuse_path_name(node.path, "JSON_VALUE")
    path, values, known = invocation(analyzer, node.path, "JSON_VALUE")
    returning = value_type(node.returning, known, node.position)
    behaviors, defaults = value_behaviors(analyzer, node.on_empty, node.on_error, returning)
    kernel = value_kernel(ValueCall(path, returning, *behaviors))
    function = json_function("json_value", kernel, raises="ERROR" in behaviors)
    return ir.Call(returning, function, (*values, *defaults))


def value_type(node: DataType | None, known: Type | None, position: Position) -> Type:
    """The type that JSON_VALUE returns.

    Errors: TYPE_MISMATCH for a type that it cannot, or that the path's items do not turn into.
    """
    returning = resolve_type(node) if node is not None else VARCHAR
    if not (
        is_text(returning) or is_numeric(returning) or returning in (BOOLEAN, DATE) or isinstance(returning, _TEMPORAL)
    ):
        raise error("TYPE_MISMATCH", f"Invalid return type of function JSON_VALUE: {returning}", position)
    if known is not None and not can_cast(known, returning):
        text = f"Return type of JSON path: {known} incompatible with return type of function JSON_VALUE: {returning}"
        raise error("TYPE_MISMATCH", text, position)
    return returning


def value_behaviors(
    analyzer: ExpressionAnalyzer,
    on_empty: nodes.JsonBehavior | None,
    on_error: nodes.JsonBehavior | None,
    returning: Type,
    *,
    on_error_kind: str = "NULL",
) -> tuple[tuple[str, str], tuple[ir.Expression, ...]]:
    """What JSON_VALUE does ON EMPTY and ON ERROR, and the default values for that."""
    defaults = []
    for behavior, clause in ((on_empty, "EMPTY"), (on_error, "ERROR")):
        if behavior is not None and behavior.default is not None:
            defaults.append(_default(analyzer, behavior.default, returning, clause))
    return (on_empty.kind if on_empty else "NULL", on_error.kind if on_error else on_error_kind), tuple(defaults)


def _default(analyzer: ExpressionAnalyzer, node: Node, returning: Type, clause: str) -> ir.Expression:
    value = analyzer.analyze(node)
    if common_super_type(value.type, returning) != returning:
        what = f"Function JSON_VALUE default ON {clause} result"
        raise error("TYPE_MISMATCH", f"{what} must evaluate to a {returning} (actual: {value.type})", node.position)
    return coerce(value, returning)


def _query(analyzer: ExpressionAnalyzer, node: nodes.JsonQuery) -> ir.Expression:
    refuse_path_name(node.path, "JSON_QUERY")
    path, values, _ = invocation(analyzer, node.path, "JSON_QUERY")
    refuse_quotes(node.wrapper, node.quotes, node.position)
    returning, output_format = output_type(node.returning, node.output_format, node.position)
    on_empty = node.on_empty.kind if node.on_empty else "NULL"
    on_error = node.on_error.kind if node.on_error else "NULL"
    omit = node.quotes == "OMIT"
    kernel = query_kernel(QueryCall(path, returning, output_format, node.wrapper, omit, on_empty, on_error))
    function = json_function("json_query", kernel, raises="ERROR" in (on_empty, on_error))
    return ir.Call(returning, function, values)


def refuse_quotes(wrapper: str, quotes: str | None, position: Position) -> None:
    """A wrapper and the quotes of a scalar do not go together.

    Errors: INVALID_FUNCTION_ARGUMENT.
    """
    if wrapper != "WITHOUT" and quotes is not None:
        text = f"{quotes} QUOTES behavior specified with WITH {wrapper} ARRAY WRAPPER behavior"
        raise error("INVALID_FUNCTION_ARGUMENT", text, position)


def output_type(node: DataType | None, format_: str | None, position: Position) -> tuple[Type, str]:
    """The type and the form in which a function gives JSON.

    Errors: TYPE_MISMATCH.
    """
    returning = resolve_type(node) if node is not None else VARCHAR
    if returning != VARBINARY and (format_ in ENCODINGS or not is_text(returning)):
        text = f"Cannot output JSON value as {returning} using formatting {_format_name(format_)}"
        raise error("TYPE_MISMATCH", text, position)
    return returning, format_ or "JSON"


# Constructors -------------------------------------------------------------------------------------------


def _array(analyzer: ExpressionAnalyzer, node: nodes.JsonArray) -> ir.Expression:
    returning, output_format = output_type(node.returning, node.output_format, node.position)
    what = "value passed to JSON_ARRAY function"
    items = [_json_or_value(analyzer, item, what, temporal=False) for item in node.items]
    call = ConstructorCall(tuple(given for _, given in items), node.null_on_null, returning, output_format)
    if not items:
        return _empty(returning, "[]", output_format)
    raises = any(given.format for _, given in items)
    function = json_function("json_array", array_kernel(call), raises=raises)
    return ir.Call(returning, function, tuple(value for value, _ in items))


def _object(analyzer: ExpressionAnalyzer, node: nodes.JsonObject) -> ir.Expression:
    returning, output_format = output_type(node.returning, node.output_format, node.position)
    keys, values, inputs = [], [], []
    for member in node.members:
        key = analyzer.analyze(member.key)
        if not is_text(key.type):
            text = f"Invalid type of JSON object key: {key.type}"
            raise error("INVALID_FUNCTION_ARGUMENT", text, member.key.position)
        keys.append(cast(key, VARCHAR) if isinstance(key.type, Char) else key)
        value, given = _json_or_value(analyzer, member.value, "value passed to JSON_OBJECT function", temporal=False)
        if given.format is not None and node.unique_keys:
            text = (
                "WITH UNIQUE KEYS behavior is not supported for JSON_OBJECT function when input expression has FORMAT"
            )
            raise error("NOT_SUPPORTED", text, node.position)
        values.append(value)
        inputs.append(given)
    if not keys:
        return _empty(returning, "{}", output_format)
    call = ConstructorCall(tuple(inputs), node.null_on_null, returning, output_format, node.unique_keys)
    return ir.Call(returning, json_function("json_object", object_kernel(call), raises=True), (*keys, *values))


def _empty(returning: Type, text: str, output_format: str) -> ir.Expression:
    if returning == VARBINARY:
        return ir.Constant(VARBINARY, text.encode(ENCODINGS.get(output_format, "utf-8")))
    assert isinstance(returning, Varchar | Char)
    return ir.Constant(returning, text if returning.length is None else text[: returning.length])


ANALYSES: dict[type[Node], Analysis] = {
    nodes.JsonExists: _exists,
    nodes.JsonValue: _value,
    nodes.JsonQuery: _query,
    nodes.JsonArray: _array,
    nodes.JsonObject: _object,
}
