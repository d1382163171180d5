"""Geometries from text, bytes and parts, and back."""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.shapes import (
    Geometries,
    binary,
    check_types,
    columns,
    geometries,
    kept,
    shapely,
    type_name,
)
from owlake.functions.registry import Execution


def _read(values: list[Any], read: Callable[[Any], Any], refusal: Callable[[Any], str]) -> Geometries:
    found: Geometries = np.empty(len(values), object)
    for row, value in enumerate(values):
        if value is None:
            continue
        try:
            found[row] = read(value)
        except (shapely().GEOSException, ValueError, TypeError, KeyError) as problem:
            raise error("INVALID_FUNCTION_ARGUMENT", refusal(value)) from problem
    return found


def _read_together(column: pa.Array, read: Callable[[Any], Any], refusal: Callable[[Any], str]) -> Geometries:
    """A column read at once; value by value where one is wrong, to name it."""
    values = column.to_pylist()
    try:
        found: Geometries = read(np.array(values, object))
    except (shapely().GEOSException, ValueError, TypeError):
        return _read(values, read, refusal)
    return found


def _from_text(texts: pa.Array) -> Geometries:
    return _read_together(texts, shapely().from_wkt, lambda text: f"Invalid WKT: {text}")


@FAMILY.kernel("st_geometryfromtext(varchar) -> Geometry", raises=True)
def _st_geometry_from_text(texts: pa.Array) -> pa.Array:
    """The geometry of its well-known text."""
    return binary(_from_text(texts))


@FAMILY.kernel("st_linefromtext(varchar) -> Geometry", raises=True)
def _st_line_from_text(texts: pa.Array) -> pa.Array:
    """The line of its well-known text."""
    found = _from_text(texts)
    check_types(found, "ST_LineFromText", "LINE_STRING")
    return binary(found)


@FAMILY.kernel("st_polygon(varchar) -> Geometry", raises=True)
def _st_polygon(texts: pa.Array) -> pa.Array:
    """The polygon of its well-known text."""
    found = _from_text(texts)
    check_types(found, "ST_Polygon", "POLYGON")
    return binary(found)


@FAMILY.kernel("st_geomfrombinary(varbinary) -> Geometry", raises=True)
def _st_geom_from_binary(data: pa.Array) -> pa.Array:
    """The geometry of its well-known binary."""
    return binary(_read_together(data, shapely().from_wkb, lambda _: "Invalid WKB"))


@FAMILY.kernel("st_geomfromkml(varchar) -> Geometry", raises=True, execution=Execution.VALUE)
def _st_geom_from_kml(texts: pa.Array) -> pa.Array:
    """The geometry of its Keyhole markup."""

    def read(text: str) -> Any:
        try:
            return _from_kml(ET.fromstring(text))  # noqa: S314  (the parser resolves no external entities)
        except ET.ParseError as problem:
            raise ValueError from problem

    return binary(_read(texts.to_pylist(), read, lambda text: f"Invalid KML: {text}"))


def _from_kml(element: ET.Element) -> Any:
    library = shapely()
    kind = element.tag.rpartition("}")[2]
    if kind == "Point":
        return library.Point(_kml_coordinates(element)[0])
    if kind in ("LineString", "LinearRing"):
        return library.LineString(_kml_coordinates(element))
    if kind == "Polygon":
        rings = [_kml_coordinates(ring) for ring in element.iter() if ring.tag.endswith("LinearRing")]
        return library.Polygon(rings[0], rings[1:])
    if kind == "MultiGeometry":
        return library.GeometryCollection([_from_kml(child) for child in element])
    raise ValueError(kind)


def _kml_coordinates(element: ET.Element) -> list[tuple[float, ...]]:
    text = next(child.text or "" for child in element.iter() if child.tag.endswith("coordinates"))
    return [tuple(float(number) for number in point.split(",")[:2]) for point in text.split()]


@FAMILY.kernel("geometry_from_hadoop_shape(varbinary) -> Geometry", raises=True, execution=Execution.VALUE)
def _geometry_from_hadoop_shape(data: pa.Array) -> pa.Array:
    """The geometry of the bytes that the Spatial Framework for Hadoop stores."""
    found = np.empty(len(data), object)
    for row, value in enumerate(data.to_pylist()):
        if value is not None:
            found[row] = _from_hadoop_shape(value)
    return binary(found)


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
    if not shape.is_empty and type_name(shape).removeprefix("MULTI_") != wanted.removeprefix("MULTI_"):
        raise ValueError(wanted)
    if wanted in ("LINE_STRING", "POLYGON") and type_name(shape) == f"MULTI_{wanted}":
        return shape.geoms[0] if len(shape.geoms) == 1 else shape
    if wanted == "MULTI_POLYGON" and type_name(shape) == "POLYGON":
        return library.MultiPolygon([shape])
    return shape


