"""Functions over maps that take a lambda: its body is evaluated over the entries of all rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from owlake.functions.equality import found_in
from owlake.functions.lists import behind_each_other, columns, entries_of, maps, true_flags
from owlake.functions.map.family import FAMILY
from owlake.functions.map.keys import checked_maps, with_key_type
from owlake.functions.registry import CallSite, Execution
from owlake.types.model import Map, Type

if TYPE_CHECKING:
    from owlake.planning.udfs import LambdaFunction


@FAMILY.kernel("map_filter(map(K,V), function(K,V,boolean)) -> map(K,V)")
def _map_filter(map_: Any, function: LambdaFunction) -> pa.Array:
    """The entries that the function says yes to."""
    (given,), nulls = columns(map_)
    entries = entries_of(given)
    kept = true_flags(function(entries.owners, *entries.columns))
    return maps(entries.taken(np.flatnonzero(kept)), nulls)


@FAMILY.kernel("transform_values(map(K,V), function(K,V,W)) -> map(K,W)")
def _transform_values(map_: Any, function: LambdaFunction) -> pa.Array:
    """What the function makes of each entry, under its key."""
    (given,), nulls = columns(map_)
    entries = entries_of(given)
    return maps(entries.with_columns(entries.columns[0], function(entries.owners, *entries.columns)), nulls)


@FAMILY.sql("transform_keys(map(K,V), function(K,V,L:comparable)) -> map(L,V)", raises=True, execution=Execution.KERNEL)
def _transform_keys(site: CallSite) -> str:
    """Each value under what the function makes of its entry."""
    assert isinstance(site.type, Map)
    return site.kernel(with_key_type(_with_new_keys, site.type.key), site.arguments, site.type)


def _with_new_keys(key: Type, map_: Any, function: LambdaFunction) -> pa.Array:
    (given,), nulls = columns(map_)
    entries = entries_of(given)
    return checked_maps(
        key, entries.with_columns(function(entries.owners, *entries.columns), entries.columns[1]), nulls
    )


@FAMILY.kernel("map_zip_with(map(K:comparable,V), map(K,W), function(K,V,W,R)) -> map(K,R)")
def _map_zip_with(left: Any, right: Any, function: LambdaFunction) -> pa.Array:
    """What the function makes of the values that the maps have under each key; NULL where one has none."""
    (lefts, rights), nulls = columns(left, right)
    one, other = entries_of(lefts), entries_of(rights)
    matches = found_in(one, other)
    alone = np.ones(other.rows, np.bool_)
    alone[matches[matches >= 0]] = False
    rest = other.taken(np.flatnonzero(alone))
    matched = other.columns[1].take(pa.array(matches, mask=matches < 0))
    pairs = behind_each_other(
        [
            one.with_columns(*one.columns, matched),
            rest.with_columns(rest.columns[0], pa.nulls(rest.rows, one.columns[1].type), rest.columns[1]),
        ]
    )
    return maps(pairs.with_columns(pairs.columns[0], function(pairs.owners, *pairs.columns)), nulls)
