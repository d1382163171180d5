"""Table functions: ``TABLE(sequence(start => 1, stop => 10))``, and those of connectors, which are tables."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.analysis.context import TableName
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.scope import ScopedRelation, ScopeField, fields_of, reference
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.relations import Scan, Series
from owlake.types.model import BIGINT

_SEQUENCE = {"start": 0, "stop": None, "step": 1}
"""The parameters of ``sequence`` with their defaults (https://trino.io/docs/current/functions/table.html#sequence)."""


def table_function(analyzer: ExpressionAnalyzer, node: nodes.TableFunctionInvocation) -> ScopedRelation:
    """The rows that a table function gives."""
    if node.name.names != ("sequence",):
        return _of_a_connector(analyzer, node)
    given = _by_name(node, list(_SEQUENCE))
    start, stop, step = (_number(analyzer, name, given.get(name), default, node) for name, default in _SEQUENCE.items())
    relation = Series((ir.Field("sequential_number", BIGINT),), (), start, stop, _checked_step(start, stop, step))
    return ScopedRelation(relation, fields_of(relation, ("sequential_number",)))


def _of_a_connector(analyzer: ExpressionAnalyzer, node: nodes.TableFunctionInvocation) -> ScopedRelation:
    """``catalog.schema.function(...)``; catalog and schema may be the session's."""
    from owlake.operations.binding import Argument  # noqa: PLC0415  (few queries call connectors)

    context, parts = analyzer.context, node.name.names
    name = TableName(
        (parts[-3] if len(parts) == 3 else context.catalog) or "",
        (parts[-2] if len(parts) > 1 else context.schema) or "",
        parts[-1],
    )
    signature = context.metadata.table_function(name) if len(parts) <= 3 else None
    if signature is None:
        raise error("FUNCTION_NOT_FOUND", f"Table function '{node.name}' not registered", node.position)
    given = _by_name(node, [parameter.name for parameter in signature.parameters])
    for parameter in signature.parameters:
        if parameter.required and parameter.name not in given:
            text = f"Missing argument: {parameter.name.upper()}"
            raise error("MISSING_ARGUMENT", text, node.position, hint=str(signature))
    arguments = {}
    for argument, written in given.items():
        value = analyzer.analyze(written)
        if any(isinstance(part, ir.Reference) for part in ir.walk(value)):
            text = f"Argument {argument.upper()} of table function {node.name} must be a constant"
            raise error("EXPRESSION_NOT_CONSTANT", text, written.position)
        arguments[argument] = Argument(argument, value, written.position, written.position)
    source = context.metadata.call_table_function(name, arguments)
    fields = tuple(ir.Field(column.name, column.type) for column in source.columns)
    relation = Scan(fields, source, tuple(column.name for column in source.columns))
    scoped = tuple(
        ScopeField(column.name, (name.table,), reference(field), column.hidden)
        for column, field in zip(source.columns, fields, strict=True)
    )
    return ScopedRelation(relation, scoped)


def _by_name(node: nodes.TableFunctionInvocation, parameters: Sequence[str]) -> dict[str, Node]:
    """The arguments by the names of their parameters, whichever way they are given."""
    named = [argument for argument in node.arguments if argument.name is not None]
    if named and len(named) < len(node.arguments):
        text = "All arguments must be passed by name or all must be passed positionally"
        raise error("INVALID_ARGUMENTS", text, node.position)
    if len(node.arguments) > len(parameters):
        raise error("INVALID_ARGUMENTS", "Too many arguments", node.position)
    found: dict[str, Node] = {}
    for place, argument in enumerate(node.arguments):
        name = parameters[place] if argument.name is None else argument.name.name
        if name not in parameters:
            raise error("INVALID_FUNCTION_ARGUMENT", f"Unexpected argument name: {name.upper()}", argument.position)
        if name in found:
            text = f"Duplicate argument name: {name.upper()}"
            raise error("INVALID_FUNCTION_ARGUMENT", text, argument.position)
        if not isinstance(argument.value, Node):
            text = f"Invalid argument {name.upper()}. Expected expression, got descriptor or table"
            raise error("INVALID_FUNCTION_ARGUMENT", text, argument.position)
        found[name] = argument.value
    return found


def _number(
    analyzer: ExpressionAnalyzer,
    name: str,
    written: Node | None,
    default: int | None,
    node: nodes.TableFunctionInvocation,
) -> int:
    if written is None:
        if default is None:
            raise error("MISSING_ARGUMENT", f"Missing argument: {name.upper()}", node.position)
        return default
    value = analyzer.expect(written, BIGINT, f"Argument {name.upper()}")
    if not isinstance(value, ir.Constant):
        text = f"Argument {name.upper()} of table function sequence must be a constant"
        raise error("EXPRESSION_NOT_CONSTANT", text, written.position)
    if value.value is None:
        raise error("INVALID_FUNCTION_ARGUMENT", f"{name.capitalize()} is null", written.position)
    return int(value.value)


def _checked_step(start: int, stop: int, step: int) -> int:
    """The step that leads from start to stop; one that leads nowhere is any."""
    if start < stop and step <= 0:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Step must be positive for sequence [{start}, {stop}]")
    if start > stop and step >= 0:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Step must be negative for sequence [{start}, {stop}]")
    return step if start != stop else 1
