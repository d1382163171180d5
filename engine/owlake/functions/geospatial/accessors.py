"""What a geometry is and has."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.arrays import integers
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.flat import (
    COLLECTION,
    POLYGON,
    areas,
    bounds,
    flat,
    lengths,
    points,
    rings_as_lines,
    simple,
    spread,
)
from owlake.functions.geospatial.relationships import pair
from owlake.functions.geospatial.shapes import (
    binary,
    check_kinds,
    columns,
    geometries,
    kept,
    kinds_of,
    numbers,
    shapely,
    where_filled,
)
from owlake.functions.lists import ranges
from owlake.functions.segments import list_array, offsets_from

_LINES = ("LINE_STRING", "MULTI_LINE_STRING")


# Numbers ------------------------------------------------------------------------------------------------


@FAMILY.kernel("st_area(Geometry) -> double")
def _st_area(column: pa.Array) -> pa.Array:
    """The area on a plane."""
    shapes = flat(column)
    return numbers(areas(shapes), shapes.present, pa.float64())


@FAMILY.kernel("st_length(Geometry) -> double", raises=True)
def _st_length(column: pa.Array) -> pa.Array:
    """The length of lines on a plane."""
    shapes = flat(column)
    check_kinds(shapes.kinds, "ST_Length", *_LINES)
    return numbers(lengths(shapes), shapes.present, pa.float64())


@FAMILY.kernel("st_distance(Geometry, Geometry) -> double")
def _st_distance(left: pa.Array, right: pa.Array) -> pa.Array:
    """The least distance on a plane; NULL where one is empty."""
    one, other = pair(left, right)
    return numbers(shapely().distance(one, other), where_filled(one) & where_filled(other), pa.float64())


def _declare_bound(name: str, place: int, description: str) -> None:
    def kernel(column: pa.Array) -> pa.Array:
        shapes = flat(column)
        return numbers(spread(bounds(shapes)[place], shapes.filled), shapes.filled, pa.float64())

    kernel.__doc__, kernel.__name__ = description, name
    FAMILY.kernel(f"{name}(Geometry) -> double")(kernel)


for _name, _place, _description in (
    ("st_xmin", 0, "The least x"), ("st_ymin", 1, "The least y"),
    ("st_xmax", 2, "The greatest x"), ("st_ymax", 3, "The greatest y"),
):  # fmt: skip
    _declare_bound(_name, _place, _description)


def _declare_coordinate(name: str, shown: str, axis: int) -> None:
    def kernel(column: pa.Array) -> pa.Array:
        shapes = flat(column)
        check_kinds(shapes.kinds, shown, "POINT")
        return numbers(spread(shapes.coordinates[:, axis], shapes.filled), shapes.filled, pa.float64())

    kernel.__doc__, kernel.__name__ = f"The point's {name[-1]}", name
    FAMILY.kernel(f"{name}(Geometry) -> double", raises=True)(kernel)


_declare_coordinate("st_x", "ST_X", 0)
_declare_coordinate("st_y", "ST_Y", 1)

FAMILY.native(
    "st_coorddim(Geometry) -> tinyint", "CASE WHEN {0} IS NOT NULL THEN CAST(2 AS TINYINT) END", "Coordinates a point"
)

_DIMENSIONS = np.array([0, 0, 1, 2, 0, 1, 2, 0], np.int8)
"""By the numbers of well-known binary; of a collection it depends on what is in it."""


@FAMILY.kernel("st_dimension(Geometry) -> tinyint")
def _st_dimension(column: pa.Array) -> pa.Array:
    """0 of points, 1 of lines, 2 of areas."""
    shapes = flat(column)
    found = _DIMENSIONS[shapes.kinds]
    mixed = np.flatnonzero(shapes.kinds == COLLECTION)
    if len(mixed):
        found[mixed] = shapely().get_dimensions(geometries(column.take(pa.array(mixed))))
    return numbers(found, shapes.present, pa.int8())


@FAMILY.kernel("st_numpoints(Geometry) -> bigint")
def _st_num_points(column: pa.Array) -> pa.Array:
    """How many points there are."""
    shapes = flat(column)
    return numbers(np.diff(shapes.offsets), shapes.present, pa.int64())


@FAMILY.kernel("st_numgeometries(Geometry) -> integer")
def _st_num_geometries(column: pa.Array) -> pa.Array:
    """How many geometries the collection has; 0 of an empty one."""
    shapes = flat(column)
    found = np.where(shapes.filled, 1, 0)
    several = np.flatnonzero(shapes.filled & (shapes.kinds > POLYGON))
    if len(several):
        found[several] = shapely().get_num_geometries(geometries(column.take(pa.array(several))))
    return numbers(found, shapes.present, pa.int32())


@FAMILY.kernel("st_numinteriorring(Geometry) -> bigint", raises=True)
def _st_num_interior_ring(column: pa.Array) -> pa.Array:
    """How many holes the polygon has; NULL of an empty one."""
    shapes = flat(column)
    check_kinds(shapes.kinds, "ST_NumInteriorRing", "POLYGON")
    return numbers(np.diff(shapes.ring_offsets) - 1, shapes.filled, pa.int64())


# Properties ---------------------------------------------------------------------------------------------


@FAMILY.kernel("st_isclosed(Geometry) -> boolean", raises=True)
def _st_is_closed(column: pa.Array) -> pa.Array:
    """Whether the lines end where they begin."""
    shapes = flat(column)
    check_kinds(shapes.kinds, "ST_IsClosed", *_LINES)
    filled = np.diff(shapes.points) > 0
    first, last = shapes.coordinates[shapes.points[:-1][filled]], shapes.coordinates[shapes.points[1:][filled] - 1]
    closed = np.zeros(len(filled), np.bool_)
    closed[filled] = (first == last).all(axis=1)
    return numbers(shapes.by_row(~closed) == 0, shapes.present, pa.bool_())


@FAMILY.kernel("st_isempty(Geometry) -> boolean")
def _st_is_empty(column: pa.Array) -> pa.Array:
    """Whether the geometry has no points."""
    shapes = flat(column)
    return numbers(~shapes.filled, shapes.present, pa.bool_())


def _declare_property(name: str, predicate: str, description: str, shown: str = "", *allowed: str) -> None:
    def kernel(column: pa.Array) -> pa.Array:
        shapes = geometries(column)
        if allowed:
            check_kinds(kinds_of(shapes), shown, *allowed)
        library = shapely()
        return numbers(getattr(library, predicate)(shapes), ~library.is_missing(shapes), pa.bool_())

    kernel.__doc__, kernel.__name__ = description, name
    FAMILY.kernel(f"{name}(Geometry) -> boolean", raises=bool(allowed))(kernel)


_declare_property("st_isring", "is_ring", "Whether the line is closed and simple", "ST_IsRing", "LINE_STRING")
_declare_property("st_issimple", "is_simple", "Whether the geometry does not cross or touch itself")
_declare_property("st_isvalid", "is_valid", "Whether the geometry is well formed")

_TYPE_NAMES = pa.array(
    [None, *(f"ST_{name}" for name in ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString",
                                       "MultiPolygon", "GeomCollection"))]
)  # fmt: skip
"""By the numbers of well-known binary."""


@FAMILY.kernel("st_geometrytype(Geometry) -> varchar")
def _st_geometry_type(column: pa.Array) -> pa.Array:
    """The geometry's type: ``ST_Point``."""
    return _TYPE_NAMES.take(pa.array(flat(column).kinds))


