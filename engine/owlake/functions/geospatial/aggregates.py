"""Many geometries as one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa

from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.operations import union_of
from owlake.functions.geospatial.shapes import binary, shapely
from owlake.functions.segments import Segments


@FAMILY.collected("geometry_union_agg(Geometry) -> Geometry")
def _geometry_union_agg(segments: Segments) -> pa.Array:
    """The points that any of the geometries has."""
    data = segments.columns[0].to_pylist()
    return binary([union_of(data[low:high]) for low, high in pairwise(segments.offsets.tolist())])


@FAMILY.collected("convex_hull_agg(Geometry) -> Geometry")
def _convex_hull_agg(segments: Segments) -> pa.Array:
    """The smallest convex geometry around all of the geometries."""
    library = shapely()
    shapes = library.from_wkb(np.array(segments.columns[0].to_pylist(), object))
    groups = [shapes[low:high] for low, high in pairwise(segments.offsets.tolist())]
    return binary([library.convex_hull(library.GeometryCollection(list(one))) if len(one) else None for one in groups])
