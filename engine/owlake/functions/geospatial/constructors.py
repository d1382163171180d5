"""Geometries from text, bytes and parts, and back."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Literal
from xml.etree import ElementTree as ET

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import presence
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.flat import POINT, Coordinates, is_well_formed, lines, multipoints, points, simple
from owlake.functions.geospatial.shapes import (
    Geometries,
    binary,
    check_kinds,
    columns,
    geometries,
    kinds_of,
    shapely,
)
from owlake.functions.registry import Execution
from owlake.functions.segments import Segments, offsets_from, segments_of


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
    check_kinds(kinds_of(found), "ST_LineFromText", "LINE_STRING")
    return binary(found)


@FAMILY.kernel("st_polygon(varchar) -> Geometry", raises=True)
def _st_polygon(texts: pa.Array) -> pa.Array:
    """The polygon of its well-known text."""
    found = _from_text(texts)
    check_kinds(kinds_of(found), "ST_Polygon", "POLYGON")
    return binary(found)


@FAMILY.kernel("st_geomfrombinary(varbinary) -> Geometry", raises=True)
def _st_geom_from_binary(data: pa.Array) -> pa.Array:
    """The geometry of its well-known binary."""
    shapes = simple(data)
    if shapes is not None and is_well_formed(shapes):
        return data
    return binary(_read_together(data, shapely().from_wkb, lambda _: "Invalid WKB"))


@FAMILY.kernel("st_geomfromkml(varchar) -> Geometry", raises=True, execution=Execution.VALUE)
def _st_geom_from_kml(texts: pa.Array) -> pa.Array:
    """The geometry of its Keyhole markup."""
    values = texts.to_pylist()
    found = _read(values, _read_kml, lambda text: f"Invalid KML: {text}")
    # A point is read as its coordinates; where there is nothing else no geometry has to be made.
    present = presence(texts)
    read = found if present is None else found[present]
    if all(type(one) is tuple for one in read):
        return points(np.array(list(read), np.float64).reshape(-1, 2), present)
    return binary([shapely().Point(one) if type(one) is tuple else one for one in found])


def _read_kml(text: str) -> Any:
    try:
        element = ET.fromstring(text)  # noqa: S314  (the parser resolves no external entities)
        if element.tag.rpartition("}")[2] == "Point":
            x, y = _kml_coordinates(element)[0]
            return x, y
        return _from_kml(element)
    except (ET.ParseError, StopIteration, IndexError) as problem:
        raise ValueError from problem


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


@FAMILY.kernel("st_point(double, double) -> Geometry")
def _st_point(x: pa.Array, y: pa.Array) -> pa.Array:
    """The point of its coordinates."""
    arrays = columns(x, y)
    present = presence(*arrays)
    places = np.stack([np.asarray(one.fill_null(0), np.float64) for one in arrays], axis=1)
    return points(places if present is None else places[present], present)


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


def _together(lists: pa.Array) -> tuple[Segments, Coordinates] | None:
    """The points of all lists at once; None where a list holds something else."""
    rows = segments_of(lists)
    shapes = simple(rows.columns[0])
    if shapes is None or not ((shapes.kinds == POINT) & shapes.filled).all():
        return None
    return rows, shapes.coordinates


@FAMILY.kernel("st_linestring(array(Geometry)) -> Geometry", raises=True)
def _st_line_string(lists: pa.Array) -> pa.Array:
    """The line through the points."""
    together = _together(lists)
    if together is None:
        return binary([None if shapes is None else _line(shapes) for shapes in _points_of(lists, "ST_LineString")])
    rows, places = together
    same = np.flatnonzero((places[1:] == places[:-1]).all(axis=1) & (rows.owners[1:] == rows.owners[:-1]))
    if len(same):
        raise _is_duplicate(int(same[0] - rows.offsets[rows.owners[same[0]]]) + 2)
    made = rows.lengths > 1
    counts = np.where(made, rows.lengths, 0)
    present = presence(lists)
    return lines(
        offsets_from(counts if present is None else counts[present]), places[np.repeat(made, rows.lengths)], present
    )


def _line(shapes: Geometries) -> Any:
    for place, (one, other) in enumerate(itertools.pairwise(shapes), 2):
        if one.equals(other):
            raise _is_duplicate(place)
    return shapely().LineString(shapes if len(shapes) > 1 else [])


def _is_duplicate(place: int) -> OwlakeError:
    text = f"Invalid input to ST_LineString: consecutive duplicate points at index {place}"
    return error("INVALID_FUNCTION_ARGUMENT", text)


@FAMILY.kernel("st_multipoint(array(Geometry)) -> Geometry", raises=True)
def _st_multi_point(lists: pa.Array) -> pa.Array:
    """The points as one geometry; NULL for none."""
    together = _together(lists)
    if together is not None:
        rows, places = together
        filled = rows.lengths > 0
        return multipoints(offsets_from(rows.lengths[filled]), places, filled)
    library = shapely()
    found = _points_of(lists, "ST_MultiPoint")
    return binary([None if shapes is None or not len(shapes) else library.MultiPoint(list(shapes)) for shapes in found])


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
    try:
        read = [_GEOJSON_POINT.decode(text) for text in texts.to_pylist() if text is not None]
    except msgspec.MsgspecError:
        return binary(_read_together(texts, _read_geojson, lambda text: f"Invalid GeoJSON: {text}"))
    places = np.fromiter((number for point in read for number in point.coordinates), np.float64, 2 * len(read))
    return points(places.reshape(-1, 2), presence(texts))


class _GeoJsonPoint(msgspec.Struct, gc=False):
    type: Literal["Point"]
    coordinates: tuple[float, float]


class _GeoJson(msgspec.Struct):
    type: str = ""


_GEOJSON_POINT = msgspec.json.Decoder(_GeoJsonPoint)
_GEOJSON = msgspec.json.Decoder(_GeoJson)


def _read_geojson(texts: Any) -> Any:
    """GEOS would take a feature for its geometry."""
    try:
        kinds = {_GEOJSON.decode(text).type for text in np.atleast_1d(texts) if text is not None}
    except msgspec.MsgspecError as problem:
        raise ValueError from problem
    if not kinds.isdisjoint(("Feature", "FeatureCollection")):
        raise ValueError
    return shapely().from_geojson(texts)


@FAMILY.kernel("to_geojson_geometry(Geometry) -> varchar", "to_geojson_geometry(SphericalGeography) -> varchar")
def _to_geojson(column: pa.Array) -> pa.Array:
    """The geometry's GeoJSON."""
    found = shapely().to_geojson(geometries(column))
    return pc.replace_substring(pa.array(found.tolist(), pa.string()), " ", "")