@FAMILY.kernel("st_point(double, double) -> Geometry")
def _st_point(x: pa.Array, y: pa.Array) -> pa.Array:
    """The point of its coordinates."""
    one, other = columns(x, y)
    found = shapely().points(np.asarray(one.fill_null(0)), np.asarray(other.fill_null(0)))
    present = np.asarray(one.is_valid()) & np.asarray(other.is_valid())
    return binary(kept(found, present))


def _points_of(lists: pa.Array, function: str) -> list[Geometries | None]:
    """The points of each list."""
    found: list[Geometries | None] = []
    for one in lists.to_pylist():
        if one is None:
            found.append(None)
            continue
        shapes = shapely().from_wkb(np.array(one, object)) if one else np.empty(0, object)
        _check_points(shapes, function)
        found.append(shapes)
    return found


def _check_points(shapes: Geometries, function: str) -> None:
    null = "null" if function == "ST_MultiPoint" else "null point"
    for place, shape in enumerate(shapes, 1):
        if shape is None:
            raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid input to {function}: {null} at index {place}")
        if shape.geom_type != "Point":
            if function == "ST_MultiPoint":
                text = f"Invalid input to ST_MultiPoint: geometry is not a point: {shape.geom_type} at index {place}"
            else:
                text = f"{function} takes only an array of valid points, {shape.geom_type} was passed"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
        if shape.is_empty:
            raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid input to {function}: empty point at index {place}")


@FAMILY.kernel("st_linestring(array(Geometry)) -> Geometry", raises=True, execution=Execution.VALUE)
def _st_line_string(lists: pa.Array) -> pa.Array:
    """The line through the points."""
    return binary([None if points is None else _line(points) for points in _points_of(lists, "ST_LineString")])


def _line(points: Geometries) -> Any:
    library = shapely()
    for place, (one, other) in enumerate(itertools.pairwise(points), 2):
        if one.equals(other):
            text = f"Invalid input to ST_LineString: consecutive duplicate points at index {place}"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
    return library.LineString(points if len(points) > 1 else [])


@FAMILY.kernel("st_multipoint(array(Geometry)) -> Geometry", raises=True, execution=Execution.VALUE)
def _st_multi_point(lists: pa.Array) -> pa.Array:
    """The points as one geometry; NULL for none."""
    library = shapely()
    found = _points_of(lists, "ST_MultiPoint")
    return binary([None if points is None or not len(points) else library.MultiPoint(list(points)) for points in found])


# Text and bytes -----------------------------------------------------------------------------------------


def text_of(shapes: Geometries) -> list[str | None]:
    """Well-known texts."""
    found: list[str | None] = shapely().to_wkt(shapes, rounding_precision=-1, trim=True).tolist()
    return found


@FAMILY.kernel("st_astext(Geometry) -> varchar")
def _st_as_text(column: pa.Array) -> pa.Array:
    """The geometry's well-known text."""
    return pa.array(text_of(geometries(column)), pa.string())


def geometry_text(column: pa.Array, _safe: pa.Scalar) -> pa.Array:
    """As ``st_astext``, for CAST."""
    return pa.array(text_of(geometries(column)), pa.string())


FAMILY.native("st_asbinary(Geometry) -> varbinary", "{0}", "The geometry's well-known binary")


@FAMILY.kernel("from_geojson_geometry(varchar) -> SphericalGeography", raises=True, execution=Execution.VALUE)
def _from_geojson(texts: pa.Array) -> pa.Array:
    """The geography of its GeoJSON."""

    def read(text: str) -> Any:
        kind = json.loads(text).get("type")
        if kind in ("Feature", "FeatureCollection"):
            raise ValueError(kind)
        return shapely().from_geojson(text)

    return binary(_read(texts.to_pylist(), read, lambda text: f"Invalid GeoJSON: {text}"))


@FAMILY.kernel("to_geojson_geometry(Geometry) -> varchar", "to_geojson_geometry(SphericalGeography) -> varchar")
def _to_geojson(column: pa.Array) -> pa.Array:
    """The geometry's GeoJSON."""
    found = shapely().to_geojson(geometries(column))
    return pc.replace_substring(pa.array(found.tolist(), pa.string()), " ", "")
