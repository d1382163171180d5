"""Geometries made of others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.geospatial.accessors import lines_of
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.relationships import pair
from owlake.functions.geospatial.shapes import (
    Geometries,
    binary,
    check_types,
    columns,
    geometries,
    kept,
    parts_in_lists,
    shapely,
    where_filled,
)
from owlake.functions.registry import Execution

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
    library = shapely()
    shapes = geometries(column)
    bounds = library.bounds(shapes)
    filled = where_filled(shapes)
    boxes = library.box(*np.where(filled[:, None], bounds, 0).T, ccw=False)
    found = np.where(filled, library.normalize(library.orient_polygons(boxes)), library.Polygon())
    return binary(np.where(library.is_missing(shapes), None, found))


@FAMILY.kernel("st_envelopeaspts(Geometry) -> array(Geometry)")
def _st_envelope_as_points(column: pa.Array) -> pa.Array:
    """The lower left and the upper right corner of the rectangle around the geometry; NULL of an empty one."""
    library = shapely()
    shapes = geometries(column)
    bounds = library.bounds(shapes)
    filled = where_filled(shapes)
    corners = library.points(bounds[filled].reshape(-1, 2))
    return parts_in_lists(corners, np.repeat(np.flatnonzero(filled), 2), filled)


@FAMILY.kernel("st_exteriorring(Geometry) -> Geometry", raises=True)
def _st_exterior_ring(column: pa.Array) -> pa.Array:
    """The polygon's outer ring; NULL of an empty one."""
    shapes = geometries(column)
    check_types(shapes, "ST_ExteriorRing", "POLYGON")
    return binary(lines_of(shapely().get_exterior_ring(kept(shapes, where_filled(shapes)))))


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


@FAMILY.kernel("geometry_union(array(Geometry)) -> Geometry", execution=Execution.VALUE)
def _geometry_union(column: pa.Array) -> pa.Array:
    """The points that any of the geometries has; NULL for none."""
    return binary([None if one is None else union_of(one) for one in column.to_pylist()])


def union_of(data: list[bytes | None]) -> Any:
    """The union of geometries, those that are NULL left out; None where there is none."""
    present = [one for one in data if one is not None]
    library = shapely()
    return library.union_all(library.from_wkb(np.array(present, object))) if present else None


@FAMILY.kernel("geometry_nearest_points(Geometry, Geometry) -> row(Geometry, Geometry)")
def _geometry_nearest_points(left: pa.Array, right: pa.Array) -> pa.Array:
    """The points of two geometries that are closest to each other; NULL where one is empty."""
    library = shapely()
    one, other = pair(left, right)
    there = where_filled(one) & where_filled(other)
    lines = library.shortest_line(one, other)
    parts = [binary(kept(library.get_point(lines, place), there)) for place in (0, 1)]
    return pa.StructArray.from_arrays(parts, ["field0", "field1"], mask=pa.array(~there))


@FAMILY.kernel("geometry_invalid_reason(Geometry) -> varchar", execution=Execution.VALUE)
def _geometry_invalid_reason(column: pa.Array) -> pa.Array:
    """Why the geometry is not valid; NULL of a valid one."""
    library = shapely()
    shapes = geometries(column)
    reasons = library.is_valid_reason(shapes)
    valid = library.is_valid(shapes) | library.is_missing(shapes)
    return pa.array(
        [None if fine else reason.partition("[")[0] for fine, reason in zip(valid, reasons, strict=True)], pa.string()
    )