# Parts --------------------------------------------------------------------------------------------------


@FAMILY.kernel("st_geometryn(Geometry, integer) -> Geometry")
def _st_geometry_n(column: pa.Array, places: pa.Array | pa.Scalar) -> pa.Array:
    """The geometry at a place of the collection, from 1; NULL outside."""
    first, second = columns(column, places)
    shapes, at = simple(first), integers(second)
    if shapes is not None:
        # A single geometry is its own first.
        return pc.if_else(pa.array((at == 1) & shapes.filled), first, pa.scalar(None, first.type))
    parts = geometries(first)
    found = shapely().get_geometry(parts, np.maximum(at - 1, 0))
    return binary(kept(found, (at > 0) & where_filled(parts)))


@FAMILY.kernel("st_pointn(Geometry, integer) -> Geometry", raises=True)
def _st_point_n(column: pa.Array, places: pa.Array | pa.Scalar) -> pa.Array:
    """The point at a place of the line, from 1; NULL outside."""
    first, second = columns(column, places)
    shapes, at = flat(first), integers(second)
    check_kinds(shapes.kinds, "ST_PointN", "LINE_STRING")
    there = (at > 0) & (at <= np.diff(shapes.offsets))
    return points(shapes.coordinates[(shapes.offsets[:-1] + at - 1)[there]], there)


