"""Geometries in kernels: columns of well-known binary as arrays of shapely's, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Integers, expanded, length_of

Geometries = npt.NDArray[np.object_]
"""Shapely geometries; None for NULL."""

_NAMES = (
    "",
    "POINT",
    "LINE_STRING",
    "POLYGON",
    "MULTI_POINT",
    "MULTI_LINE_STRING",
    "MULTI_POLYGON",
    "GEOMETRY_COLLECTION",
)
"""By the numbers of well-known binary; 0 is NULL."""

_KINDS = np.array([0, 1, 2, 2, 3, 4, 5, 6, 7])
"""By shapely's numbers and one: it counts rings as a type of their own, and begins with -1 for NULL."""


def shapely() -> Any:
    """The library. Errors: NOT_SUPPORTED where it is not installed."""
    try:
        import shapely as library  # noqa: PLC0415  (an extra; 50 ms that only these functions pay)
    except ImportError as problem:
        hint = "Install the extra: pip install 'owlake[geo]'"
        raise error("NOT_SUPPORTED", "Geospatial functions need the package shapely", hint=hint) from problem
    return library


def columns(*arguments: pa.Array | pa.Scalar) -> list[pa.Array]:
    """Arguments with a value for each row."""
    length = length_of(arguments)
    return [expanded(one, length) for one in arguments]


def geometries(column: pa.Array) -> Geometries:
    """The geometries of a column."""
    found: Geometries = shapely().from_wkb(column.to_numpy(zero_copy_only=False))
    return found


def binary(shapes: Sequence[Any] | Geometries) -> pa.Array:
    """Geometries as a column; None becomes NULL."""
    given = np.empty(len(shapes), object)
    given[:] = shapes
    return pa.array(shapely().to_wkb(given), pa.binary())


def lists(parts: Sequence[Sequence[Any] | None]) -> pa.Array:
    """Lists of geometries as a column."""
    flat = binary([shape for one in parts if one is not None for shape in one])
    offsets = np.cumsum([0, *(0 if one is None else len(one) for one in parts)])
    mask = pa.array([one is None for one in parts])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat, mask=mask)


def kinds_of(shapes: Geometries) -> Integers:
    """What each geometry is, as well-known binary numbers it; 0 of NULL."""
    kinds: Integers = _KINDS[shapely().get_type_id(shapes) + 1]
    return kinds


def type_name(kind: int) -> str:
    """A type of geometries as Trino's errors call it: ``LINE_STRING``."""
    return _NAMES[kind]


def check_kinds(kinds: Integers, function: str, *allowed: str) -> None:
    """Refuse geometries of other types.

    Errors: INVALID_FUNCTION_ARGUMENT ``ST_Length only applies to LINE_STRING or MULTI_LINE_STRING. ...``.
    """
    wrong = first_other(kinds, *allowed)
    if wrong is not None:
        text = f"{function} only applies to {' or '.join(allowed)}. Input type is: {type_name(int(kinds[wrong]))}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)


def first_other(kinds: Integers, *allowed: str) -> int | None:
    """The first row whose geometry has another type; None if there is none."""
    fine = np.isin(np.arange(len(_NAMES)), [0, *(_NAMES.index(name) for name in allowed)])
    wrong = np.flatnonzero(~fine[kinds])
    return int(wrong[0]) if len(wrong) else None


def kept(shapes: Any, where: npt.NDArray[np.bool_]) -> Geometries:
    """The geometries of these rows, NULL in the others."""
    found = np.array(shapes, object)
    found[~where] = None
    return found


def where_filled(shapes: Geometries) -> npt.NDArray[np.bool_]:
    """Where there is a geometry that is not empty."""
    library = shapely()
    return ~(library.is_missing(shapes) | library.is_empty(shapes))


def numbers(values: npt.NDArray[Any], there: npt.NDArray[np.bool_], type_: pa.DataType) -> pa.Array:
    """Numbers of geometries as a column: NULL where none are there."""
    return pa.array(np.where(there, values, 0), mask=~there).cast(type_)
