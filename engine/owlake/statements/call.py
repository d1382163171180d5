"""CALL: operations of connectors as procedures (https://trino.io/docs/current/sql/call.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Any

from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.expressions import Parameter
from owlake.dialect.nodes.relations import Query
from owlake.dialect.traversal import walk
from owlake.errors import OwlakeError, error
from owlake.ir.expressions import Expression
from owlake.operations.binding import Argument, assign, bound
from owlake.operations.declaration import Operation
from owlake.operations.invocation import invoke, known_signature
from owlake.operations.listing import operations_by_catalog, operations_of_catalog
from owlake.operations.rows import OperationRows
from owlake.operations.stopping import stopped_by
from owlake.queries.watch import WATCH
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.output import NOTHING
from owlake.statements.query_engine import Answer, QueryEngine
from owlake.statements.running import Running


def call(engine: QueryEngine, node: nodes.Call, context: StatementContext, running: Running) -> Answer:
    """Do the operation; what it gives are rows."""
    catalog, operation = _found(_name(node, context), node, context)
    signature = known_signature(catalog, operation)
    written = [
        Argument(one.name.name if one.name is not None else None, one.value, one.position, one.value.position)
        for one in node.arguments
    ]
    given = assign(signature, written, node.position)
    analysed = _analysed(engine, given, context, running)
    arguments = bound(signature, analysed, lambda expressions: engine.evaluate(expressions, running))
    running.planned()
    running.check()
    WATCH.follow(running.execution.id)
    with stopped_by(running.check):
        result = invoke(catalog, operation, signature, arguments)
    if signature.result.shape is None:
        return NOTHING
    return OperationRows(catalog, operation, signature.result, result, running)


# Names --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Name:
    catalog: str
    schema: str
    procedure: str


def _name(node: nodes.Call, context: StatementContext) -> _Name:
    """The procedure's whole name, from the session where the statement leaves parts out."""
    parts = node.name.names
    if len(parts) > 3:
        raise error("SYNTAX_ERROR", f"Too many dots in table name: {node.name}", node.position)
    if len(parts) == 1 and context.database is None:
        text = "Schema must be specified when session schema is not set"
        raise error("MISSING_SCHEMA_NAME", text, node.position, hint="Write catalog.schema.procedure.")
    catalog = parts[0] if len(parts) == 3 else context.catalog.lower()
    schema = parts[-2] if len(parts) > 1 else (context.database or "").lower()
    return _Name(catalog, schema, parts[-1])


def _found(name: _Name, node: nodes.Call, context: StatementContext) -> tuple[str, Operation]:
    catalogs = context.home.catalogs
    operations: Sequence[Operation] = ()
    if name.catalog in catalogs.names():
        operations = operations_of_catalog(catalogs, name.catalog)
    elif name.catalog != DEFAULT_CATALOG:
        near = get_close_matches(name.catalog, [*catalogs.names(), DEFAULT_CATALOG], 1)
        text = f"Catalog '{name.catalog}' does not exist"
        raise error("CATALOG_NOT_FOUND", text, node.position, hint=f"Did you mean {near[0]}?" if near else None)
    for operation in operations:
        if (operation.schema, operation.name) == (name.schema, name.procedure):
            return name.catalog, operation
    raise _missing(name, operations, context)


def _missing(name: _Name, operations: Sequence[Operation], context: StatementContext) -> OwlakeError:
    wanted = f"{name.schema}.{name.procedure}"
    near = _nearest(name, operations)
    if near is not None:
        hint = f"Did you mean {name.catalog}.{near.schema}.{known_signature(name.catalog, near)}?"
    elif elsewhere := _elsewhere(name, context):
        hint = f"Did you mean {elsewhere}?"
    elif name.schema in context.home.catalogs.names():
        hint = f"{name.schema} is a catalog: write catalog.schema.procedure."
    else:
        hint = "SHOW PROCEDURES lists those that there are."
    return error("PROCEDURE_NOT_FOUND", f"Procedure not registered: {wanted}", hint=hint)


def _nearest(name: _Name, operations: Sequence[Operation]) -> Operation | None:
    """The operation whose name with its schema is like the one that was written, or whose own name is."""
    by_place = {f"{one.schema}.{one.name}": one for one in operations}
    by_name = {one.name: one for one in operations}
    places = get_close_matches(f"{name.schema}.{name.procedure}", by_place, 1)
    names = get_close_matches(name.procedure, by_name, 1)
    return by_place[places[0]] if places else by_name[names[0]] if names else None


def _elsewhere(name: _Name, context: StatementContext) -> str | None:
    """The procedure in another catalog."""
    for catalog, operations in operations_by_catalog(context.home.catalogs):
        for operation in operations:
            if (operation.schema, operation.name) == (name.schema, name.procedure):
                return f"{catalog}.{operation.schema}.{operation.name}"
    return None


# Arguments ----------------------------------------------------------------------------------------------


def _analysed(
    engine: QueryEngine, given: Mapping[str, Argument[Node]], context: StatementContext, running: Running
) -> dict[str, Argument[Any]]:
    """The arguments as typed expressions; lists, dicts and dataclasses that Python gave for a ``?`` as they are."""
    for argument in given.values():
        if any(isinstance(one, Query) for one in walk(argument.value)):
            text = "Constant expression cannot contain a subquery"
            raise error("EXPRESSION_NOT_CONSTANT", text, argument.value_position)
    nested = {name: value for name, one in given.items() if _is_nested(value := _parameter(one.value, running))}
    # They have no type in SQL, and nothing else asks for them.
    places = {one.value.index for name, one in given.items() if name in nested and isinstance(one.value, Parameter)}
    running.parameters = tuple(None if index in places else value for index, value in enumerate(running.parameters))
    written = {name: argument for name, argument in given.items() if name not in nested}
    expressions = engine.constants(tuple(one.value for one in written.values()), context, running) if written else ()
    typed = dict(zip(written, expressions, strict=True))
    values: dict[str, Any] = {**nested, **typed}
    return {name: Argument(one.name, values[name], one.position, one.value_position) for name, one in given.items()}


def _parameter(node: Node, running: Running) -> Any:
    """The value of a lone ``?``."""
    if isinstance(node, Parameter) and node.index < len(running.parameters):
        return running.parameters[node.index]
    return None


def _is_nested(value: Any) -> bool:
    if isinstance(value, str | bytes | bytearray | memoryview | Node | Expression):
        return isinstance(value, Enum)
    return isinstance(value, Mapping | Sequence | Enum) or (is_dataclass(value) and not isinstance(value, type))
