"""Geospatial functions (https://trino.io/docs/current/functions/geospatial.html), over GEOS through shapely.

Geometries are held as well-known binary, tiles as Trino's 64-bit integers. Shapely is imported when a function runs:
it is the extra ``geo``.
"""

from owlake.functions.geospatial import (
    accessors,
    aggregates,
    constructors,
    hadoop,
    lines,
    operations,
    relationships,
    spherical,
    tile_sets,
    tiles,
)
from owlake.functions.geospatial.family import FAMILY

__all__ = [
    "FAMILY",
    "accessors",
    "aggregates",
    "constructors",
    "hadoop",
    "lines",
    "operations",
    "relationships",
    "spherical",
    "tile_sets",
    "tiles",
]
