"""What GEOS and Python's XML parser take for the work that a geospatial function has them do.

Most geospatial functions are one operation of GEOS over each value. No engine is faster than that, and what an
operation takes depends on it alone (a buffer takes fifteen times what a centroid does). So such a function is held to
GEOS itself: the same geometries read from the same bytes, the operation, and the result written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

RATIO = 2.0
"""What a function may take of what GEOS takes: batches, columns and errors cost something."""

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The columns of the benchmark, read anew each time that one is asked for."""

    table: pa.Table

    def text(self, name: str) -> Objects:
        """The values of a column."""
        values: Objects = self.table[name].to_numpy()
        return values

    @property
    def point(self) -> Objects:
        """Points."""
        return self._read("point")

    @property
    def line(self) -> Objects:
        """Lines."""
        return self._read("line")

    @property
    def polygon(self) -> Objects:
        """Polygons."""
        return self._read("polygon")

    def _read(self, name: str) -> Objects:
        shapes: Objects = shapely.from_wkb(self.text(name))
        return shapes


Loop = Callable[[Shapes], Any]


def _written(shapes: Any) -> Any:
    return shapely.to_wkb(shapes)


def _of_pairs(operation: Callable[[Any, Any], Any]) -> Loop:
    return lambda shapes: operation(shapes.polygon, shapes.polygon)


def _new_of_pairs(operation: Callable[[Any, Any], Any]) -> Loop:
    return lambda shapes: _written(operation(shapes.polygon, shapes.polygon))


def _nearest(shapes: Shapes) -> Any:
    lines = shapely.shortest_line(shapes.polygon, shapes.polygon)
    return [_written(shapely.get_point(lines, place)) for place in (0, 1)]


def _interpolated(shapes: Shapes) -> Any:
    lines = shapes.line
    return [_written(shapely.line_interpolate_point(lines, share, normalized=True)) for share in (0.5, 1.0)]


def _union(shapes: Shapes) -> Any:
    return _written(shapely.union_all(np.stack([shapes.polygon, shapes.polygon], axis=1), axis=1))


LOOPS: dict[str, Loop] = {
    "geometry_invalid_reason": lambda shapes: shapely.is_valid(shapes.polygon),
    "geometry_nearest_points": _nearest,
    "geometry_union": _union,
    "line_interpolate_point": lambda s: _written(shapely.line_interpolate_point(s.line, 0.5, normalized=True)),
    "line_interpolate_points": _interpolated,
    "line_locate_point": lambda s: shapely.line_locate_point(s.line, s.point, normalized=True),
    "simplify_geometry": lambda shapes: _written(shapely.simplify(shapes.polygon, 0.1)),
    "st_astext": lambda shapes: shapely.to_wkt(shapes.polygon, rounding_precision=-1, trim=True),
    "st_boundary": lambda shapes: _written(shapely.boundary(shapes.polygon)),
    "st_buffer": lambda shapes: _written(shapely.buffer(shapes.polygon, 1.0)),
    "st_centroid": lambda shapes: _written(shapely.centroid(shapes.polygon)),
    "st_contains": _of_pairs(shapely.contains),
    "st_convexhull": lambda shapes: _written(shapely.convex_hull(shapes.polygon)),
    "st_crosses": _of_pairs(shapely.crosses),
    "st_difference": _new_of_pairs(shapely.difference),
    "st_disjoint": _of_pairs(shapely.disjoint),
    "st_distance(Geometry, Geometry)": _of_pairs(shapely.distance),
    "st_equals": _of_pairs(shapely.equals),
    "st_geometryfromtext": lambda shapes: _written(shapely.from_wkt(shapes.text("wkt"))),
    "st_geomfromkml": lambda shapes: [ET.fromstring(text) for text in shapes.text("kml")],  # noqa: S314
    "st_intersection": _new_of_pairs(shapely.intersection),
    "st_intersects": _of_pairs(shapely.intersects),
    "st_isring": lambda shapes: shapely.is_ring(shapes.line),
    "st_issimple": lambda shapes: shapely.is_simple(shapes.polygon),
    "st_isvalid": lambda shapes: shapely.is_valid(shapes.polygon),
    "st_linefromtext": lambda shapes: _written(shapely.from_wkt(shapes.text("line_text"))),
    "st_overlaps": _of_pairs(shapely.overlaps),
    "st_polygon": lambda shapes: _written(shapely.from_wkt(shapes.text("wkt"))),
    "st_relate": lambda shapes: shapely.relate_pattern(shapes.polygon, shapes.polygon, "T********"),
    "st_symdifference": _new_of_pairs(shapely.symmetric_difference),
    "st_touches": _of_pairs(shapely.touches),
    "st_union": _new_of_pairs(shapely.union),
    "st_within": _of_pairs(shapely.within),
    "to_geojson_geometry(Geometry)": lambda shapes: shapely.to_geojson(shapes.polygon),
    "to_geojson_geometry(SphericalGeography)": lambda shapes: shapely.to_geojson(shapes.point),
}
"""By name, or by signature where overloads differ. What is not here is read and written without GEOS, and must manage
a million values a second."""


def loop(name: str, signature: str) -> Loop | None:
    """The bare loop that a function is held to, if it is one."""
    return LOOPS.get(signature) or LOOPS.get(name)
