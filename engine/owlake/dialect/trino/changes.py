"""Statements that change data: INSERT, UPDATE, DELETE, MERGE, UNLOAD, and Iceberg's OPTIMIZE and VACUUM."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.base import Expression, Identifier
from owlake.dialect.nodes.statements import (
    Assignment,
    Delete,
    Insert,
    Merge,
    MergeCase,
    Optimize,
    Unload,
    Update,
    Vacuum,
)
from owlake.dialect.trino import expressions, queries, relations, statements
from owlake.dialect.trino.literals import string
from owlake.dialect.trino.names import ddl_name, expect_words, identifier, identifiers, qualified_name


def insert(cursor: Cursor) -> Insert:
    """``INSERT INTO t [(columns)] query``."""
    position = cursor.position
    cursor.expect("INSERT", "INTO")
    table = qualified_name(cursor)
    columns: tuple[Identifier, ...] = ()
    if cursor.kind == "(" and cursor.peek() in NAMES:
        columns = identifiers(cursor)
    cursor.note("(")
    return Insert(position, table, columns, queries.query(cursor))


def delete(cursor: Cursor) -> Delete:
    """``DELETE FROM t [WHERE p]``."""
    position = cursor.position
    cursor.expect("DELETE", "FROM")
    table = qualified_name(cursor)
    return Delete(position, table, _where(cursor))


def update(cursor: Cursor) -> Update:
    """``UPDATE t SET c = e, ... [WHERE p]``."""
    position = cursor.position
    cursor.expect("UPDATE")
    table = qualified_name(cursor)
    cursor.expect("SET")
    assignments = [_assignment(cursor)]
    while cursor.accept(","):
        assignments.append(_assignment(cursor))
    return Update(position, table, tuple(assignments), _where(cursor))


def _assignment(cursor: Cursor) -> Assignment:
    position = cursor.position
    column = identifier(cursor)
    cursor.expect("=")
    return Assignment(position, column, expressions.expression(cursor))


def _where(cursor: Cursor) -> Expression | None:
    return expressions.expression(cursor) if cursor.accept("WHERE") else None


def merge(cursor: Cursor) -> Merge:
    """``MERGE INTO t [[AS] a] USING source ON condition WHEN ...``."""
    position = cursor.position
    cursor.expect("MERGE", "INTO")
    table = qualified_name(cursor)
    alias = queries.alias(cursor)
    cursor.expect("USING")
    source = relations.relation(cursor)
    cursor.expect("ON")
    condition = expressions.expression(cursor)
    cases = [_merge_case(cursor)]
    while cursor.kind == "WHEN":
        cases.append(_merge_case(cursor))
    cursor.note("WHEN")
    return Merge(position, table, alias, source, condition, tuple(cases))


def _merge_case(cursor: Cursor) -> MergeCase:
    position = cursor.position
    cursor.expect("WHEN")
    matched = not cursor.accept("NOT")
    cursor.expect("MATCHED")
    condition = expressions.expression(cursor) if cursor.accept("AND") else None
    cursor.expect("THEN")
    if not matched:
        cursor.expect("INSERT")
        columns, values = _merge_insert(cursor)
        return MergeCase(position, matched, condition, "INSERT", columns, values)
    if cursor.expect_one_of("UPDATE", "DELETE") == "DELETE":
        return MergeCase(position, matched, condition, "DELETE", (), ())
    cursor.expect("SET")
    assignments = [_assignment(cursor)]
    while cursor.accept(","):
        assignments.append(_assignment(cursor))
    return MergeCase(
        position,
        matched,
        condition,
        "UPDATE",
        tuple(assignment.column for assignment in assignments),
        tuple(assignment.value for assignment in assignments),
    )


def _merge_insert(cursor: Cursor) -> tuple[tuple[Identifier, ...], tuple[Expression, ...]]:
    columns = identifiers(cursor) if cursor.kind == "(" else ()
    cursor.note("(")
    cursor.expect("VALUES", "(")
    values = expressions.expressions(cursor)
    cursor.expect(")")
    return columns, values


def unload(cursor: Cursor) -> Unload:
    """``UNLOAD (query) TO 's3://...' WITH (...)``."""
    position = cursor.position
    expect_words(cursor, "UNLOAD")
    query = queries.parenthesized_query(cursor)
    cursor.expect("TO")
    location = string(cursor).value
    return Unload(position, query, location, statements.properties(cursor) if cursor.accept("WITH") else ())


def optimize(cursor: Cursor) -> Optimize:
    """``OPTIMIZE t REWRITE DATA USING BIN_PACK [WHERE p]``."""
    position = cursor.position
    expect_words(cursor, "OPTIMIZE")
    table = ddl_name(cursor)
    expect_words(cursor, "REWRITE", "DATA", "USING", "BIN_PACK")
    return Optimize(position, table, _where(cursor))


def vacuum(cursor: Cursor) -> Vacuum:
    """``VACUUM t``."""
    position = cursor.position
    expect_words(cursor, "VACUUM")
    return Vacuum(position, ddl_name(cursor))
