"""What a geometry is and has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.relationships import pair
from owlake.functions.geospatial.shapes import (
    Geometries,
    binary,
    check_types,
    columns,
    geometries,
    kept,
    numbers,
    parts_in_lists,
    shapely,
    where_filled,
)

_LINES = ("LINE_STRING", "MULTI_LINE_STRING")


# Numbers ------------------------------------------------------------------------------------------------


@FAMILY.kernel("st_area(Geometry) -> double")
def _st_area(column: pa.Array) -> pa.Array:
    """The area on a plane."""
    shapes = geometries(column)
    return numbers(shapely().area(shapes), shapes, pa.float64())


@FAMILY.kernel("st_length(Geometry) -> double", raises=True)
def _st_length(column: pa.Array) -> pa.Array:
    """The length of lines on a plane."""
    shapes = geometries(column)
    check_types(shapes, "ST_Length", *_LINES)
    return numbers(shapely().length(shapes), shapes, pa.float64())


@FAMILY.kernel("st_distance(Geometry, Geometry) -> double")
def _st_distance(left: pa.Array, right: pa.Array) -> pa.Array:
    """The least distance on a plane; NULL where one is empty."""
    one, other = pair(left, right)
    there = where_filled(one) & where_filled(other)
    return pa.array(np.where(there, shapely().distance(one, other), 0), mask=~there)


def _declare_bound(name: str, place: int, description: str) -> None:
    def kernel(column: pa.Array) -> pa.Array:
        shapes = geometries(column)
        return numbers(shapely().bounds(shapes)[:, place], shapes, pa.float64(), empty=False)

    kernel.__doc__, kernel.__name__ = description, name
    FAMILY.kernel(f"{name}(Geometry) -> double")(kernel)


for _name, _place, _description in (
    ("st_xmin", 0, "The least x"), ("st_ymin", 1, "The least y"),
    ("st_xmax", 2, "The greatest x"), ("st_ymax", 3, "The greatest y"),
):  # fmt: skip
    _declare_bound(_name, _place, _description)


def _declare_coordinate(name: str, shown: str, getter: str) -> None:
    def kernel(column: pa.Array) -> pa.Array:
        shapes = geometries(column)
        check_types(shapes, shown, "POINT")
        filled = kept(shapes, where_filled(shapes))
        return numbers(getattr(shapely(), getter)(filled), filled, pa.float64(), empty=False)

    kernel.__doc__, kernel.__name__ = f"The point's {name[-1]}", name
    FAMILY.kernel(f"{name}(Geometry) -> double", raises=True)(kernel)


_declare_coordinate("st_x", "ST_X", "get_x")
_declare_coordinate("st_y", "ST_Y", "get_y")

FAMILY.native(
    "st_coorddim(Geometry) -> tinyint", "CASE WHEN {0} IS NOT NULL THEN CAST(2 AS TINYINT) END", "Coordinates a point"
)


@FAMILY.kernel("st_dimension(Geometry) -> tinyint")
def _st_dimension(column: pa.Array) -> pa.Array:
    """0 of points, 1 of lines, 2 of areas."""
    shapes = geometries(column)
    return numbers(shapely().get_dimensions(shapes), shapes, pa.int8())


@FAMILY.kernel("st_numpoints(Geometry) -> bigint")
def _st_num_points(column: pa.Array) -> pa.Array:
    """How many points there are."""
    shapes = geometries(column)
    return numbers(shapely().get_num_coordinates(shapes), shapes, pa.int64())


@FAMILY.kernel("st_numgeometries(Geometry) -> integer")
def _st_num_geometries(column: pa.Array) -> pa.Array:
    """How many geometries the collection has; 0 of an empty one."""
    shapes = geometries(column)
    return numbers(np.where(where_filled(shapes), shapely().get_num_geometries(shapes), 0), shapes, pa.int32())


@FAMILY.kernel("st_numinteriorring(Geometry) -> bigint", raises=True)
def _st_num_interior_ring(column: pa.Array) -> pa.Array:
    """How many holes the polygon has; NULL of an empty one."""
    shapes = geometries(column)
    check_types(shapes, "ST_NumInteriorRing", "POLYGON")
    return numbers(shapely().get_num_interior_rings(shapes), shapes, pa.int64(), empty=False)


# Properties ---------------------------------------------------------------------------------------------


def _declare_property(name: str, predicate: str, description: str, shown: str = "", *allowed: str) -> None:
    def kernel(column: pa.Array) -> pa.Array:
        shapes = geometries(column)
        if allowed:
            check_types(shapes, shown, *allowed)
        return numbers(_PROPERTIES[predicate](shapes), shapes, pa.bool_())

    kernel.__doc__, kernel.__name__ = description, name
    FAMILY.kernel(f"{name}(Geometry) -> boolean", raises=bool(allowed))(kernel)


def _is_closed(shapes: Any) -> Any:
    """Of several lines, whether all are closed."""
    library = shapely()
    parts, owners = library.get_parts(shapes, return_index=True)
    return np.bincount(owners[~library.is_closed(parts)], minlength=len(shapes)) == 0


_PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "closed": _is_closed,
    "empty": lambda shapes: shapely().is_empty(shapes),
    "ring": lambda shapes: shapely().is_ring(shapes),
    "simple": lambda shapes: shapely().is_simple(shapes),
    "valid": lambda shapes: shapely().is_valid(shapes),
}

_declare_property("st_isclosed", "closed", "Whether the lines end where they begin", "ST_IsClosed", *_LINES)
_declare_property("st_isempty", "empty", "Whether the geometry has no points")
_declare_property("st_isring", "ring", "Whether the line is closed and simple", "ST_IsRing", "LINE_STRING")
_declare_property("st_issimple", "simple", "Whether the geometry does not cross or touch itself")
_declare_property("st_isvalid", "valid", "Whether the geometry is well formed")

_TYPE_NAMES = pa.array(
    f"ST_{name}"
    for name in ("Point", "LineString", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
                 "GeomCollection")
)  # fmt: skip
"""By shapely's numbers."""


