"""What is in a map: its size, a key's value, all keys, values and entries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.equality import found_in
from owlake.functions.lists import columns, entries_of, lists
from owlake.functions.map.family import FAMILY
from owlake.functions.map.keys import key_text, with_key_type
from owlake.functions.registry import CallSite, Execution
from owlake.functions.segments import Integers, Segments
from owlake.ir.expressions import MakeArray
from owlake.types.model import UNKNOWN, Map, Type

FAMILY.native("cardinality(map(K,V)) -> bigint", "CAST(cardinality({0}) AS BIGINT)", "The number of entries")


def _places(maps: pa.Array, keys: pa.Array) -> tuple[Segments, Integers]:
    """The entries, and the place of each row's key among them; -1 where there is none."""
    entries = entries_of(maps)
    wanted = Segments(np.arange(len(keys) + 1, dtype=np.int64), (keys,))
    return entries, found_in(wanted, entries)


@FAMILY.kernel("element_at(map(K:comparable,V), K) -> V")
def _element_at(map_: Any, key: Any) -> pa.Array:
    """The value of a key; NULL where the map does not have it."""
    (maps, keys), nulls = columns(map_, key)
    entries, places = _places(maps, keys)
    missing = places < 0
    return entries.columns[1].take(pa.array(places, mask=missing if nulls is None else missing | nulls))


@FAMILY.sql("$subscript(map(K:comparable,V), K) -> V", hidden=True, raises=True, execution=Execution.KERNEL)
def _subscript(site: CallSite) -> str:
    """The value of a key."""
    source = site.arguments[0].type
    assert isinstance(source, Map)
    return site.kernel(with_key_type(_value_of, source.key), site.arguments, site.type)


def _value_of(type_: Type, map_: Any, key: Any) -> pa.Array:
    (maps, keys), nulls = columns(map_, key)
    entries, places = _places(maps, keys)
    present = np.full(len(maps), fill_value=True) if nulls is None else ~nulls
    for row in np.flatnonzero(present & (places < 0))[:1]:
        shown = key_text(type_, keys, int(row))
        raise error("INVALID_FUNCTION_ARGUMENT", f"Key not present in map: {shown}")
    return entries.columns[1].take(pa.array(places, mask=~present))


@FAMILY.sql("map_keys(map(K,V)) -> array(K)")
def _map_keys(site: CallSite) -> str:
    """All keys."""
    keys = f"map_keys({site.sql(0)})"
    source = site.arguments[0].type
    assert isinstance(source, Map)
    # The keys of maps that have none are held as something else.
    none = site.render(MakeArray(site.type, ()))
    return keys if source.key != UNKNOWN else f"CASE WHEN {keys} IS NOT NULL THEN {none} END"


FAMILY.native("map_values(map(K,V)) -> array(V)", "map_values({0})", "All values")


@FAMILY.kernel("map_entries(map(K,V)) -> array(row(K,V))")
def _map_entries(map_: Any) -> pa.Array:
    """All entries, as rows of key and value."""
    (maps,), nulls = columns(map_)
    entries = entries_of(maps)
    return lists(entries.with_columns(pa.StructArray.from_arrays(entries.columns, ["field0", "field1"])), nulls)
