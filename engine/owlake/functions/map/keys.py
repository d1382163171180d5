"""What the keys of a map must be: there, without NULL inside, and each of them once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.equality import YES, equal
from owlake.functions.lists import maps
from owlake.functions.segments import Flags, Segments, first_rows
from owlake.types.model import Type


@cache
def with_key_type(kernel: Callable[..., pa.Array], key: Type) -> Callable[..., pa.Array]:
    """The kernel told first what type the keys are of: its errors show them."""

    @wraps(kernel)
    def typed(*arguments: Any) -> pa.Array:
        return kernel(key, *arguments)

    return typed


def checked_maps(key: Type, entries: Segments, nulls: Flags | None) -> pa.Array:
    """The segments of keys and values as maps, NULL in the rows of ``nulls``, whose entries do not count.

    Errors: INVALID_FUNCTION_ARGUMENT for keys that no map has.
    """
    if nulls is not None:
        entries = entries.taken(np.flatnonzero(~nulls[entries.owners]))
    check_keys(key, entries)
    return maps(entries, nulls)


def check_keys(key: Type, entries: Segments) -> None:
    """Errors: INVALID_FUNCTION_ARGUMENT for keys that no map has."""
    keys = entries.columns[0]
    if keys.null_count:
        raise error("INVALID_FUNCTION_ARGUMENT", "map key cannot be null")
    if pa.types.is_nested(keys.type):
        for unclear in np.flatnonzero(equal(keys, keys) != YES)[:1]:
            text = f"map key cannot be indeterminate: {key_text(key, keys, int(unclear))}"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
    first = first_rows(entries)
    if len(first) < entries.rows:
        repeated = np.ones(entries.rows, np.bool_)
        repeated[first] = False
        shown = key_text(key, keys, int(np.argmax(repeated)))
        raise error("INVALID_FUNCTION_ARGUMENT", f"Duplicate map keys ({shown}) are not allowed")


def key_text(key: Type, keys: pa.Array, row: int) -> str:
    """A key as Trino shows it in an error."""
    from owlake.types.rendering import render_column  # noqa: PLC0415  (only errors need it)

    return str(render_column(keys.slice(row, 1), key)[0])
