"""Queries to text, in the layout of Trino's formatter: SHOW CREATE VIEW prints it, and CTAS counts positions in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from owlake.dialect.formatter.calls import format_order_by, format_window
from owlake.dialect.formatter.expressions import format_expression, format_name, joined, quantified
from owlake.dialect.formatter.writer import Writer
from owlake.dialect.nodes import relations as tree
from owlake.dialect.nodes.base import Identifier, Node
from owlake.dialect.nodes.expressions import Parameter
from owlake.dialect.nodes.statements import CreateTableAs


def format_query(node: Node) -> str:
    """A query as SQL, one clause a line, ending in a line feed."""
    writer = Writer()
    write(node, writer, 0)
    return writer.text


def format_create_table_as(statement: CreateTableAs, added: Sequence[tuple[str, str]] = ()) -> str:
    """CREATE TABLE AS in the layout whose positions Athena reports.

    Args:
        statement: The statement.
        added: Properties that stand before the statement's own: name and the value's SQL.
    """
    writer = Writer()
    writer.add("CREATE TABLE ", "IF NOT EXISTS " if statement.if_not_exists else "", format_name(statement.name))
    writer.add(columns(statement.columns))
    own = [(format_expression(item.name), format_expression(item.value)) for item in statement.properties]
    lines = [f"   {name} = {value}" for name, value in (*added, *own)]
    if lines:
        writer.add("\nWITH (\n", ",\n".join(lines), "\n)")
    writer.add(" AS ")
    write(statement.query, writer, 0)
    if not statement.with_data:
        writer.add(" WITH NO DATA")
    return writer.text


def columns(names: Sequence[Identifier]) -> str:
    """`` (a, b)``, with the blank before it; empty for none."""
    return f" ({joined(names)})" if names else ""


@singledispatch
def write(node: Node, writer: Writer, indent: int) -> None:
    """Write a query, a part of one, or a relation."""
    del writer, indent
    message = f"no text for {type(node).__name__}"
    raise NotImplementedError(message)


@write.register
def _query(node: tree.Query, writer: Writer, indent: int) -> None:
    if node.with_ is not None:
        _with(node.with_, writer, indent)
    _body(node.body, writer, indent)
    if node.order_by:
        writer.begin(indent, format_order_by(node.order_by), "\n")
    if node.offset is not None:
        writer.begin(indent, f"OFFSET {_count(node.offset)} ROWS\n")
    if node.limit is not None:
        writer.begin(indent, _limit(node.limit), "\n")


def _with(node: tree.With, writer: Writer, indent: int) -> None:
    writer.begin(indent, "WITH", " RECURSIVE" if node.recursive else "", "\n  ")
    for index, query in enumerate(node.queries):
        if index:
            writer.add(", ")
        writer.begin(indent, format_expression(query.name), columns(query.columns), " AS ")
        parenthesized(query.query, writer, indent)
        writer.add("\n")


def _body(node: tree.QueryBody, writer: Writer, indent: int) -> None:
    if isinstance(node, tree.Table):
        writer.begin(indent, "TABLE ", format_name(node.name), "\n")
    elif isinstance(node, tree.Query):
        parenthesized(node, writer, indent)
    else:
        write(node, writer, indent)


def parenthesized(query: tree.Query, writer: Writer, indent: int) -> None:
    """``(query)``, the query one step further in."""
    writer.add("(\n")
    write(query, writer, indent + 1)
    writer.begin(indent, ") ")


def _count(count: int | Parameter | None) -> str:
    if count is None:
        return "ALL"
    return "?" if isinstance(count, Parameter) else str(count)


def _limit(node: tree.Limit) -> str:
    if not node.fetch:
        return f"LIMIT {_count(node.count)}"
    return f"FETCH FIRST {_count(node.count)} ROWS {'WITH TIES' if node.with_ties else 'ONLY'}"


@write.register
def _set_operation(node: tree.SetOperation, writer: Writer, indent: int) -> None:
    for index, relation in enumerate(node.relations):
        if index:
            writer.add(node.operator, " " if node.distinct else " ALL ")
        _body(relation, writer, indent)


@write.register
def _values(node: tree.Values, writer: Writer, indent: int) -> None:
    writer.add(" VALUES ")
    for index, row in enumerate(node.rows):
        writer.add("\n")
        writer.begin(indent, ", " if index else "  ", format_expression(row))
    writer.add("\n")


@write.register
def _specification(node: tree.QuerySpecification, writer: Writer, indent: int) -> None:
    items = list(map(_select_item, node.select))
    quantifier = quantified(items[0], distinct=node.distinct).removesuffix(items[0]).rstrip()
    writer.begin(indent, "SELECT", f" {quantifier}" if quantifier else "")
    if len(items) == 1:
        writer.add(" ", items[0])
    else:
        for index, item in enumerate(items):
            writer.add("\n")
            writer.begin(indent, ", " if index else "  ", item)
    writer.add("\n")
    if node.from_ is not None:
        writer.begin(indent, "FROM\n")
        writer.begin(indent, "  ")
        write(node.from_, writer, indent)
    writer.add("\n")
    if node.where is not None:
        writer.begin(indent, f"WHERE {format_expression(node.where)}\n")
    if node.group_by is not None:
        writer.begin(indent, f"GROUP BY {_group_by(node.group_by)}\n")
    if node.having is not None:
        writer.begin(indent, f"HAVING {format_expression(node.having)}\n")
    if node.windows:
        writer.begin(indent, "WINDOW")
        entries = [f"{format_expression(item.name)} AS {format_window(item.window)}" for item in node.windows]
        writer.entries(indent + 1, entries)


def _select_item(item: tree.SelectItem) -> str:
    if isinstance(item, tree.SingleColumn):
        alias = f" {format_expression(item.alias)}" if item.alias else ""
        return format_expression(item.expression) + alias
    assert isinstance(item, tree.AllColumns)
    target = f"{format_expression(item.target)}." if item.target else ""
    aliases = f" AS ({joined(item.aliases)})" if item.aliases else ""
    return f"{target}*{aliases}"


def _group_by(node: tree.GroupBy) -> str:
    text = quantified(", ".join(map(_grouping_element, node.elements)), distinct=node.distinct)
    # The second blank before DISTINCT is Trino's.
    return f" {text}" if node.distinct else text


def _grouping_element(node: tree.GroupingElement) -> str:
    if node.kind == "SIMPLE":
        (only,) = node.sets
        return format_expression(only[0]) if len(only) == 1 else f"({joined(only)})"
    sets = ", ".join(f"({joined(grouping_set)})" for grouping_set in node.sets)
    return f"{'GROUPING SETS' if node.kind == 'SETS' else node.kind} ({sets})"
