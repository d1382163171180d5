"""``reduce_agg``: a state that each row of a group changes, by a lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.aggregate.family import FAMILY
from owlake.functions.array.lambdas import final_states
from owlake.functions.registry import AggregateCallSite, Execution, once
from owlake.functions.segments import Segments
from owlake.ir.expressions import Lambda
from owlake.ir.walking import captures

if TYPE_CHECKING:
    from owlake.planning.udfs import LambdaFunction


@FAMILY.aggregate("reduce_agg(T, S, function(S,T,S), function(S,S,S)) -> S", execution=Execution.KERNEL, raises=True)
def _reduce_agg(site: AggregateCallSite) -> str:
    """What a function makes of a state, value by value; NULLs are left out."""
    value, _, step, combine = site.arguments
    for function in (step, combine):
        if isinstance(function, Lambda) and captures(function):
            text = "Lambda expressions of an aggregate function cannot refer to columns"
            raise error("NOT_SUPPORTED", text)
    # States of parts of a group are not combined: a group is reduced as a whole.
    sql = site.sql(0)
    return site.collected(_reduced, [(sql, value.type)], [once(site, 1), step], where=f"{sql} IS NOT NULL")


def _reduced(segments: Segments, initial: Any, step: LambdaFunction) -> pa.Array:
    states = pa.repeat(initial, len(segments)) if isinstance(initial, pa.Scalar) else initial
    found = final_states(segments, states, step)
    return found.take(pa.array(np.arange(len(segments)), mask=segments.lengths == 0))
