"""Whether a file can hold a value that a condition lets a column be, by what a log says of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from owlake.lake.model import Domain, Range


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of a column in a file; None is unknown."""

    low: Any = None
    high: Any = None
    nulls: int | None = None
    rows: int | None = None


def may_hold(domain: Domain, bounds: Bounds) -> bool:
    """False only where no value of the file is in the domain."""
    if domain.null_allowed and bounds.nulls != 0:
        return True
    if bounds.nulls is not None and bounds.nulls == bounds.rows:
        return False
    try:
        if domain.values is not None:
            return any(_reaches(Range(value, value), bounds) for value in domain.values)
        return any(_reaches(one, bounds) for one in domain.ranges or ())
    except TypeError:
        # The log has values of another type: it says nothing then.
        return True


def _reaches(range_: Range, bounds: Bounds) -> bool:
    is_above = _is_below(bounds.high, range_.low, is_inclusive=range_.low_inclusive)
    is_beyond = _is_below(range_.high, bounds.low, is_inclusive=range_.high_inclusive)
    return not is_above and not is_beyond


def _is_below(one: Any, other: Any, *, is_inclusive: bool) -> bool:
    """Whether all up to ``one`` is below ``other``; nothing is where either is unknown."""
    if one is None or other is None:
        return False
    return bool(one < other or (one == other and not is_inclusive))
