"""Pseudo-random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import expanded, from_integers, integers, presence
from owlake.functions.math.family import FAMILY, INTEGERS
from owlake.functions.registry import CallSite
from owlake.types.model import DOUBLE

for _name in ("random", "rand"):
    FAMILY.native(
        f"{_name}() -> double", "random()", "A pseudo-random number from 0 up to but not 1", deterministic=False
    )

_RANGES = [
    f"{name}({bounds}) -> {one}" for name in ("random", "rand") for one in INTEGERS for bounds in (one, f"{one}, {one}")
]


@FAMILY.sql(*_RANGES, deterministic=False, raises=True)
def _random_in_range(site: CallSite) -> str:
    """A pseudo-random whole number from 0, or a start, up to but not the bound."""
    # The native number makes a row of every row, and keeps calls apart.
    kernel = _random_below if len(site.arguments) == 1 else _random_between
    return site.kernel(kernel, [("random()", DOUBLE), *site.arguments], site.type)


_generator = np.random.default_rng()


def _random_below(rows: Any, bounds: Any) -> pa.Array:
    ends = expanded(bounds, len(rows))
    highs = _present(ends, presence(ends), 1)
    if (highs <= 0).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "bound must be positive")
    return from_integers(_generator.integers(0, highs), presence(ends), ends.type)


def _random_between(rows: Any, starts: Any, stops: Any) -> pa.Array:
    first, last = expanded(starts, len(rows)), expanded(stops, len(rows))
    present = presence(first, last)
    lows, highs = _present(first, present, 0), _present(last, present, 1)
    if (lows >= highs).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "start value must be less than stop value")
    return from_integers(_generator.integers(lows, highs), present, first.type)


def _present(column: pa.Array, present: Any, otherwise: int) -> Any:
    values = integers(column)
    return values if present is None else np.where(present, values, otherwise)


_random_below.deterministic = False  # type: ignore[attr-defined]
_random_between.deterministic = False  # type: ignore[attr-defined]
