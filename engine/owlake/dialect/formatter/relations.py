"""Relations of FROM to text."""

from __future__ import annotations

from owlake.dialect.formatter.calls import (
    format_behaviors,
    format_json_format,
    format_order_by,
    format_path,
    format_wrapper,
)
from owlake.dialect.formatter.expressions import format_expression, format_name, joined
from owlake.dialect.formatter.patterns import (
    format_definition,
    format_measure,
    format_pattern,
    format_skip_to,
    format_subset,
)
from owlake.dialect.formatter.queries import columns, parenthesized, write
from owlake.dialect.formatter.writer import Writer
from owlake.dialect.nodes import relations as tree

_ROWS_PER_MATCH = {
    "ONE": "ONE ROW PER MATCH",
    "ALL SHOW EMPTY": "ALL ROWS PER MATCH SHOW EMPTY MATCHES",
    "ALL OMIT EMPTY": "ALL ROWS PER MATCH OMIT EMPTY MATCHES",
    "ALL WITH UNMATCHED": "ALL ROWS PER MATCH WITH UNMATCHED ROWS",
}


@write.register
def _table(node: tree.Table, writer: Writer, _indent: int) -> None:
    writer.add(format_name(node.name))
    if node.period is not None:
        writer.add(f" FOR {node.period.kind} AS OF {format_expression(node.period.end)}")


@write.register
def _subquery(node: tree.TableSubquery, writer: Writer, indent: int) -> None:
    parenthesized(node.query, writer, indent)


@write.register
def _lateral(node: tree.Lateral, writer: Writer, indent: int) -> None:
    writer.begin(indent, "LATERAL (")
    write(node.query, writer, indent + 1)
    writer.begin(indent, ")")


@write.register
def _unnest(node: tree.Unnest, writer: Writer, _indent: int) -> None:
    writer.add(f"UNNEST({joined(node.expressions)})", " WITH ORDINALITY" if node.with_ordinality else "")


@write.register
def _join(node: tree.Join, writer: Writer, indent: int) -> None:
    implicit = node.kind == "IMPLICIT"
    writer.add("" if implicit else "(")
    write(node.left, writer, indent)
    writer.add("\n")
    writer.begin(indent, ", " if implicit else f"{'NATURAL ' if node.natural else ''}{node.kind} JOIN ")
    write(node.right, writer, indent)
    if node.on is not None:
        writer.add(f" ON {format_expression(node.on)}")
    elif node.using:
        writer.add(f" USING ({joined(node.using)})")
    writer.add("" if implicit else ")")


def _base(node: tree.Relation, writer: Writer, indent: int) -> None:
    """What an alias, a sample or MATCH_RECOGNIZE is put on: in parentheses if it has one of these itself."""
    if isinstance(node, tree.AliasedRelation | tree.SampledRelation | tree.PatternRecognition):
        writer.add("( ")
        write(node, writer, indent + 1)
        writer.begin(indent, ")")
    else:
        write(node, writer, indent)


@write.register
def _aliased(node: tree.AliasedRelation, writer: Writer, indent: int) -> None:
    _base(node.relation, writer, indent)
    writer.add(" ", format_expression(node.alias), columns(node.columns))


@write.register
def _sampled(node: tree.SampledRelation, writer: Writer, indent: int) -> None:
    _base(node.relation, writer, indent)
    writer.add(f" TABLESAMPLE {node.method} ({format_expression(node.percentage)})")


@write.register
def _recognized(node: tree.PatternRecognition, writer: Writer, indent: int) -> None:
    _base(node.input, writer, indent)
    writer.add(" MATCH_RECOGNIZE (\n")
    if node.partition_by:
        writer.begin(indent + 1, f"PARTITION BY {joined(node.partition_by)}\n")
    if node.order_by:
        writer.begin(indent + 1, format_order_by(node.order_by), "\n")
    if node.measures:
        writer.begin(indent + 1, "MEASURES")
        writer.entries(indent + 2, list(map(format_measure, node.measures)))
    writer.begin(indent + 1, _ROWS_PER_MATCH[node.rows_per_match], "\n")
    if node.skip_to is not None:
        writer.begin(indent + 1, format_skip_to(node.skip_to), "\n")
    if node.search is not None:
        writer.begin(indent + 1, node.search, "\n")
    writer.begin(indent + 1, f"PATTERN ({format_pattern(node.pattern)})\n")
    if node.subsets:
        writer.begin(indent + 1, "SUBSET")
        writer.entries(indent + 2, list(map(format_subset, node.subsets)))
    writer.begin(indent + 1, "DEFINE")
    writer.entries(indent + 2, list(map(format_definition, node.definitions)))
    writer.add(")")


