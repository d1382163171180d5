"""Maps made of other maps."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from owlake.functions.lists import behind_each_other, columns, entries_of, maps
from owlake.functions.map.family import FAMILY
from owlake.functions.segments import first_rows


@FAMILY.kernel("map_concat(map(K:comparable,V), map(K,V)...) -> map(K,V)")
def _map_concat(*given: Any) -> pa.Array:
    """The entries of all maps; of a key that is in several the last one's."""
    spread, nulls = columns(*given)
    entries = behind_each_other([entries_of(one) for one in reversed(spread)])
    kept = entries.taken(first_rows(entries))
    return maps(kept, nulls)
