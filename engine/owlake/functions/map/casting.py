"""Maps put together again after their keys and values were cast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.lists import columns, count_of, elements_of, maps
from owlake.functions.segments import first_rows, valid_flags


def cast_entries(keys: Any, values: Any) -> pa.Array:
    """Maps of arrays of keys and values.

    Errors: INVALID_CAST_ARGUMENT for keys that were different and are the same now, or that are NULL now.
    """
    (key_arrays, value_arrays), nulls = columns(keys, values)
    entries = elements_of(key_arrays)
    if entries.columns[0].null_count:
        raise error("INVALID_CAST_ARGUMENT", "map key is null")
    if len(first_rows(entries)) < entries.rows:
        raise error("INVALID_CAST_ARGUMENT", "duplicate keys")
    return maps(entries.with_columns(*entries.columns, *elements_of(value_arrays).columns), nulls)


def cast_or_null(keys: Any, values: Any) -> pa.Array:
    """The same, with NULL in place of maps that cannot be."""
    (key_arrays, value_arrays), nulls = columns(keys, values)
    entries, items = elements_of(key_arrays), elements_of(value_arrays)
    wrong = np.ones(entries.rows, np.bool_)
    wrong[first_rows(entries)] = False
    failed = count_of(entries, wrong | ~valid_flags(entries.columns[0])) > 0
    kept = np.flatnonzero(~failed[entries.owners])
    whole = entries.with_columns(*entries.columns, *items.columns).taken(kept)
    return maps(whole, failed if nulls is None else failed | nulls)
