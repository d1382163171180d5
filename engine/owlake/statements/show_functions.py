"""SHOW FUNCTIONS: the registry as rows."""

from __future__ import annotations

import re

from owlake.dialect.nodes.statements import ShowFunctions
from owlake.functions.registry import Function
from owlake.statements.context import StatementContext
from owlake.statements.output import Output, OutputColumn
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.types.model import BOOLEAN

_COLUMNS = (
    OutputColumn("Function"),
    OutputColumn("Return Type"),
    OutputColumn("Argument Types"),
    OutputColumn("Function Type"),
    OutputColumn("Deterministic", BOOLEAN),
    OutputColumn("Description"),
)


def show_functions(_: QueryEngine, node: ShowFunctions, context: StatementContext, __: Running) -> Output:
    """One row an overload, by name."""
    wanted = _like(node.pattern, node.escape) if node.pattern is not None else None
    functions = context.home.functions.functions()
    rows = [_row(function) for function in functions if wanted is None or wanted.fullmatch(function.name)]
    return Output(_COLUMNS, rows)


def _row(function: Function) -> tuple[object, ...]:
    signature = function.signature
    arguments = ", ".join(str(argument) for argument in signature.arguments)
    return (
        function.name,
        str(signature.result),
        f"{arguments}..." if signature.variadic else arguments,
        function.kind.value,
        function.deterministic,
        function.description,
    )


def _like(pattern: str, escape: str | None) -> re.Pattern[str]:
    from owlake.functions.like import expression_of  # noqa: PLC0415  (LIKE's own reading of patterns)

    return expression_of(pattern, escape)
