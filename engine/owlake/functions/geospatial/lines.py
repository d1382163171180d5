"""Places along lines, and lines as encoded text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Booleans, Integers
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.flat import Doubles, flat, lines, points
from owlake.functions.geospatial.relationships import pair
from owlake.functions.geospatial.shapes import (
    Geometries,
    binary,
    check_kinds,
    columns,
    first_other,
    geometries,
    kept,
    kinds_of,
    shapely,
    where_filled,
)
from owlake.functions.lists import ranges
from owlake.functions.octets import Octets, code_points, octets
from owlake.functions.segments import list_array, offsets_from

_POLYLINE_SCALE = 100_000.0


@FAMILY.kernel("line_locate_point(Geometry, Geometry) -> double", raises=True)
def _line_locate_point(lines: pa.Array, points: pa.Array) -> pa.Array:
    """Where along the line the place closest to the point is, from 0 to 1."""
    one, other = pair(lines, points)
    line, point = first_other(kinds_of(one), "LINE_STRING", "MULTI_LINE_STRING"), first_other(kinds_of(other), "POINT")
    if line is not None:
        text = "First argument to line_locate_point must be a LineString or a MultiLineString."
        raise error("INVALID_FUNCTION_ARGUMENT", f"{text} Got: {one[line].geom_type}")
    if point is not None:
        text = f"Second argument to line_locate_point must be a Point. Got: {other[point].geom_type}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    there = where_filled(one) & where_filled(other)
    found = shapely().line_locate_point(one, other, normalized=True)
    return pa.array(np.where(there, found, 0), mask=~there)


def _checked(lines: Geometries, fractions: Doubles, function: str) -> None:
    check_kinds(kinds_of(lines), function, "LINE_STRING")
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


@FAMILY.kernel("line_interpolate_points(Geometry, double) -> array(Geometry)", raises=True)
def _line_interpolate_points(lines: pa.Array, fractions: pa.Array | pa.Scalar) -> pa.Array:
    """The points at every multiple of a fraction of the line's length."""
    library = shapely()
    first, second = columns(lines, fractions)
    shapes, steps = geometries(first), np.asarray(second.fill_null(0), np.float64)
    _checked(shapes, steps, "line_interpolate_point")
    there = where_filled(shapes) & np.asarray(second.is_valid())
    # A fraction of nothing is the line's first point.
    parts = np.where(steps == 0, 1, 1 / np.where(steps == 0, 1, steps) + 1e-9).astype(np.int64)
    counts = np.where(there, parts, 0)
    at = np.minimum(ranges(np.ones(len(counts), np.int64), counts) * np.repeat(steps, counts), 1)
    found = library.line_interpolate_point(np.repeat(shapes, counts), at, normalized=True)
    return list_array(offsets_from(counts), points(library.get_coordinates(found)), ~there)


# Encoded polylines (https://developers.google.com/maps/documentation/utilities/polylinealgorithm) -------------

_GROUP = 5
"""Bits a character; the sixth says that another one follows."""

_LONGEST = 12
"""Characters that a number has at most."""


@FAMILY.kernel("to_encoded_polyline(Geometry) -> varchar", raises=True)
def _to_encoded_polyline(column: pa.Array) -> pa.Array:
    """The line's or the points' coordinates as an encoded polyline."""
    shapes = flat(column)
    check_kinds(shapes.kinds, "to_encoded_polyline", "LINE_STRING", "MULTI_POINT")
    places = np.rint(shapes.coordinates[:, ::-1] * _POLYLINE_SCALE).astype(np.int64)
    steps = np.diff(places, axis=0, prepend=0)
    starts = shapes.offsets[:-1][shapes.filled]
    steps[starts] = places[starts]
    numbers = ((steps << 1) ^ (steps >> 63)).ravel()
    lengths = np.ones(len(numbers), np.int64)
    rest = numbers >> _GROUP
    while rest.any():
        lengths += rest > 0
        rest = rest >> _GROUP
    ends = offsets_from(lengths)
    shifts = ranges(np.zeros(len(numbers), np.int64), lengths)
    groups = (np.repeat(numbers, lengths) >> (_GROUP * shifts)) & 31
    groups[shifts + 1 < np.repeat(lengths, lengths)] |= 32
    present = shapes.present if column.null_count else None
    return Octets((groups + 63).astype(np.uint8), ends[2 * shapes.offsets], present).array(pa.string())


@FAMILY.kernel("from_encoded_polyline(varchar) -> Geometry", raises=True)
def _from_encoded_polyline(texts: pa.Array) -> pa.Array:
    """The line of an encoded polyline."""
    source = octets(texts)
    characters, offsets = code_points(source)
    groups = characters.astype(np.int64) - 63
    ends = np.append(0, np.flatnonzero(groups < 32) + 1)
    numbers = np.searchsorted(ends, offsets)
    lengths = np.diff(ends)
    whole = ends[np.minimum(numbers, len(ends) - 1)] == offsets
    wrong = ~(whole[1:] & (np.diff(numbers) % 2 == 0))
    wrong[np.searchsorted(numbers, np.flatnonzero(lengths > _LONGEST), "right") - 1] = True
    if wrong.any():
        text = f"Input is not a valid encoded polyline: {texts[int(np.argmax(wrong))].as_py()}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    shifts = _GROUP * (np.arange(len(groups)) - np.repeat(ends[:-1], lengths))
    parts = (groups & 31) << shifts
    values = np.bitwise_or.reduceat(parts, ends[:-1]) if len(parts) else parts
    steps = ((values >> 1) ^ -(values & 1)).reshape(-1, 2)
    return _through(steps, numbers // 2, source.present)


def _through(steps: Integers, offsets: Integers, present: Booleans | None) -> pa.Array:
    """Lines from step to step, each from 0 on; one place makes no line."""
    counts = np.diff(offsets)
    sums = np.concatenate((np.zeros((1, 2), np.int64), np.cumsum(steps, axis=0)))
    places = (sums[1:] - np.repeat(sums[offsets[:-1]], counts, axis=0))[:, ::-1] / _POLYLINE_SCALE
    kept = np.where(counts > 1, counts, 0)
    made = places[np.repeat(kept > 0, counts)]
    return lines(offsets_from(kept if present is None else kept[present]), made, present)