@FAMILY.kernel("st_geometrytype(Geometry) -> varchar")
def _st_geometry_type(column: pa.Array) -> pa.Array:
    """The geometry's type: ``ST_Point``."""
    types = shapely().get_type_id(geometries(column))
    return _TYPE_NAMES.take(pa.array(types, mask=types < 0))


# Parts --------------------------------------------------------------------------------------------------


@FAMILY.kernel("st_geometryn(Geometry, integer) -> Geometry")
def _st_geometry_n(column: pa.Array, places: pa.Array | pa.Scalar) -> pa.Array:
    """The geometry at a place of the collection, from 1; NULL outside."""
    return _part(column, places, "get_geometry")


@FAMILY.kernel("st_pointn(Geometry, integer) -> Geometry", raises=True)
def _st_point_n(column: pa.Array, places: pa.Array | pa.Scalar) -> pa.Array:
    """The point at a place of the line, from 1; NULL outside."""
    return _part(column, places, "get_point", "ST_PointN", "LINE_STRING")


@FAMILY.kernel("st_interiorringn(Geometry, integer) -> Geometry", raises=True)
def _st_interior_ring_n(column: pa.Array, places: pa.Array | pa.Scalar) -> pa.Array:
    """The hole at a place of the polygon, from 1; NULL outside."""
    return _part(column, places, "get_interior_ring", "ST_InteriorRingN", "POLYGON")


def _part(column: pa.Array, places: pa.Array | pa.Scalar, getter: str, shown: str = "", allowed: str = "") -> pa.Array:
    library = shapely()
    first, second = columns(column, places)
    shapes = geometries(first)
    if allowed:
        check_types(shapes, shown, allowed)
    at = np.asarray(second.fill_null(0), np.int64)
    found = getattr(library, getter)(shapes, np.maximum(at - 1, 0))
    there = (at > 0) & where_filled(shapes) & np.asarray(second.is_valid())
    return binary(kept(lines_of(found), there))


def lines_of(shapes: Geometries) -> Geometries:
    """Rings as lines, which is what they are in SQL."""
    library = shapely()
    rings = np.flatnonzero(library.get_type_id(shapes) == library.GeometryType.LINEARRING)
    if len(rings):
        places, owners = library.get_coordinates(shapes[rings], return_index=True)
        shapes = np.array(shapes, object)
        shapes[rings] = library.linestrings(places, indices=owners)
    return shapes


def _declare_end(name: str, shown: str, place: int, description: str) -> None:
    def kernel(column: pa.Array) -> pa.Array:
        shapes = geometries(column)
        check_types(shapes, shown, "LINE_STRING")
        return binary(kept(shapely().get_point(shapes, place), where_filled(shapes)))

    kernel.__doc__, kernel.__name__ = description, name
    FAMILY.kernel(f"{name}(Geometry) -> Geometry", raises=True)(kernel)


_declare_end("st_startpoint", "ST_StartPoint", 0, "The line's first point")
_declare_end("st_endpoint", "ST_EndPoint", -1, "The line's last point")


@FAMILY.kernel("st_geometries(Geometry) -> array(Geometry)")
def _st_geometries(column: pa.Array) -> pa.Array:
    """The geometries of the collection; NULL of an empty one."""
    shapes = geometries(column)
    filled = where_filled(shapes)
    parts, owners = shapely().get_parts(kept(shapes, filled), return_index=True)
    return parts_in_lists(parts, owners, filled)


@FAMILY.kernel("st_points(Geometry) -> array(Geometry)")
def _st_points(column: pa.Array) -> pa.Array:
    """The geometry's points in order; NULL of an empty one."""
    library = shapely()
    shapes = geometries(column)
    filled = where_filled(shapes)
    places, owners = library.get_coordinates(kept(shapes, filled), return_index=True)
    return parts_in_lists(library.points(places), owners, filled)


@FAMILY.kernel("st_interiorrings(Geometry) -> array(Geometry)", raises=True)
def _st_interior_rings(column: pa.Array) -> pa.Array:
    """The polygon's holes; NULL of an empty one."""
    shapes = geometries(column)
    check_types(shapes, "ST_InteriorRings", "POLYGON")
    library = shapely()
    filled = where_filled(shapes)
    rings, owners = library.get_rings(kept(shapes, filled), return_index=True)
    # The first ring of each polygon is its outer one.
    inner = np.append(False, owners[1:] == owners[:-1]) if len(owners) else np.zeros(0, np.bool_)
    return parts_in_lists(lines_of(rings[inner]), owners[inner], filled)
