"""``ntile`` of as many buckets as a row says: DataFusion has it of a constant number only.

In SQL::

    SELECT ntile(n) OVER (PARTITION BY p ORDER BY a) FROM t
    SELECT "$ntile"(row_number() OVER (PARTITION BY p ORDER BY a), count(*) OVER (PARTITION BY p), n) FROM t
"""

from __future__ import annotations

from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.types.model import BIGINT


def tiled(node: nodes.Window) -> nodes.Relation:
    """The window with such calls computed from the numbers of the rows and how many there are."""
    computed: dict[ir.Field, ir.Expression] = {}
    calls: list[tuple[ir.Field, ir.WindowCall]] = []
    for field, call in node.calls:
        if call.function.name != "ntile" or _is_number_of_buckets(call.arguments[0]):
            calls.append((field, call))
            continue
        number, size = ir.Field("number", BIGINT), ir.Field("size", BIGINT)
        row_number, count = (REGISTRY.resolve(name, ()).function for name in ("row_number", "count"))
        calls.append((number, ir.WindowCall(BIGINT, row_number, (), call.partition_by, call.order_by, None)))
        calls.append((size, ir.WindowCall(BIGINT, count, (), call.partition_by, (), None)))
        function = REGISTRY.resolve("$ntile", (BIGINT, BIGINT, BIGINT)).function
        arguments = (ir.Reference(BIGINT, number), ir.Reference(BIGINT, size), call.arguments[0])
        computed[field] = ir.Call(BIGINT, function, arguments)
    if not computed:
        return node
    window = nodes.Window((*node.input.fields, *(field for field, _ in calls)), node.input, tuple(calls))
    assignments = tuple((field, computed.get(field, ir.Reference(field.type, field))) for field in node.fields)
    return nodes.Project(node.fields, window, assignments)


def _is_number_of_buckets(value: ir.Expression) -> bool:
    return isinstance(value, ir.Constant) and value.value is not None and value.value > 0