@FAMILY.kernel("st_interiorringn(Geometry, integer) -> Geometry", raises=True)
def _st_interior_ring_n(column: pa.Array, places: pa.Array | pa.Scalar) -> pa.Array:
    """The hole at a place of the polygon, from 1; NULL outside."""
    first, second = columns(column, places)
    shapes, at = flat(first), integers(second)
    check_kinds(shapes.kinds, "ST_InteriorRingN", "POLYGON")
    # The first ring of each polygon is its outer one.
    there = (at > 0) & (at < np.diff(shapes.ring_offsets))
    return rings_as_lines(shapes, (shapes.ring_offsets[:-1] + at)[there], there)


def _declare_end(name: str, shown: str, place: int, description: str) -> None:
    def kernel(column: pa.Array) -> pa.Array:
        shapes = flat(column)
        check_kinds(shapes.kinds, shown, "LINE_STRING")
        ends = shapes.offsets[:-1] if place == 0 else shapes.offsets[1:] - 1
        return points(shapes.coordinates[ends[shapes.filled]], shapes.filled)

    kernel.__doc__, kernel.__name__ = description, name
    FAMILY.kernel(f"{name}(Geometry) -> Geometry", raises=True)(kernel)


_declare_end("st_startpoint", "ST_StartPoint", 0, "The line's first point")
_declare_end("st_endpoint", "ST_EndPoint", -1, "The line's last point")


@FAMILY.kernel("st_geometries(Geometry) -> array(Geometry)")
def _st_geometries(column: pa.Array) -> pa.Array:
    """The geometries of the collection; NULL of an empty one."""
    shapes = simple(column)
    if shapes is not None:
        filled = shapes.filled
        return list_array(offsets_from(filled), column.filter(pa.array(filled)), ~filled)
    found = geometries(column)
    filled = where_filled(found)
    parts, owners = shapely().get_parts(kept(found, filled), return_index=True)
    return list_array(offsets_from(np.bincount(owners, minlength=len(filled))), binary(parts), ~filled)


@FAMILY.kernel("st_points(Geometry) -> array(Geometry)")
def _st_points(column: pa.Array) -> pa.Array:
    """The geometry's points in order; NULL of an empty one."""
    shapes = flat(column)
    return list_array(shapes.offsets, points(shapes.coordinates), ~shapes.filled)


@FAMILY.kernel("st_interiorrings(Geometry) -> array(Geometry)", raises=True)
def _st_interior_rings(column: pa.Array) -> pa.Array:
    """The polygon's holes; NULL of an empty one."""
    shapes = flat(column)
    check_kinds(shapes.kinds, "ST_InteriorRings", "POLYGON")
    # The first ring of each polygon is its outer one.
    holes = np.maximum(np.diff(shapes.ring_offsets) - 1, 0)
    rings = rings_as_lines(shapes, ranges(shapes.ring_offsets[:-1] + 1, holes))
    return list_array(offsets_from(holes), rings, ~shapes.filled)
