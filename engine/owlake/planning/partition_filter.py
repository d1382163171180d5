"""Conditions over partition keys that are no plain ranges: judged by the engine itself, over the keys' values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from owlake.analysis.operators import logical
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.lake.model import TablePartition, Value
from owlake.planning.expressions import Environment, ExpressionPrinter
from owlake.planning.plan import Plan, ResultColumn
from owlake.planning.text import quoted
from owlake.planning.udfs import KernelFunctions
from owlake.types.arrow import arrow_type
from owlake.types.model import BIGINT

Evaluate = Callable[[Plan], pa.Table]

_NAME = "partition_values"
_ordinals = iter(range(1, 1 << 62))


def matching_partitions(
    partitions: Sequence[TablePartition],
    values: Sequence[tuple[Value | None, ...]],
    names: Sequence[str],
    keys: Mapping[str, ir.Field],
    conjuncts: Sequence[ir.Expression],
    evaluate: Evaluate,
) -> list[TablePartition]:
    """Those of the partitions whose values satisfy the conditions.

    ``values`` are the partitions' in the order of ``names``; ``keys`` are the fields that the conditions use.
    """
    ordinal = next(_ordinals)
    arrays = {
        name: pa.array([row[index] for row in values], arrow_type(keys[name].type))
        for index, name in enumerate(names)
        if name in keys
    }
    table = pa.table({**arrays, "$number": pa.array(range(len(partitions)), pa.int64())})
    kernels = KernelFunctions(f"keys{ordinal}")
    environment: Environment = {field: quoted(name) for name, field in keys.items()}
    condition = ExpressionPrinter(environment, kernels, _no_subquery).sql(logical("AND", tuple(conjuncts)))
    relation = f"{_NAME}_{ordinal}"
    sql = f'SELECT "$number" FROM {relation} WHERE {condition}'
    plan = Plan(sql, (ResultColumn("$number", BIGINT),), {}, {relation: table}, kernels.by_name)
    return [partitions[number] for number in sorted(evaluate(plan).column(0).to_pylist())]


def _no_subquery(_: nodes.Relation, __: Environment) -> str:
    raise error("GENERIC_INTERNAL_ERROR", "A condition over partition keys alone holds no query")
