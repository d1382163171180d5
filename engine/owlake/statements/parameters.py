"""Execution parameters: the texts that clients give for the ``?`` of a statement.

Athena classifies each: an expression without columns is that expression, everything else a string.
"""

from __future__ import annotations

from owlake.dialect.nodes.base import Expression, Identifier, Position
from owlake.dialect.nodes.expressions import Dereference, StringLiteral
from owlake.errors import OwlakeError


def execution_parameter(text: str) -> Expression:
    """The expression that a parameter's text means.

    ``5``, ``DATE '2020-01-01'`` and ``now()`` are expressions; ``abc``, ``it's`` and ``a b`` are strings.
    """
    from owlake.dialect.parser import parse_expression  # noqa: PLC0415  (the grammar loads on use)
    from owlake.dialect.traversal import walk  # noqa: PLC0415

    try:
        node = parse_expression(text)
    except OwlakeError:
        return StringLiteral(Position(1, 1), text)
    columns = (one for one in walk(node) if isinstance(one, Identifier | Dereference))
    names_functions = {id(part) for one in walk(node) for part in getattr(getattr(one, "name", None), "parts", ())}
    if any(id(one) not in names_functions for one in columns):
        return StringLiteral(Position(1, 1), text)
    return node
