"""Plans as text: the typed tree, an operator a line, inputs below and to the right."""

from __future__ import annotations

import json

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.planning.plan import Plan


def plan_lines(relation: nodes.Relation) -> list[str]:
    """The tree of a relation."""
    lines = [f"Output[{', '.join(field.name for field in relation.fields)}]"]
    _add(relation, 1, lines)
    return lines


def _add(relation: nodes.Relation, depth: int, lines: list[str]) -> None:
    lines.append(f"{'    ' * depth}- {_describe(relation)}")
    for below in nodes.inputs(relation):
        _add(below, depth + 1, lines)


def _describe(relation: nodes.Relation) -> str:
    match relation:
        case nodes.Scan():
            source = relation.source
            return f"TableScan[{source.catalog}.{source.schema}.{source.name}] => [{', '.join(relation.columns)}]"
        case nodes.Filter():
            return f"Filter[{shown(relation.predicate)}]"
        case nodes.Project():
            return f"Project[{', '.join(f'{field.name} := {shown(value)}' for field, value in relation.assignments)}]"
        case nodes.Join():
            condition = f"[{shown(relation.condition)}]" if relation.condition is not None else ""
            return f"{relation.kind.title()}Join{condition}"
        case nodes.Aggregate():
            keys = ", ".join(shown(key) for _, key in relation.keys)
            calls = ", ".join(shown(call) for _, call in relation.aggregations)
            return f"Aggregate[{keys}][{calls}]"
        case nodes.Window():
            return f"Window[{', '.join(shown(call) for _, call in relation.calls)}]"
        case nodes.Sort():
            return f"Sort[{', '.join(_key(key) for key in relation.keys)}]"
        case nodes.Limit():
            return f"Limit[{relation.count}{f' offset {relation.offset}' if relation.offset else ''}]"
        case nodes.SetOperation():
            return f"{relation.operator.title()}{'' if relation.distinct else 'All'}"
        case nodes.Values():
            return f"Values[{len(relation.rows)} rows]"
        case nodes.Unnest():
            return f"Unnest[{', '.join(shown(value) for value, _ in relation.items)}]"
        case nodes.CommonTableReference():
            return f"With[{relation.table.name}]"
        case _:
            return type(relation).__name__


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


def files_json(plan: Plan) -> str:
    """What a plan reads: every file with its size."""
    files = [{"path": file.uri, "bytes": file.size} for scan in plan.scans.values() for file in scan.files]
    total = sum(file.size for scan in plan.scans.values() for file in scan.files)
    return json.dumps({"files": files, "totalBytes": total}, indent=2)
