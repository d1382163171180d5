"""Functions that choose among their arguments (https://trino.io/docs/current/functions/conditional.html).

COALESCE, NULLIF, IF and TRY do not evaluate all of their arguments: they are no functions, but forms of the analysis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.registry import CallSite, Family
from owlake.functions.texts import is_short
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    INTEGER,
    SMALLINT,
    TINYINT,
    UUID,
    Decimal,
    Time,
    Timestamp,
    Type,
    Varchar,
)

FAMILY = Family("conditional")

_MOST_ARGUMENTS = 127


@FAMILY.sql("greatest(E:orderable...) -> E", raises=True)
def _greatest(site: CallSite) -> str:
    """The greatest of the values; NULL if any is NULL. NaN only if all are NaN."""
    return _chosen(site, "greatest", _greatest_of_rows)


@FAMILY.sql("least(E:orderable...) -> E", raises=True)
def _least(site: CallSite) -> str:
    """The least of the values; NULL if any is NULL. NaN only if all are NaN."""
    return _chosen(site, "least", _least_of_rows)


def _chosen(site: CallSite, native: str, kernel: Callable[..., pa.Array]) -> str:
    """The native function where its order is the type's; it skips NULLs."""
    if len(site.arguments) > _MOST_ARGUMENTS:
        raise error("TOO_MANY_ARGUMENTS", f"Too many arguments for function call {native}()")
    values = [site.sql(index) for index in range(len(site.arguments))]
    if len(values) == 1:
        return values[0]
    if not _is_plain(site.type) or not is_short(*values):
        return site.kernel(kernel, site.arguments, site.type)
    missing = " OR ".join(f"{value} IS NULL" for value in values)
    return f"CASE WHEN {missing} THEN NULL ELSE {native}({', '.join(values)}) END"


_PLAIN = (BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, DATE, UUID)


def _is_plain(type_: Type) -> bool:
    return type_ in _PLAIN or isinstance(type_, Decimal | Varchar | Time | Timestamp)


def _greatest_of_rows(*values: Any) -> pa.Array:
    # NaN counts as less than every number: it is chosen last.
    return _fold(values, lambda order: order > 0, nan=-1)


def _least_of_rows(*values: Any) -> pa.Array:
    return _fold(values, lambda order: order < 0, nan=1)


def _fold(values: tuple[Any, ...], wins: Callable[[Any], Any], nan: int) -> pa.Array:
    """One of the values of each row, the first of those that nothing wins against."""
    from owlake.functions.equality import order  # noqa: PLC0415  (only types with an order of their own need it)
    from owlake.functions.lists import columns, concatenated  # noqa: PLC0415

    given, nulls = columns(*values)
    length = len(given[0])
    best, places = given[0], np.arange(length)
    for index, candidate in enumerate(given[1:], start=1):
        places = np.where(wins(order(candidate, best, nan)), index * length + np.arange(length), places)
        best = concatenated(given).take(pa.array(places))
    return best if nulls is None else concatenated(given).take(pa.array(places, mask=nulls))
