"""Geometries made of others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.flat import bounds, flat, points, quadrangles, rings_as_lines, spread
from owlake.functions.geospatial.relationships import pair
from owlake.functions.geospatial.shapes import (
    Geometries,
    binary,
    check_kinds,
    columns,
    geometries,
    kept,
    shapely,
    where_filled,
)
from owlake.functions.segments import Segments, list_array, offsets_from, segments_of

_OF_ONE = {
    "st_centroid": ("centroid", "The geometry's center of mass"),
    "st_convexhull": ("convex_hull", "The smallest convex geometry around it"),
}
_OF_TWO = {
    "st_difference": ("difference", "The points of the first that are not in the second"),
    "st_intersection": ("intersection", "The points that both have"),
    "st_symdifference": ("symmetric_difference", "The points that only one of them has"),
    "st_union": ("union", "The points that either has"),
}


def _declare(name: str, operation: str, description: str, arguments: int) -> None:
    def of_one(column: pa.Array) -> pa.Array:
        shapes = geometries(column)
        found = getattr(shapely(), operation)(shapes)
        return binary(_empty_ones_kept(found, shapes) if operation == "convex_hull" else found)

    def of_two(left: pa.Array, right: pa.Array) -> pa.Array:
        return binary(getattr(shapely(), operation)(*pair(left, right)))

    kernel = of_one if arguments == 1 else of_two
    kernel.__doc__, kernel.__name__ = description, name
    FAMILY.kernel(f"{name}({', '.join(['Geometry'] * arguments)}) -> Geometry")(kernel)


def _empty_ones_kept(found: Geometries, shapes: Geometries) -> Geometries:
    """The hull of nothing is the nothing that it was of."""
    kept: Geometries = np.where(where_filled(shapes), found, shapes)
    return kept


for _name, (_operation, _description) in _OF_ONE.items():
    _declare(_name, _operation, _description, 1)
for _name, (_operation, _description) in _OF_TWO.items():
    _declare(_name, _operation, _description, 2)


@FAMILY.kernel("st_boundary(Geometry) -> Geometry")
def _st_boundary(column: pa.Array) -> pa.Array:
    """The geometry's boundary."""
    return binary(shapely().boundary(geometries(column)))


@FAMILY.kernel("st_envelope(Geometry) -> Geometry")
def _st_envelope(column: pa.Array) -> pa.Array:
    """The rectangle around the geometry."""
    shapes = flat(column)
    left, bottom, right, top = (spread(one, shapes.filled)[shapes.present] for one in bounds(shapes))
    corners = [(left, bottom), (left, top), (right, top), (right, bottom)]
    return quadrangles(corners, filled=shapes.filled[shapes.present], present=shapes.present)


@FAMILY.kernel("st_envelopeaspts(Geometry) -> array(Geometry)")
def _st_envelope_as_points(column: pa.Array) -> pa.Array:
    """The lower left and the upper right corner of the rectangle around the geometry; NULL of an empty one."""
    shapes = flat(column)
    corners = np.stack(bounds(shapes), axis=1).reshape(-1, 2)
    return list_array(offsets_from(2 * shapes.filled), points(corners), ~shapes.filled)


@FAMILY.kernel("st_exteriorring(Geometry) -> Geometry", raises=True)
def _st_exterior_ring(column: pa.Array) -> pa.Array:
    """The polygon's outer ring; NULL of an empty one."""
    shapes = flat(column)
    check_kinds(shapes.kinds, "ST_ExteriorRing", "POLYGON")
    return rings_as_lines(shapes, shapes.ring_offsets[:-1][shapes.filled], shapes.filled)


@FAMILY.kernel("st_buffer(Geometry, double) -> Geometry", raises=True)
def _st_buffer(column: pa.Array, distances: pa.Array | pa.Scalar) -> pa.Array:
    """The points no further away than the distance; NULL of an empty geometry."""
    library = shapely()
    first, second = columns(column, distances)
    shapes, far = geometries(first), np.asarray(second.fill_null(0), np.float64)
    if np.isnan(far).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "distance is NaN")
    if len(far) and far.min() < 0:
        raise error("INVALID_FUNCTION_ARGUMENT", "distance is negative")
    found = library.buffer(shapes, np.where(np.isinf(far), 0, far))
    found = np.where(np.isinf(far), library.Polygon(), np.where(far == 0, shapes, found))
    return binary(kept(found, where_filled(shapes) & np.asarray(second.is_valid())))


@FAMILY.kernel("simplify_geometry(Geometry, double) -> Geometry", raises=True)
def _simplify_geometry(column: pa.Array, tolerances: pa.Array | pa.Scalar) -> pa.Array:
    """The geometry with fewer points, none of them further away than the tolerance."""
    first, second = columns(column, tolerances)
    near = np.asarray(second.fill_null(0), np.float64)
    if np.isnan(near).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "distanceTolerance is NaN")
    if len(near) and near.min() < 0:
        raise error("INVALID_FUNCTION_ARGUMENT", "distanceTolerance is negative")
    found = shapely().simplify(geometries(first), near)
    return binary(kept(found, np.asarray(second.is_valid())))


@FAMILY.kernel("geometry_union(array(Geometry)) -> Geometry")
def _geometry_union(column: pa.Array) -> pa.Array:
    """The points that any of the geometries has; NULL for none."""
    return binary(unions(segments_of(column)))


def unions(lists: Segments) -> Geometries:
    """The union of the geometries of each segment, those that are NULL left out; None where there is none."""
    library = shapely()
    present = lists.without_null()
    shapes = geometries(present.columns[0])
    found: Geometries = np.full(len(lists), None, object)
    for length in np.unique(present.lengths).tolist():
        if length:
            rows = np.flatnonzero(present.lengths == length)
            alike = shapes[present.offsets[rows][:, None] + np.arange(length)]
            found[rows] = library.union_all(alike, axis=1)
    return found


@FAMILY.kernel("geometry_nearest_points(Geometry, Geometry) -> row(Geometry, Geometry)")
def _geometry_nearest_points(left: pa.Array, right: pa.Array) -> pa.Array:
    """The points of two geometries that are closest to each other; NULL where one is empty."""
    library = shapely()
    one, other = pair(left, right)
    there = where_filled(one) & where_filled(other)
    ends = library.get_coordinates(library.shortest_line(one[there], other[there]))
    parts = [points(ends[place::2], there) for place in (0, 1)]
    return pa.StructArray.from_arrays(parts, ["field0", "field1"], mask=pa.array(~there))


@FAMILY.kernel("geometry_invalid_reason(Geometry) -> varchar")
def _geometry_invalid_reason(column: pa.Array) -> pa.Array:
    """Why the geometry is not valid; NULL of a valid one."""
    library = shapely()
    shapes = geometries(column)
    wrong = np.flatnonzero(~(library.is_valid(shapes) | library.is_missing(shapes)))
    found = np.full(len(shapes), None, object)
    found[wrong] = [reason.partition("[")[0] for reason in library.is_valid_reason(shapes[wrong])]
    return pa.array(found, pa.string())
