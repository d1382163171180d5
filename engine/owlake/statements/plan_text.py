"""Plans for a person: the typed tree as text, JSON or a graph, in the forms that Athena's EXPLAIN has.

https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes

_INDENT = "    "


@dataclass(frozen=True, slots=True)
class PlanNode:
    """An operator of a plan: its name, what describes it, its columns, how they are computed, and its inputs."""

    name: str
    descriptor: dict[str, str]
    outputs: tuple[ir.Field, ...]
    details: tuple[str, ...]
    inputs: tuple[PlanNode, ...]

    @property
    def title(self) -> str:
        """The name, and in brackets what describes the operator."""
        return f"{self.name}[{', '.join(self.descriptor.values())}]"


Explained = Mapping[nodes.ScanIdentity, Mapping[str, str]]
"""What sources say of how they are read."""


def plan_tree(relation: nodes.Relation, headers: tuple[str, ...], explained: Explained) -> PlanNode:
    """The plan of a query whose result has these headers."""
    below = (_node(relation, explained),)
    return PlanNode("Output", {"columnNames": ", ".join(headers)}, relation.fields, (), below)


def text_lines(plan: PlanNode, depth: int = 0) -> Iterator[str]:
    """An operator a line, its inputs below and to the right."""
    columns = ", ".join(field.name for field in plan.outputs)
    yield f"{_INDENT * depth}- {plan.title} => [[{columns}]]"
    for detail in plan.details:
        yield f"{_INDENT * (depth + 2)}{detail}"
    for below in plan.inputs:
        yield from text_lines(below, depth + 1)


def json_text(plan: PlanNode) -> str:
    """The tree in the shape of Trino's JSON."""
    numbers = itertools.count()

    def shown(node: PlanNode) -> dict[str, object]:
        return {
            "id": str(next(numbers)),
            "name": node.name,
            "descriptor": node.descriptor,
            "outputs": [{"symbol": field.name, "type": str(field.type)} for field in node.outputs],
            "details": list(node.details),
            "children": [shown(below) for below in node.inputs],
        }

    return json.dumps(shown(plan), indent=3, separators=(",", " : "))


def graph_lines(plan: PlanNode) -> list[str]:
    """The tree in the language of Graphviz."""
    vertices: list[str] = []
    edges: list[str] = []

    def add(node: PlanNode) -> int:
        number = len(vertices) + 1
        label = "|".join(json.dumps(word)[1:-1] for word in (node.title, *node.details))
        vertices.append(f'plannode_{number}[label="{{{label}}}", style="rounded, filled", shape=record];')
        edges.extend(f"plannode_{number} -> plannode_{add(below)};" for below in node.inputs)
        return number

    add(plan)
    return ["digraph logical_plan {", *vertices, *edges, "}"]


# Operators ----------------------------------------------------------------------------------------------


def _node(relation: nodes.Relation, explained: Explained) -> PlanNode:
    name, descriptor, details = _described(relation)
    if isinstance(relation, nodes.Scan):
        details += tuple(f"{key}: {text}" for key, text in explained.get(relation.identity, {}).items())
    inputs = tuple(_node(below, explained) for below in nodes.inputs(relation))
    return PlanNode(name, descriptor, relation.fields, details, inputs)


def _described(relation: nodes.Relation) -> tuple[str, dict[str, str], tuple[str, ...]]:
    match relation:
        case nodes.Scan(source=source):
            read = zip(relation.fields, relation.columns, strict=True)
            details = tuple(f"{field.name} := {column}:{field.type}" for field, column in read)
            return "TableScan", {"table": f"{source.catalog}:{source.schema}.{source.name}"}, details
        case nodes.Filter():
            return "Filter", {"filterPredicate": shown(relation.predicate)}, ()
        case nodes.Project():
            return "Project", {}, _computed(relation.assignments)
        case nodes.Join():
            criteria = {"criteria": shown(relation.condition)} if relation.condition is not None else {}
            return f"{relation.kind.title()}Join", criteria, ()
        case nodes.Aggregate():
            keys = ", ".join(field.name for field, _ in relation.keys)
            return "Aggregate", {"keys": keys}, _computed((*relation.keys, *relation.aggregations))
        case nodes.Window():
            return "Window", {}, _computed(relation.calls)
        case nodes.Sort():
            return "Sort", {"orderBy": ", ".join(_key(key) for key in relation.keys)}, ()
        case nodes.Limit():
            offset = {"offset": str(relation.offset)} if relation.offset else {}
            return "Limit", {"count": str(relation.count), **offset}, ()
        case nodes.SetOperation():
            return f"{relation.operator.title()}{'' if relation.distinct else 'All'}", {}, ()
        case nodes.Values():
            return "Values", {}, tuple(f"({', '.join(shown(value) for value in row)})" for row in relation.rows)
        case nodes.Unnest():
            return "Unnest", {"unnest": ", ".join(shown(value) for value, _ in relation.items)}, ()
        case nodes.CommonTableReference():
            return "With", {"name": relation.table.name}, ()
        case _:
            return type(relation).__name__, {}, ()


def _computed(assignments: tuple[tuple[ir.Field, ir.Expression], ...]) -> tuple[str, ...]:
    """The columns that are more than another's name."""
    return tuple(
        f"{field.name} := {shown(value)}" for field, value in assignments if not isinstance(value, ir.Reference)
    )


def _key(key: ir.SortKey) -> str:
    return f"{shown(key.value)} {'ASC' if key.ascending else 'DESC'} NULLS {'FIRST' if key.nulls_first else 'LAST'}"


def shown(expression: ir.Expression) -> str:
    """An expression for a person."""
    match expression:
        case ir.Reference():
            return expression.field.name
        case ir.Constant():
            return f"{expression.type} '{expression.value}'" if expression.value is not None else "null"
        case ir.Call() | ir.Aggregation() | ir.WindowCall():
            return f"{expression.function.name}({', '.join(shown(one) for one in expression.arguments)})"
        case ir.Cast():
            return f"CAST({shown(expression.value)} AS {expression.type})"
        case ir.Comparison():
            return f"({shown(expression.left)} {expression.operator} {shown(expression.right)})"
        case ir.Logical():
            return f"({f' {expression.operator} '.join(shown(term) for term in expression.terms)})"
        case _:
            inner = ", ".join(shown(child) for child in ir.children(expression))
            return f"{type(expression).__name__}({inner})"
