"""Many geometries as one."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa

from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.operations import unions
from owlake.functions.geospatial.shapes import binary, geometries, shapely
from owlake.functions.segments import Segments


@FAMILY.collected("geometry_union_agg(Geometry) -> Geometry")
def _geometry_union_agg(segments: Segments) -> pa.Array:
    """The points that any of the geometries has."""
    return binary(unions(segments))


@FAMILY.collected("convex_hull_agg(Geometry) -> Geometry")
def _convex_hull_agg(segments: Segments) -> pa.Array:
    """The smallest convex geometry around all of the geometries."""
    library = shapely()
    shapes = geometries(segments.columns[0])
    groups = [shapes[low:high] for low, high in pairwise(segments.offsets.tolist())]
    return binary([library.convex_hull(library.GeometryCollection(list(one))) if len(one) else None for one in groups])
