"""Maps made of keys and values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.lists import columns, elements_of, lists, maps
from owlake.functions.map.family import FAMILY
from owlake.functions.map.keys import checked_maps, with_key_type
from owlake.functions.registry import CallSite, Execution
from owlake.functions.segments import Flags, Segments, distinct, offsets_from
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


_ENTRIES = "array(row(K:comparable,V))"


@FAMILY.sql(f"map_from_entries({_ENTRIES}) -> map(K,V)", raises=True, execution=Execution.KERNEL)
def _map_from_entries(site: CallSite) -> str:
    """A map of rows of key and value."""
    assert isinstance(site.type, Map)
    return site.kernel(with_key_type(_from_entries, site.type.key), site.arguments, site.type)


def _from_entries(key: Type, array: Any) -> pa.Array:
    entries, nulls = _entries(array)
    return checked_maps(key, entries, nulls)


@FAMILY.kernel(f"multimap_from_entries({_ENTRIES}) -> map(K,array(V))", raises=True)
def _multimap_from_entries(array: Any) -> pa.Array:
    """A map of rows of key and value: of each key an array of its values."""
    entries, nulls = _entries(array)
    keys, values = entries.columns
    if keys.null_count:
        raise error("INVALID_FUNCTION_ARGUMENT", "map key cannot be null")
    found = distinct(entries)
    gathered = lists(Segments(offsets_from(found.counts), (values.take(pa.array(found.members)),)))
    return maps(Segments(entries.offsets_of(found.first), (keys.take(pa.array(found.first)), gathered)), nulls)


def _entries(array: Any) -> tuple[Segments, Flags | None]:
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays)
    if rows.columns[0].null_count:
        raise error("INVALID_FUNCTION_ARGUMENT", "map entry cannot be null")
    return rows.with_columns(*rows.columns[0].flatten()), nulls
