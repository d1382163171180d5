"""Athena's SQL to the syntax tree: the way in for everything that parses."""

from __future__ import annotations

from typing import Final

from owlake.dialect import refusals
from owlake.dialect.lexer import hive_tokens, trino_tokens
from owlake.dialect.nodes.base import Expression, QualifiedName, Statement
from owlake.dialect.nodes.relations import Query
from owlake.dialect.nodes.types import DataType
from owlake.dialect.router import route
from owlake.dialect.script import split
from owlake.dialect.syntax import refuse_as_hive, refuse_as_trino, run
from owlake.dialect.tokens import Tokens
from owlake.dialect.trino import expressions, names, queries, statements, types

MAX_BYTES: Final = 262_144
"""The longest statement that Athena takes, in bytes of UTF-8."""


def parse(sql: str, *, strict: bool = False) -> Statement:
    """The tree of a text that holds one statement.

    Positions are those of the statement without the blanks before it, as in Athena.

    Args:
        sql: The text; semicolons around the statement are fine.
        strict: Also refuse, with Athena's texts, what Athena refuses although its meaning is plain: reserved words
            and double-quoted names in DDL, more than 262,144 bytes.

    Raises:
        OwlakeError: The text is not one statement of Athena's SQL.
    """
    pieces = split(sql)
    if not pieces:
        raise refusals.no_statement(sql)
    if len(pieces) > 1:
        raise refusals.only_one_statement(sql)
    text = pieces[0].text
    if strict and len(text.encode()) > MAX_BYTES:
        raise refusals.too_long()
    tokens = trino_tokens(text)
    if route(tokens, strict=strict) == "hive":
        # Only DDL comes here, so that queries do not pay for loading Hive's grammar.
        from owlake.dialect.hive.statements import statement  # noqa: PLC0415

        return run(hive_tokens(text), statement, refuse_as_hive, strict=strict)
    if strict:
        _refuse_quoted_maintenance(tokens)
    return run(tokens, statements.statement, refuse_as_trino, strict=strict)


def _refuse_quoted_maintenance(tokens: Tokens) -> None:
    """OPTIMIZE and VACUUM of a double-quoted name, which neither of Athena's grammars takes."""
    if tokens.spelling(0).upper() not in ("OPTIMIZE", "VACUUM"):
        return
    index = 1
    while tokens.kinds[index + 1] == "." and not tokens.spelling(index).startswith('"'):
        index += 2
    if tokens.spelling(min(index, tokens.count)).startswith('"'):
        raise refusals.trino_mismatched(tokens, 0, *refusals.STATEMENT_STARTS)


def parse_query(text: str) -> Query:
    """The tree of a text that holds one query."""
    return run(trino_tokens(text), queries.query, refuse_as_trino)


def parse_expression(text: str) -> Expression:
    """The tree of a text that holds one expression of the Trino side."""
    return run(trino_tokens(text), expressions.expression, refuse_as_trino)


def parse_name(text: str) -> QualifiedName:
    """The tree of a text that holds one name, such as ``catalog.schema."Table"``."""
    return run(trino_tokens(text), names.qualified_name, refuse_as_trino)


def parse_type(text: str) -> DataType:
    """The tree of a text that holds one type of the Trino side."""
    return run(trino_tokens(text), types.data_type, refuse_as_trino)
