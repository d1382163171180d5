"""Maps of groups: histogram, map_agg, multimap_agg, map_union."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from owlake.functions.aggregate.family import FAMILY
from owlake.functions.segments import (
    Segments,
    distinct,
    list_array,
    map_array,
    offsets_from,
)


@FAMILY.collected("histogram(K:comparable) -> map(K,bigint)")
def _histogram(segments: Segments) -> pa.Array:
    """How often each value occurs."""
    found = distinct(segments)
    keys = segments.columns[0].take(pa.array(found.first))
    return map_array(segments.offsets_of(found.first), keys, pa.array(found.counts), absent=segments.lengths == 0)


@FAMILY.collected("map_agg(K:comparable, V) -> map(K,V)", rows=(0, 1))
def _map_agg(segments: Segments) -> pa.Array:
    """A map of the keys and values; of a key that comes twice the first."""
    first = distinct(segments).first
    keys, items = (column.take(pa.array(first)) for column in segments.columns)
    return map_array(segments.offsets_of(first), keys, items, absent=segments.lengths == 0)


@FAMILY.collected("multimap_agg(K:comparable, V) -> map(K,array(V))", rows=(0, 1))
def _multimap_agg(segments: Segments) -> pa.Array:
    """A map of each key and all of its values."""
    found = distinct(segments)
    keys = segments.columns[0].take(pa.array(found.first))
    values = segments.columns[1].take(pa.array(found.members))
    items = list_array(offsets_from(found.counts), values)
    return map_array(segments.offsets_of(found.first), keys, items, absent=segments.lengths == 0)


@FAMILY.collected("map_union(map(K,V)) -> map(K,V)")
def _map_union(segments: Segments) -> pa.Array:
    """The entries of all maps together; of a key that comes twice the first."""
    maps = segments.columns[0]
    entry_offsets = np.asarray(maps.offsets).astype(np.int64)
    bounds = entry_offsets - entry_offsets[0]
    first_entry, last_entry = int(entry_offsets[0]), int(entry_offsets[-1])
    keys, items = (one.slice(first_entry, last_entry - first_entry) for one in (maps.keys, maps.items))
    entries = Segments(bounds[segments.offsets], (keys, items))
    first = distinct(entries).first
    taken = (column.take(pa.array(first)) for column in entries.columns)
    return map_array(entries.offsets_of(first), *taken, absent=segments.lengths == 0)
