"""Places along lines, and lines as encoded text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.relationships import pair
from owlake.functions.geospatial.shapes import (
    binary,
    check_types,
    columns,
    geometries,
    kept,
    lists,
    of_other_types,
    shapely,
    where_filled,
)
from owlake.functions.registry import Execution

_POLYLINE_SCALE = 100_000.0


@FAMILY.kernel("line_locate_point(Geometry, Geometry) -> double", raises=True)
def _line_locate_point(lines: pa.Array, points: pa.Array) -> pa.Array:
    """Where along the line the place closest to the point is, from 0 to 1."""
    one, other = pair(lines, points)
    line, point = of_other_types(one, "LINE_STRING", "MULTI_LINE_STRING"), of_other_types(other, "POINT")
    if line is not None:
        text = f"First argument to line_locate_point must be a LineString or a MultiLineString. Got: {line.geom_type}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    if point is not None:
        text = f"Second argument to line_locate_point must be a Point. Got: {point.geom_type}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    there = where_filled(one) & where_filled(other)
    found = shapely().line_locate_point(one, other, normalized=True)
    return pa.array(np.where(there, found, 0), mask=~there)


def _checked(lines: Any, fractions: Any, function: str) -> None:
    check_types(lines, function, "LINE_STRING")
    if len(fractions) and not ((fractions >= 0) & (fractions <= 1)).all():
        raise error("INVALID_FUNCTION_ARGUMENT", "fraction must be between 0 and 1")


@FAMILY.kernel("line_interpolate_point(Geometry, double) -> Geometry", raises=True)
def _line_interpolate_point(lines: pa.Array, fractions: pa.Array | pa.Scalar) -> pa.Array:
    """The point at a fraction of the line's length."""
    first, second = columns(lines, fractions)
    shapes, at = geometries(first), np.asarray(second.fill_null(0), np.float64)
    _checked(shapes, at, "line_interpolate_point")
    found = shapely().line_interpolate_point(shapes, at, normalized=True)
    return binary(kept(found, where_filled(shapes) & np.asarray(second.is_valid())))


@FAMILY.kernel("line_interpolate_points(Geometry, double) -> array(Geometry)", raises=True, execution=Execution.VALUE)
def _line_interpolate_points(lines: pa.Array, fractions: pa.Array | pa.Scalar) -> pa.Array:
    """The points at every multiple of a fraction of the line's length."""
    first, second = columns(lines, fractions)
    shapes, steps = geometries(first), np.asarray(second.fill_null(0), np.float64)
    _checked(shapes, steps, "line_interpolate_point")
    there = where_filled(shapes) & np.asarray(second.is_valid())
    return lists([_spread(s, step) if f else None for s, step, f in zip(shapes, steps, there, strict=True)])


def _spread(line: Any, step: float) -> list[Any]:
    if step == 0:
        return [shapely().get_point(line, 0)]
    at = np.arange(1, int(1 / step + 1e-9) + 1) * step
    return list(shapely().line_interpolate_point(line, np.minimum(at, 1), normalized=True))


# Encoded polylines (https://developers.google.com/maps/documentation/utilities/polylinealgorithm) -------------


@FAMILY.per_value("to_encoded_polyline(Geometry) -> varchar", raises=True)
def _to_encoded_polyline(data: bytes) -> str:
    """The line's or the points' coordinates as an encoded polyline."""
    shape = shapely().from_wkb(data)
    check_types(np.array([shape], object), "to_encoded_polyline", "LINE_STRING", "MULTI_POINT")
    places = np.rint(shapely().get_coordinates(shape)[:, ::-1] * _POLYLINE_SCALE).astype(np.int64)
    steps = np.diff(places, axis=0, prepend=np.zeros((1, 2), np.int64))
    return "".join(_encoded(int(step)) for step in steps.ravel())


def _encoded(number: int) -> str:
    number = ~(number << 1) if number < 0 else number << 1
    text = ""
    while number >= 32:
        text += chr((32 | (number & 31)) + 63)
        number >>= 5
    return text + chr(number + 63)


@FAMILY.kernel("from_encoded_polyline(varchar) -> Geometry", raises=True, execution=Execution.VALUE)
def _from_encoded_polyline(texts: pa.Array) -> pa.Array:
    """The line of an encoded polyline."""
    return binary([None if text is None else _decoded(text) for text in texts.to_pylist()])


def _decoded(text: str) -> Any:
    numbers: list[int] = []
    value = shift = 0
    for character in text:
        part = ord(character) - 63
        value |= (part & 31) << shift
        shift += 5
        if part < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(numbers) % 2:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Input is not a valid encoded polyline: {text}")
    places = np.cumsum(np.array(numbers, np.float64).reshape(-1, 2), axis=0)[:, ::-1] / _POLYLINE_SCALE
    return shapely().LineString(places if len(places) > 1 else [])
