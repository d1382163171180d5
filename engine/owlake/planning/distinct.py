"""DISTINCT for aggregates that have none in DataFusion: the first row of each value is marked, the others left out.

In SQL::

corr(DISTINCT x, y) ... GROUP BY k
corr(x, y) FILTER (WHERE row_number() OVER (PARTITION BY k, x, y) = 1) ... GROUP BY k
"""

from __future__ import annotations

from dataclasses import replace

from owlake.analysis.operators import logical
from owlake.errors import error
from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.planning.alike import COUNTING
from owlake.planning.comparisons import has_hidden_differences
from owlake.types.model import BIGINT, BOOLEAN


def marked(node: nodes.Aggregate) -> nodes.Aggregate:
    """The aggregate with its input marked for the calls that need it."""
    calls = [call for _, call in node.aggregations if call.distinct and _needs_mark(call)]
    if not calls:
        return node
    if node.grouping_sets is not None:
        names = ", ".join(sorted({call.function.name for call in calls}))
        raise error("NOT_SUPPORTED", f"DISTINCT in {names} over grouping sets is not supported yet")
    keys = tuple(key for _, key in node.keys)
    marks = {call: (ir.Field("mark", BIGINT), _numbering(keys, call)) for call in calls}
    below = nodes.Window(
        (*node.input.fields, *(field for field, _ in marks.values())), node.input, tuple(marks.values())
    )
    aggregations = tuple(
        (field, _with_mark(call, marks[call][0]) if call in marks else call) for field, call in node.aggregations
    )
    return replace(node, input=below, aggregations=aggregations)


def _needs_mark(call: ir.Aggregation) -> bool:
    """Whether DataFusion has no DISTINCT for the function, or would not take alike values for one."""
    hidden = any(has_hidden_differences(one.type) for one in call.arguments)
    return call.function.marks_distinct or (hidden and call.function.name not in COUNTING)


def _numbering(keys: tuple[ir.Expression, ...], call: ir.Aggregation) -> ir.WindowCall:
    """The number of each row among those of its group that have the same arguments and pass the same filter."""
    function = REGISTRY.resolve("row_number", ()).function
    same = (*keys, *(one for one in call.arguments if not isinstance(one, ir.Constant)))
    if call.filter is not None:
        same = (*same, call.filter)
    return ir.WindowCall(BIGINT, function, (), same, (), None)


def _with_mark(call: ir.Aggregation, mark: ir.Field) -> ir.Aggregation:
    first = ir.Comparison(BOOLEAN, "=", ir.Reference(BIGINT, mark), ir.Constant(BIGINT, 1))
    filter_ = first if call.filter is None else logical("AND", (call.filter, first))
    return replace(call, distinct=False, order_by=(), filter=filter_)
