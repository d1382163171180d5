"""Table functions: ``TABLE(f(...))`` with table, descriptor and scalar arguments."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.base import Expression, Identifier, QualifiedName
from owlake.dialect.nodes.relations import (
    Descriptor,
    Relation,
    SortItem,
    Table,
    TableArgument,
    TableFunctionArgument,
    TableFunctionInvocation,
    TableSubquery,
)
from owlake.dialect.nodes.types import DataType
from owlake.dialect.trino import expressions, queries, relations, windows
from owlake.dialect.trino.names import identifier, qualified_name
from owlake.dialect.trino.parentheses import opens_query
from owlake.dialect.trino.types import data_type


def table_function(cursor: Cursor) -> TableFunctionInvocation:
    """``TABLE(f(a => 1, b => TABLE(t)))``; the position is the function's."""
    cursor.expect("TABLE", "(")
    position = cursor.position
    name = qualified_name(cursor)
    cursor.expect("(")
    arguments = []
    cursor.note(")", "COPARTITION")
    if cursor.kind != ")" and not _begins_copartition(cursor):
        arguments.append(_argument(cursor))
        while cursor.accept(","):
            arguments.append(_argument(cursor))
    copartition = _copartition(cursor)
    cursor.expect(")", ")")
    return TableFunctionInvocation(position, name, tuple(arguments), copartition)


def _argument(cursor: Cursor) -> TableFunctionArgument:
    position = cursor.position
    name = None
    if cursor.kind in NAMES and cursor.peek() == "=>":
        name = identifier(cursor)
        cursor.expect("=>")
    return TableFunctionArgument(position, name, _value(cursor))


def _value(cursor: Cursor) -> Expression | Descriptor | TableArgument:
    cursor.note("TABLE", "DESCRIPTOR")
    if cursor.kind == "TABLE":
        return _table_argument(cursor)
    if cursor.kind == "DESCRIPTOR" and cursor.peek() == "(" and cursor.peek(2) in NAMES:
        return _descriptor(cursor)
    if cursor.follows("CAST", "(", "NULL", "AS", "DESCRIPTOR", ")"):
        position = cursor.position
        cursor.expect("CAST", "(", "NULL", "AS", "DESCRIPTOR", ")")
        return Descriptor(position, ())
    return expressions.expression(cursor)


def _descriptor(cursor: Cursor) -> Descriptor:
    position = cursor.position
    cursor.expect("DESCRIPTOR", "(")
    fields = [_descriptor_field(cursor)]
    while cursor.accept(","):
        fields.append(_descriptor_field(cursor))
    cursor.expect(")")
    return Descriptor(position, tuple(fields))


def _descriptor_field(cursor: Cursor) -> tuple[Identifier, DataType | None]:
    name = identifier(cursor)
    if cursor.kind in NAMES:
        return name, data_type(cursor)
    cursor.note("<type>")
    return name, None


def _table_argument(cursor: Cursor) -> TableArgument:
    position = cursor.position
    cursor.expect("TABLE")
    relation: Relation
    if opens_query(cursor, cursor.index):
        inner = cursor.tokens.position(cursor.index + 1)
        relation = TableSubquery(inner, queries.parenthesized_query(cursor))
    else:
        cursor.expect("(")
        cursor.note("<query>")
        inner = cursor.position
        relation = Table(inner, qualified_name(cursor))
        cursor.expect(")")
    relation = relations.aliased(cursor, position, relation)
    partition_by = _partition_by(cursor)
    prune = _prune_when_empty(cursor)
    return TableArgument(position, relation, partition_by, _order_by(cursor), prune)


def _partition_by(cursor: Cursor) -> tuple[Expression, ...] | None:
    if not cursor.accept("PARTITION"):
        return None
    cursor.expect("BY")
    if not cursor.accept("("):
        return (expressions.expression(cursor),)
    items = () if cursor.kind == ")" else expressions.expressions(cursor)
    cursor.expect(")")
    return items


def _prune_when_empty(cursor: Cursor) -> bool | None:
    for kind in ("PRUNE", "KEEP"):
        if cursor.accept(kind):
            cursor.expect("WHEN", "EMPTY")
            return kind == "PRUNE"
    return None


def _order_by(cursor: Cursor) -> tuple[SortItem, ...]:
    if not cursor.accept("ORDER"):
        return ()
    cursor.expect("BY")
    if cursor.kind == "(" and cursor.kinds[cursor.closing(cursor.index) + 1] in (",", ")", "COPARTITION"):
        cursor.advance()
        items = windows.sort_items(cursor)
        cursor.expect(")")
        return items
    return (windows.sort_item(cursor),)


def _begins_copartition(cursor: Cursor) -> bool:
    return cursor.kind == "COPARTITION" and cursor.peek() == "("


def _copartition(cursor: Cursor) -> tuple[tuple[QualifiedName, ...], ...]:
    if not cursor.accept("COPARTITION"):
        return ()
    groups = [_copartitioned(cursor)]
    while cursor.accept(","):
        groups.append(_copartitioned(cursor))
    return tuple(groups)


def _copartitioned(cursor: Cursor) -> tuple[QualifiedName, ...]:
    cursor.expect("(")
    tables = [qualified_name(cursor)]
    cursor.expect(",")
    tables.append(qualified_name(cursor))
    while cursor.accept(","):
        tables.append(qualified_name(cursor))
    cursor.expect(")")
    return tuple(tables)
