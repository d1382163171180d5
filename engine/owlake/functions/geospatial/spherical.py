"""Geographies: coordinates are degrees on a sphere, lengths meters."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.flat import Doubles, Flat, by_side, flat, outer_without_inner, sides, spread
from owlake.functions.geospatial.shapes import check_kinds, columns, first_other, numbers, type_name

EARTH_RADIUS_KM = 6371.01
_METERS = 1000.0


@FAMILY.kernel("to_spherical_geography(Geometry) -> SphericalGeography", raises=True)
def _to_spherical_geography(column: pa.Array) -> pa.Array:
    """The geometry, its coordinates taken for degrees."""
    longitudes, latitudes = flat(column).coordinates.T
    check_degrees(latitudes, longitudes)
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
def _st_distance(left: pa.Array | pa.Scalar, right: pa.Array | pa.Scalar) -> pa.Array:
    """The distance of two points in meters; NULL where one is empty."""
    one, other = (flat(column) for column in columns(left, right))
    check_kinds(one.kinds, "ST_Distance", "POINT")
    check_kinds(other.kinds, "ST_Distance", "POINT")
    there = one.filled & other.filled
    ends = [shapes.coordinates[shapes.offsets[:-1][there]].T[::-1] for shapes in (one, other)]
    return numbers(spread(kilometers(*ends[0], *ends[1]) * _METERS, there), there, pa.float64())


@FAMILY.kernel("st_length(SphericalGeography) -> double", raises=True)
def _st_length(column: pa.Array) -> pa.Array:
    """The length of lines in meters; NULL of empty ones."""
    shapes = flat(column)
    check_kinds(shapes.kinds, "ST_Length", "LINE_STRING", "MULTI_LINE_STRING")
    start, end = sides(shapes)
    far = kilometers(start[:, 1], start[:, 0], end[:, 1], end[:, 0])
    return numbers(shapes.by_row(by_side(far, shapes)) * _METERS, shapes.filled, pa.float64())


@FAMILY.kernel("st_area(SphericalGeography) -> double", raises=True)
def _st_area(column: pa.Array) -> pa.Array:
    """The area of polygons in square meters; NULL of empty ones."""
    shapes = flat(column)
    wrong = first_other(shapes.kinds, "POLYGON", "MULTI_POLYGON")
    if wrong is not None:
        text = (
            "When applied to SphericalGeography inputs, ST_Area only supports POLYGON or MULTI_POLYGON. "
            f"Input type is: {type_name(int(shapes.kinds[wrong]))}"
        )
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    areas = outer_without_inner(shapes, np.abs(_excesses(shapes))) * (EARTH_RADIUS_KM * _METERS) ** 2
    return numbers(areas, shapes.filled, pa.float64())


def _excesses(shapes: Flat) -> Doubles:
    """The spherical excess of each ring: of each side the angle that it makes with the south pole.

    Source: R. G. Chamberlain, W. H. Duquette: Some algorithms for polygons on a sphere, 2007; sides are great circles.
    """
    start, end = sides(shapes)
    if (start == end).all(axis=1).any():
        text = "Polygon is not valid: it has two identical consecutive vertices"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    (x, y), (next_x, next_y) = np.radians(start).T, np.radians(end).T
    turns = (next_x - x + np.pi) % (2 * np.pi) - np.pi
    half, next_half = np.tan(y / 2), np.tan(next_y / 2)
    tangents = np.tan(turns / 2) * (half + next_half) / (1 + half * next_half)
    totals = by_side(2 * np.arctan(tangents), shapes)
    # A ring around a pole turns once: what is left of the hemisphere is outside.
    return np.where(np.abs(by_side(turns, shapes)) > np.pi, 2 * np.pi - np.abs(totals), totals)
