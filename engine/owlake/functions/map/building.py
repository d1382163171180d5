"""Maps made of keys and values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.lists import columns, elements_of
from owlake.functions.map.family import FAMILY
from owlake.functions.map.keys import checked_maps, with_key_type
from owlake.functions.registry import CallSite, Execution
from owlake.types.model import Map, Type

FAMILY.native(
    "map() -> map(unknown,unknown)",
    "map(arrow_cast(make_array(), 'List(Boolean)'), arrow_cast(make_array(), 'List(Null)'))",
    "The empty map",
)


@FAMILY.sql("map(array(K:comparable), array(V)) -> map(K,V)", raises=True, execution=Execution.KERNEL)
def _map(site: CallSite) -> str:
    """A map of the keys in one array and the values in the other."""
    assert isinstance(site.type, Map)
    return site.kernel(with_key_type(_from_arrays, site.type.key), site.arguments, site.type)


def _from_arrays(key: Type, keys: Any, values: Any) -> pa.Array:
    (key_arrays, value_arrays), nulls = columns(keys, values)
    rows, items = elements_of(key_arrays), elements_of(value_arrays)
    present = np.full(len(rows), fill_value=True) if nulls is None else ~nulls
    if ((rows.lengths != items.lengths) & present).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "Key and value arrays must be the same length")
    if nulls is not None:
        rows, items = (part.taken(np.flatnonzero(present[part.owners])) for part in (rows, items))
    return checked_maps(key, rows.with_columns(rows.columns[0], items.columns[0]), nulls)
