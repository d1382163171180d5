"""Geometries in kernels: columns of well-known binary as arrays of shapely's, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import expanded, length_of
from owlake.functions.segments import Integers, offsets_from

Geometries = npt.NDArray[np.object_]
"""Shapely geometries; None for NULL."""

_MISSING = -1
_NAMES = {
    "Point": "POINT",
    "LineString": "LINE_STRING",
    "LinearRing": "LINE_STRING",
    "Polygon": "POLYGON",
    "MultiPoint": "MULTI_POINT",
    "MultiLineString": "MULTI_LINE_STRING",
    "MultiPolygon": "MULTI_POLYGON",
    "GeometryCollection": "GEOMETRY_COLLECTION",
}
"""By shapely's names, in the order of its numbers."""


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
    found: Geometries = shapely().from_wkb(np.array(column.to_pylist(), object))
    return found


def binary(shapes: Sequence[Any] | Geometries) -> pa.Array:
    """Geometries as a column; None becomes NULL."""
    given = np.empty(len(shapes), object)
    given[:] = list(shapes)
    return pa.array(shapely().to_wkb(given).tolist(), pa.binary())


def parts_in_lists(parts: Geometries, owners: Integers, filled: npt.NDArray[np.bool_]) -> pa.Array:
    """Lists of the parts, which stand row by row, as a column; NULL in rows that are not filled."""
    counts = np.bincount(owners, minlength=len(filled))
    return pa.ListArray.from_arrays(pa.array(offsets_from(counts), pa.int32()), binary(parts), mask=pa.array(~filled))


def lists(parts: Sequence[Sequence[Any] | None]) -> pa.Array:
    """Lists of geometries as a column."""
    flat = binary([shape for one in parts if one is not None for shape in one])
    offsets = np.cumsum([0, *(0 if one is None else len(one) for one in parts)])
    mask = pa.array([one is None for one in parts])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat, mask=mask)


def type_name(shape: Any) -> str:
    """The geometry's type as Trino's errors call it: ``LINE_STRING``."""
    return _NAMES[shape.geom_type]


def check_types(shapes: Geometries, function: str, *allowed: str) -> None:
    """Refuse geometries of other types.

    Errors: INVALID_FUNCTION_ARGUMENT ``ST_Length only applies to LINE_STRING or MULTI_LINE_STRING. ...``.
    """
    wrong = of_other_types(shapes, *allowed)
    if wrong is not None:
        text = f"{function} only applies to {' or '.join(allowed)}. Input type is: {type_name(wrong)}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)


def of_other_types(shapes: Geometries, *allowed: str) -> Any:
    """The first geometry that has another type; None if there is none."""
    types = [place for place, name in enumerate(_NAMES.values()) if name in allowed]
    wrong = np.flatnonzero(~np.isin(shapely().get_type_id(shapes), [_MISSING, *types]))
    return shapes[wrong[0]] if len(wrong) else None


def kept(shapes: Any, where: npt.NDArray[np.bool_]) -> Geometries:
    """The geometries of these rows, NULL in the others."""
    found = np.array(shapes, object)
    found[~where] = None
    return found


def where_filled(shapes: Geometries) -> npt.NDArray[np.bool_]:
    """Where there is a geometry that is not empty."""
    library = shapely()
    return ~(library.is_missing(shapes) | library.is_empty(shapes))


def numbers(values: npt.NDArray[Any], shapes: Geometries, type_: pa.DataType, *, empty: bool = True) -> pa.Array:
    """Numbers of geometries as a column: NULL where there is none, and of empty ones unless ``empty``."""
    absent = shapely().is_missing(shapes) if empty else ~where_filled(shapes)
    return pa.array(np.where(absent, 0, values), mask=absent).cast(type_)