@write.register
def _table_function(node: tree.TableFunctionInvocation, writer: Writer, indent: int) -> None:
    writer.begin(indent, f"TABLE({format_name(node.name)}(\n")
    for index, argument in enumerate(node.arguments):
        if index:
            writer.add(",\n")
        writer.begin(indent + 2, f"{format_expression(argument.name)} => " if argument.name else "")
        if isinstance(argument.value, tree.TableArgument | tree.Descriptor):
            write(argument.value, writer, indent + 3)
        else:
            writer.add(format_expression(argument.value))
    if node.copartition:
        groups = ", ".join("(" + ", ".join(map(format_name, group)) + ")" for group in node.copartition)
        writer.add("\n")
        writer.begin(indent + 2, f"COPARTITION {groups}")
    writer.add("))")


@write.register
def _table_argument(node: tree.TableArgument, writer: Writer, indent: int) -> None:
    relation, alias = node.relation, ""
    if isinstance(relation, tree.AliasedRelation):
        alias = f" AS {format_expression(relation.alias)}{columns(relation.columns)}"
        relation = relation.relation
    writer.add("TABLE(")
    write(relation.query if isinstance(relation, tree.TableSubquery) else relation, writer, indent)
    writer.add(")", alias)
    if node.partition_by is not None:
        writer.add("\n")
        writer.begin(indent, f"PARTITION BY ({joined(node.partition_by)})")
    if node.prune_when_empty is not None:
        writer.add("\n")
        writer.begin(indent, f"{'PRUNE' if node.prune_when_empty else 'KEEP'} WHEN EMPTY")
    if node.order_by:
        writer.add("\n")
        writer.begin(indent, format_order_by(node.order_by).replace("ORDER BY ", "ORDER BY (", 1), ")")


@write.register
def _descriptor(node: tree.Descriptor, writer: Writer, _indent: int) -> None:
    if not node.fields:
        writer.add("CAST(NULL AS DESCRIPTOR)")
        return
    fields = (
        f"{format_expression(name)} {format_expression(type_)}" if type_ else format_expression(name)
        for name, type_ in node.fields
    )
    writer.add("DESCRIPTOR(", ", ".join(fields), ")")


@write.register
def _json_table(node: tree.JsonTable, writer: Writer, indent: int) -> None:
    writer.add(f"JSON_TABLE ({format_path(node.path)}\n")
    _json_columns(node.columns, writer, indent + 1)
    if node.plan is not None:
        writer.add("\n")
        writer.begin(indent + 1, f"PLAN ({_plan(node.plan)})")
    elif node.default_plan is not None:
        writer.add("\n")
        writer.begin(indent + 1, f"PLAN DEFAULT ({', '.join(node.default_plan)})")
    if node.error_on_error:
        writer.add("\n")
        writer.begin(indent + 1, "ERROR ON ERROR")
    writer.add(")\n")


def _json_columns(nodes: tuple[tree.JsonTableColumn, ...], writer: Writer, indent: int) -> None:
    writer.begin(indent, "COLUMNS (\n")
    for index, column in enumerate(nodes):
        if index:
            writer.add(",\n")
        write(column, writer, indent + 1)
    writer.add(")")


@write.register
def _ordinality_column(node: tree.OrdinalityColumn, writer: Writer, indent: int) -> None:
    writer.begin(indent, f"{format_expression(node.name)} FOR ORDINALITY")


@write.register
def _value_column(node: tree.ValueColumn, writer: Writer, indent: int) -> None:
    path = f" PATH {format_expression(node.path)}" if node.path else ""
    behavior = format_behaviors(node.on_empty, node.on_error)
    writer.begin(indent, f"{format_expression(node.name)} {format_expression(node.type)}{path}{behavior}")


@write.register
def _query_column(node: tree.QueryColumn, writer: Writer, indent: int) -> None:
    path = f" PATH {format_expression(node.path)}" if node.path else ""
    type_ = format_expression(node.type) + format_json_format(node.format)
    behavior = format_wrapper(node.wrapper, node.quotes) + format_behaviors(node.on_empty, node.on_error)
    writer.begin(indent, f"{format_expression(node.name)} {type_}{path}{behavior}")


@write.register
def _nested_columns(node: tree.NestedColumns, writer: Writer, indent: int) -> None:
    name = f" AS {format_expression(node.name)}" if node.name else ""
    writer.begin(indent, f"NESTED PATH {format_expression(node.path)}{name}\n")
    _json_columns(node.columns, writer, indent + 1)


def _plan(plan: tree.JsonTablePlan) -> str:
    if plan.name is not None:
        return format_expression(plan.name)
    if plan.kind in ("OUTER", "INNER"):
        parent, child = plan.plans
        return f"{_plan(parent)} {plan.kind} ({_plan(child)})"
    return f" {plan.kind} ".join(f"({_plan(item)})" for item in plan.plans)
