"""Groups of values that are not distinct although Arrow tells them apart: zones, entries of maps in another order.

In SQL::

SELECT k, count(*) ... GROUP BY k
SELECT any_value(k), count(*) ... GROUP BY alike(k)
"""

from __future__ import annotations

from dataclasses import replace

from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.planning.comparisons import has_hidden_differences


def alike_keys(node: nodes.Aggregate) -> nodes.Aggregate:
    """The aggregate grouped by forms of its keys that are the same for values that are not distinct.

    Over grouping sets the form itself is the key: a value of the group could not tell whether it is grouped by.
    """
    keys: list[nodes.Assignment] = []
    shown: list[tuple[ir.Field, ir.Aggregation]] = []
    for field, key in node.keys:
        if not has_hidden_differences(field.type):
            keys.append((field, key))
        elif node.grouping_sets is not None:
            keys.append((field, alike(key)))
        else:
            keys.append((ir.Field(field.name, field.type), alike(key)))
            any_value = REGISTRY.resolve("any_value", (field.type,)).function
            shown.append((field, ir.Aggregation(field.type, any_value, (key,))))
    return replace(node, keys=tuple(keys), aggregations=(*node.aggregations, *shown))


COUNTING = frozenset({"count", "approx_distinct"})
"""Functions that give how many different values there are, and none of the values."""


def alike_counted(node: nodes.Aggregate) -> nodes.Aggregate:
    """The aggregate with such forms counted where different values are."""
    calls = tuple(
        (field, replace(call, arguments=(alike(call.arguments[0]), *call.arguments[1:])))
        if call.arguments and call.function.name in COUNTING and (call.distinct or call.function.name != "count")
        else (field, call)
        for field, call in node.aggregations
    )
    return replace(node, aggregations=calls)


def alike_partitions(node: nodes.Window) -> nodes.Window:
    """The windows partitioned by such forms."""
    calls = tuple(
        (field, replace(call, partition_by=tuple(alike(key) for key in call.partition_by)))
        for field, call in node.calls
    )
    return replace(node, calls=calls)


def alike(value: ir.Expression) -> ir.Expression:
    """The value in a form that is the same for values that are not distinct."""
    if not has_hidden_differences(value.type):
        return value
    return ir.Call(value.type, REGISTRY.resolve("$alike", (value.type,)).function, (value,))


def grouped(node: nodes.Distinct) -> nodes.Aggregate:
    """DISTINCT as GROUP BY all fields."""
    keys = tuple((field, ir.Reference(field.type, field)) for field in node.fields)
    return nodes.Aggregate(node.fields, node.input, tuple(keys), ())


def united(node: nodes.SetOperation) -> nodes.Distinct:
    """UNION as DISTINCT over UNION ALL."""
    return nodes.Distinct(node.fields, replace(node, distinct=False))


def compared_alike(node: nodes.SetOperation) -> nodes.SetOperation:
    """INTERSECT and EXCEPT over such forms of their inputs' values."""
    inputs = []
    for one in node.inputs:
        fields = tuple(ir.Field(field.name, field.type) for field in one.fields)
        forms = tuple(
            (field, alike(ir.Reference(given.type, given))) for field, given in zip(fields, one.fields, strict=True)
        )
        inputs.append(nodes.Project(fields, one, forms))
    return replace(node, inputs=tuple(inputs))
