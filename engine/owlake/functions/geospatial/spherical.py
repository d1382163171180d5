"""Geographies: coordinates are degrees on a sphere, lengths meters."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.relationships import pair
from owlake.functions.geospatial.shapes import (
    check_types,
    columns,
    geometries,
    of_other_types,
    shapely,
    type_name,
    where_filled,
)
from owlake.functions.registry import Execution

Doubles = npt.NDArray[np.float64]

EARTH_RADIUS_KM = 6371.01
_METERS = 1000.0


@FAMILY.kernel("to_spherical_geography(Geometry) -> SphericalGeography", raises=True)
def _to_spherical_geography(column: pa.Array) -> pa.Array:
    """The geometry, its coordinates taken for degrees."""
    places = shapely().get_coordinates(geometries(column))
    check_degrees(places[:, 1], places[:, 0])
    return column


FAMILY.native("to_geometry(SphericalGeography) -> Geometry", "{0}", "The geography, its degrees taken for coordinates")


def check_degrees(latitudes: Doubles, longitudes: Doubles) -> None:
    """Errors: INVALID_FUNCTION_ARGUMENT for what is no latitude or longitude."""
    if not (np.abs(longitudes) <= 180).all():
        raise error("INVALID_FUNCTION_ARGUMENT", "Longitude must be between -180 and 180")
    if not (np.abs(latitudes) <= 90).all():
        raise error("INVALID_FUNCTION_ARGUMENT", "Latitude must be between -90 and 90")


def kilometers(latitude: Doubles, longitude: Doubles, other_latitude: Doubles, other_longitude: Doubles) -> Doubles:
    """Great-circle distances, exact also for close and for opposite points (Vincenty's formula on a sphere)."""
    first, second = np.radians(latitude), np.radians(other_latitude)
    turn = np.radians(longitude - other_longitude)
    across = np.cos(second) * np.sin(turn)
    along = np.cos(first) * np.sin(second) - np.sin(first) * np.cos(second) * np.cos(turn)
    straight = np.sin(first) * np.sin(second) + np.cos(first) * np.cos(second) * np.cos(turn)
    found: Doubles = np.arctan2(np.hypot(across, along), straight) * EARTH_RADIUS_KM
    return found


@FAMILY.kernel("great_circle_distance(double, double, double, double) -> double", raises=True)
def _great_circle_distance(
    latitude: pa.Array, longitude: pa.Array, other_latitude: pa.Array, other_longitude: pa.Array
) -> pa.Array:
    """The distance of two points on the earth in kilometers; latitudes before longitudes."""
    arrays = columns(latitude, longitude, other_latitude, other_longitude)
    present = np.logical_and.reduce([np.asarray(one.is_valid()) for one in arrays])
    a, b, c, d = (np.asarray(one.fill_null(0), np.float64) for one in arrays)
    check_degrees(np.concatenate((a, c)), np.concatenate((b, d)))
    return pa.array(kilometers(a, b, c, d), mask=~present)


@FAMILY.kernel("st_distance(SphericalGeography, SphericalGeography) -> double", raises=True)
def _st_distance(left: pa.Array, right: pa.Array) -> pa.Array:
    """The distance of two points in meters; NULL where one is empty."""
    library = shapely()
    one, other = pair(left, right)
    check_types(one, "ST_Distance", "POINT")
    check_types(other, "ST_Distance", "POINT")
    there = where_filled(one) & where_filled(other)
    found = kilometers(library.get_y(one), library.get_x(one), library.get_y(other), library.get_x(other)) * _METERS
    return pa.array(np.where(there, found, 0), mask=~there)


@FAMILY.kernel("st_length(SphericalGeography) -> double", raises=True)
def _st_length(column: pa.Array) -> pa.Array:
    """The length of lines in meters; NULL of empty ones."""
    shapes = geometries(column)
    check_types(shapes, "ST_Length", "LINE_STRING", "MULTI_LINE_STRING")
    there = where_filled(shapes)
    parts, owners = shapely().get_parts(shapes, return_index=True)
    places, lines = shapely().get_coordinates(parts, return_index=True)
    x, y = places.T
    steps = np.flatnonzero(lines[1:] == lines[:-1])
    far = kilometers(y[steps], x[steps], y[steps + 1], x[steps + 1])
    lengths = np.bincount(owners[lines[steps]], far, len(shapes)) * _METERS
    return pa.array(np.where(there, lengths, 0), mask=~there)


@FAMILY.kernel("st_area(SphericalGeography) -> double", raises=True, execution=Execution.VALUE)
def _st_area(column: pa.Array) -> pa.Array:
    """The area of polygons in square meters; NULL of empty ones."""
    shapes = geometries(column)
    wrong = of_other_types(shapes, "POLYGON", "MULTI_POLYGON")
    if wrong is not None:
        text = (
            "When applied to SphericalGeography inputs, ST_Area only supports POLYGON or MULTI_POLYGON. "
            f"Input type is: {type_name(wrong)}"
        )
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    there = where_filled(shapes)
    return pa.array([_area(shape) if f else None for shape, f in zip(shapes, there, strict=True)], pa.float64())


def _area(shape: Any) -> float:
    excess = 0.0
    for polygon in shapely().get_parts(shape):
        excess += abs(_excess(polygon.exterior)) - sum(abs(_excess(ring)) for ring in polygon.interiors)
    return excess * (EARTH_RADIUS_KM * _METERS) ** 2


def _excess(ring: Any) -> float:
    """The spherical excess of a ring: of each side the angle that it makes with the south pole.

    Source: R. G. Chamberlain, W. H. Duquette: Some algorithms for polygons on a sphere, 2007; sides are great circles.
    """
    x, y = np.radians(shapely().get_coordinates(ring)).T
    if not ((np.diff(x) != 0) | (np.diff(y) != 0)).all():
        text = "Polygon is not valid: it has two identical consecutive vertices"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    turns = (np.diff(x) + np.pi) % (2 * np.pi) - np.pi
    half = np.tan(y / 2)
    tangents = np.tan(turns / 2) * (half[:-1] + half[1:]) / (1 + half[:-1] * half[1:])
    total = float(2 * np.arctan(tangents).sum())
    # A ring around a pole turns once: what is left of the hemisphere is outside.
    return 2 * np.pi - abs(total) if abs(turns.sum()) > np.pi else total
