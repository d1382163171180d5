"""PREPARE, EXECUTE, DEALLOCATE: statements kept under a name, with ``?`` for values."""

from __future__ import annotations

from owlake.catalog.errors import EntityNotFound
from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Expression, Position, Statement
from owlake.dialect.statement_types import statement_type
from owlake.errors import OwlakeError, error
from owlake.statements.context import StatementContext
from owlake.statements.output import NOTHING, Output
from owlake.statements.query_engine import Answer, QueryEngine
from owlake.statements.running import Running

_PREPARABLE = (nodes.QueryStatement, nodes.CreateTableAs, nodes.Insert, nodes.Unload)


def prepare(_: QueryEngine, node: nodes.Prepare, context: StatementContext, running: Running) -> Output:
    """Keep the statement; the same name again replaces it."""
    if not isinstance(node.statement, _PREPARABLE):
        text = f"Invalid statement type for prepared statement: {type(node.statement).__name__}"
        raise error("NOT_SUPPORTED", text, node.position)
    with context.home.metastore.write() as transaction:
        transaction.put_prepared_statement(running.properties.workgroup, node.name.value, node.text)
    return NOTHING


def execute(engine: QueryEngine, node: nodes.Execute, context: StatementContext, running: Running) -> Answer:
    """Run the statement of that name with values for its ``?``."""
    with context.home.metastore.read() as reader:
        found = reader.find_prepared_statement(running.properties.workgroup, node.name.value)
    if found is None:
        raise _missing(node.name.value)
    return _run(engine, found.statement, node.arguments, node.position, context, running)


def execute_immediate(
    engine: QueryEngine, node: nodes.ExecuteImmediate, context: StatementContext, running: Running
) -> Answer:
    """Run a text with values for its ``?``."""
    return _run(engine, node.text, node.arguments, node.position, context, running)


def deallocate(_: QueryEngine, node: nodes.Deallocate, context: StatementContext, running: Running) -> Output:
    """Forget the statement of that name."""
    with context.home.metastore.write() as transaction:
        try:
            transaction.delete_prepared_statement(running.properties.workgroup, node.name.value)
        except EntityNotFound as problem:
            raise _missing(node.name.value) from problem
    return NOTHING


def _missing(name: str) -> OwlakeError:
    return error("NOT_FOUND", f"Prepared statement not found: {name}")


def _run(
    engine: QueryEngine,
    text: str,
    arguments: tuple[Expression, ...],
    position: Position,
    context: StatementContext,
    running: Running,
) -> Answer:
    statement, expected = engine.executor.stack.run(lambda: _parsed(text))
    if expected != len(arguments):
        problem = f"Incorrect number of parameters: expected {expected} but found {len(arguments)}"
        raise error("INVALID_PARAMETER_USAGE", problem, position)
    values = engine.constants(arguments, context, running)
    running.parameters, running.prepared_text = values, text
    running.runs(statement_type(statement)[1])
    return engine.execute(statement, context, running)


def _parsed(text: str) -> tuple[Statement, int]:
    from owlake.dialect.parser import parse  # noqa: PLC0415  (the grammar loads with the first statement)
    from owlake.dialect.traversal import count_parameters  # noqa: PLC0415

    statement = parse(text)
    return statement, count_parameters(statement)
