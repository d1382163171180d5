"""Geometries as the Spatial Framework for Hadoop stores them: five bytes, then a shape of Esri's."""

from __future__ import annotations

import itertools
import struct
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.flat import COUNT, LINE, PLACE, POINT, POLYGON, Flat, is_well_formed, steps, window
from owlake.functions.geospatial.shapes import binary, kinds_of, shapely, type_name
from owlake.functions.octets import Octets, octets
from owlake.functions.segments import offsets_from

_PREFIX = 5
_ESRI_TYPES = {POINT: 1, LINE: 3, POLYGON: 5}
"""By the stored type of the geometry."""


@FAMILY.kernel("geometry_from_hadoop_shape(varbinary) -> Geometry", raises=True)
def _geometry_from_hadoop_shape(data: pa.Array) -> pa.Array:
    """The geometry of the bytes that the Spatial Framework for Hadoop stores."""
    shapes = _of_one_part(octets(data))
    if shapes is not None and is_well_formed(shapes):
        return shapes.binary()
    found = np.empty(len(data), object)
    for row, value in enumerate(data.to_pylist()):
        if value is not None:
            found[row] = _from_hadoop_shape(value)
    return binary(found)


def _of_one_part(source: Octets) -> Flat | None:
    """A column of points, of lines in one piece and of polygons without holes; None of one that has others."""
    rows = np.arange(len(source)) if source.present is None else np.flatnonzero(source.present)
    starts, lengths = source.starts[rows], source.lengths[rows]
    if not len(rows) or lengths.min() < _PREFIX + COUNT.itemsize + PLACE.itemsize:
        return None
    kinds = source.data[starts + _PREFIX - 1].astype(np.int64)
    shape = starts + _PREFIX
    esri = window(source.data, COUNT)[shape]
    if not all(((kinds == kind) == (esri == type_)).all() for kind, type_ in _ESRI_TYPES.items()):
        return None
    is_point = kinds == POINT
    begins, sizes = shape + COUNT.itemsize, np.ones(len(rows), np.int64)
    others = np.flatnonzero(~is_point)
    if len(others):
        # The type and four bounds, how many parts and points, where each part begins, the points.
        if not np.isin(kinds, [POINT, LINE, POLYGON]).all() or lengths[others].min() < _PREFIX + 48:
            return None
        parts, sizes[others], first = (window(source.data, COUNT)[shape[others] + at] for at in (36, 40, 44))
        if (parts != 1).any() or first.any():
            return None
        begins[others] = shape[others] + 48
    if (begins + PLACE.itemsize * sizes > starts + lengths).any():
        return None
    coordinates = window(source.data, PLACE)[steps(begins, sizes)].view(np.float64).reshape(-1, 2)
    present = np.ones(len(source), np.bool_) if source.present is None else source.present
    of_rows = np.zeros(len(source), np.int64)
    of_rows[rows] = kinds
    return Flat(of_rows, offsets_from(present), kinds, np.arange(len(rows) + 1), offsets_from(sizes), coordinates)


_HADOOP_TYPES = ("", "POINT", "LINE_STRING", "POLYGON", "MULTI_POINT", "MULTI_LINE_STRING", "MULTI_POLYGON")


def _from_hadoop_shape(data: bytes) -> Any:
    """An Esri shape behind five bytes: the spatial reference, and the type of the geometry."""
    if len(data) <= 5:
        raise error("INVALID_FUNCTION_ARGUMENT", "Hadoop shape input is too short")
    kind = struct.unpack_from("b", data, 4)[0]
    if not 0 <= kind < len(_HADOOP_TYPES):
        raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid Hadoop shape type: {kind}")
    try:
        return _in_type(_from_esri_shape(data[5:]), _HADOOP_TYPES[kind])
    except (struct.error, ValueError, IndexError, shapely().errors.ShapelyError) as problem:
        raise error("INVALID_FUNCTION_ARGUMENT", "Invalid Hadoop shape") from problem


def _from_esri_shape(data: bytes) -> Any:
    """The geometry of an Esri shape (https://www.esri.com/content/dam/esrisites/sitecore-archive/Files/Pdfs/library/whitepapers/pdfs/shapefile.pdf)."""
    library = shapely()
    (kind,) = struct.unpack_from("<i", data)
    match kind:
        case 0:
            return library.Point()
        case 1:
            return library.Point(struct.unpack_from("<2d", data, 4))
        case 8:
            (count,) = struct.unpack_from("<i", data, 36)
            return library.MultiPoint(_doubles(data, 40, count))
        case 3 | 5:
            parts, count = struct.unpack_from("<2i", data, 36)
            starts = [*struct.unpack_from(f"<{parts}i", data, 44), count]
            points = _doubles(data, 44 + 4 * parts, count)
            rings = [points[low:high] for low, high in itertools.pairwise(starts)]
            if kind == 3:
                return library.MultiLineString(rings)
            shells = library.polygons([library.linearrings(ring) for ring in rings])
            return library.symmetric_difference_all(shells)
        case _:
            raise ValueError(kind)


def _doubles(data: bytes, offset: int, count: int) -> Any:
    return np.frombuffer(data, "<f8", 2 * count, offset).reshape(count, 2)


def _in_type(shape: Any, wanted: str) -> Any:
    """One part as itself, or as a collection of one, as the stored type says."""
    library = shapely()
    if not shape.is_empty and type_name(int(kinds_of(shape))).removeprefix("MULTI_") != wanted.removeprefix("MULTI_"):
        raise ValueError(wanted)
    if wanted in ("LINE_STRING", "POLYGON") and type_name(int(kinds_of(shape))) == f"MULTI_{wanted}":
        return shape.geoms[0] if len(shape.geoms) == 1 else shape
    if wanted == "MULTI_POLYGON" and type_name(int(kinds_of(shape))) == "POLYGON":
        return library.MultiPolygon([shape])
    return shape
