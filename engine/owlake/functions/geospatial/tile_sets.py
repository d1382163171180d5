"""The Bing tiles around a place, and those that a geometry touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import Booleans, Integers, integers
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.flat import POINT, Doubles, bounds, flat
from owlake.functions.geospatial.shapes import columns, geometries, shapely
from owlake.functions.geospatial.spherical import EARTH_RADIUS_KM, kilometers
from owlake.functions.geospatial.tiles import (
    MAX_LATITUDE,
    MAX_LEVEL,
    check_levels,
    check_places,
    columns_at,
    counts_given,
    latitudes_of,
    longitudes_of,
    refusal,
    rows_at,
    tiles_at,
)
from owlake.functions.lists import behind_each_other, ranges
from owlake.functions.segments import Segments, list_array, offsets_from

_MOST_TILES = 1_000_000
_AT_ONCE = 200_000
"""Tiles that are looked at together."""


def _lists(rows: Segments, present: Booleans | None) -> pa.Array:
    """Sets of the rows that are present as a column."""
    if present is None:
        return list_array(rows.offsets, rows.columns[0])
    counts = np.zeros(len(present), np.int64)
    counts[present] = rows.lengths
    return list_array(offsets_from(counts), rows.columns[0], ~present)


@FAMILY.kernel("bing_tiles_around(double, double, integer) -> array(BingTile)", raises=True)
def _bing_tiles_around(latitude: pa.Array, longitude: pa.Array, level: pa.Array | pa.Scalar) -> pa.Array:
    """The tile that a place lies in and those beside it."""
    (latitudes, longitudes, levels), present = counts_given(latitude, longitude, level)
    check_places(latitudes, longitudes)
    check_levels(levels)
    inside = np.left_shift(1, levels)[:, None]
    x = columns_at(longitudes, levels)[:, None] + np.repeat([-1, 0, 1], 3)
    y = rows_at(latitudes, levels)[:, None] + np.tile([-1, 0, 1], 3)
    there = (x >= 0) & (x < inside) & (y >= 0) & (y < inside)
    found = tiles_at(x, y, levels[:, None])[there]
    return _lists(Segments(offsets_from(there.sum(axis=1)), (pa.array(found),)), present)


# Circles ------------------------------------------------------------------------------------------------


@FAMILY.kernel("bing_tiles_around(double, double, integer, double) -> array(BingTile)", raises=True)
def _bing_tiles_within(
    latitude: pa.Array, longitude: pa.Array, level: pa.Array | pa.Scalar, radius: pa.Array | pa.Scalar
) -> pa.Array:
    """The tiles of a level that a circle around a place touches; the radius in kilometers."""
    (latitudes, longitudes, levels, radii), present = counts_given(latitude, longitude, level, radius)
    check_places(latitudes, longitudes)
    check_levels(levels)
    if radii.min(initial=0) < 0:
        raise refusal("Radius must be >= 0")
    if radii.max(initial=0) > 1000:
        raise refusal("Radius must be <= 1,000 km")
    circles = _circles(latitudes, longitudes, levels, radii)
    return _lists(behind_each_other([_middle_rows(circles), _middle_columns(circles), _quarters(circles)]), present)


@dataclass(frozen=True, slots=True, eq=False)
class _Circles:
    """Places, and the tiles that the circles around them reach in the four directions."""

    latitude: Doubles
    longitude: Doubles
    level: Integers
    radius: Doubles
    x: Integers
    y: Integers
    left: Integers
    right: Integers
    top: Integers
    bottom: Integers

    @property
    def around(self) -> Integers:
        """How many columns the map has."""
        return np.left_shift(1, self.level)

    @property
    def width(self) -> Integers:
        """The columns that a circle reaches."""
        return (self.right - self.left) % self.around + 1

    @property
    def height(self) -> Integers:
        """The rows that a circle reaches."""
        return self.bottom - self.top + 1


def _circles(latitude: Doubles, longitude: Doubles, level: Integers, radius: Doubles) -> _Circles:
    turn = radius / EARTH_RADIUS_KM
    radians = np.radians(latitude)
    across = np.degrees(np.arctan2(np.sin(turn) * np.cos(radians), np.cos(turn) - np.sin(radians) ** 2))
    up, down = latitude + np.degrees(turn), latitude - np.degrees(turn)
    found = _Circles(
        latitude, longitude, level, radius,
        columns_at(longitude, level), rows_at(latitude, level),
        columns_at(_wrapped(longitude - across), level), columns_at(_wrapped(longitude + across), level),
        rows_at(np.minimum(up, MAX_LATITUDE), level), rows_at(np.maximum(down, -MAX_LATITUDE), level),
    )  # fmt: skip
    wrong = np.flatnonzero(found.width * found.height > _MOST_TILES)
    if len(wrong):
        row = wrong[0]
        total = (found.width * found.height)[row]
        text = f"The number of tiles covering input rectangle exceeds the limit of 1M. Number of tiles: {total}. "
        raise refusal(f"{text}Radius: {radius[row]:.1f} km. Zoom level: {level[row]}.")
    return found


def _wrapped(longitude: Doubles) -> Doubles:
    return np.where(np.abs(longitude) > 180, (longitude + 180) % 360 - 180, longitude)


def _middle_rows(circles: _Circles) -> Segments:
    """The center's row, from left to right."""
    counts = circles.width
    x = ranges(circles.left, counts) % np.repeat(circles.around, counts)
    return Segments(offsets_from(counts), (pa.array(_of(circles, counts, x, np.repeat(circles.y, counts))),))


def _middle_columns(circles: _Circles) -> Segments:
    """The center's column without the center, from top to bottom."""
    counts = circles.height - 1
    y = ranges(circles.top, counts)
    y += y >= np.repeat(circles.y, counts)
    return Segments(offsets_from(counts), (pa.array(_of(circles, counts, np.repeat(circles.x, counts), y)),))


def _of(circles: _Circles, counts: Integers, x: Integers, y: Integers) -> Integers:
    tiles: Integers = tiles_at(x, y, np.repeat(circles.level, counts))
    return tiles


def _quarters(circles: _Circles) -> Segments:
    """Of the other tiles those whose corner towards the center is near, and what lies between them and its row."""
    counts = (circles.width - 1) * (circles.height - 1)
    parts = [_near(_some(circles, start, stop)) for start, stop in _chunks(counts)]
    tiles = np.concatenate([part for part, _ in parts])
    return Segments(offsets_from(np.concatenate([lengths for _, lengths in parts])), (pa.array(tiles),))


Rows = TypeVar("Rows", "_Circles", "_Rectangles")


def _some(rows: Rows, start: int, stop: int) -> Rows:
    """Those of some rows."""
    return replace(rows, **{field.name: getattr(rows, field.name)[start:stop] for field in fields(rows)})


def _chunks(counts: Integers) -> Iterator[tuple[int, int]]:
    """Runs of rows that have about so many tiles together."""
    ends = np.cumsum(counts)
    starts = [0, *(np.flatnonzero(np.diff(ends // _AT_ONCE)) + 1).tolist(), len(counts)]
    yield from pairwise(starts)


def _near(circles: _Circles) -> tuple[Integers, Integers]:
    """Column by column from the right edge to the center, then from the left; in each from above, then from below."""
    beyond = np.stack([(circles.right - circles.x), (circles.x - circles.left)], axis=1) % circles.around[:, None]
    strips = beyond.ravel()
    row = np.repeat(np.arange(len(circles.x)), beyond.sum(axis=1))
    steps = ranges(np.zeros(len(strips), np.int64), strips)
    from_left = np.repeat(np.tile([False, True], len(beyond)), strips)
    x = np.where(from_left, circles.left[row] + steps, circles.right[row] - steps) % circles.around[row]
    # Two runs a column: those above the center, and those below it.
    heights = np.stack([circles.y - circles.top, circles.bottom - circles.y], axis=1)[row]
    runs = heights.ravel()
    column = np.repeat(np.arange(len(row)), heights.sum(axis=1))
    steps = ranges(np.zeros(len(runs), np.int64), runs)
    from_below = np.repeat(np.tile([False, True], len(heights)), runs)
    owner, x, from_left = row[column], x[column], from_left[column]
    y = np.where(from_below, circles.bottom[owner] - steps, circles.top[owner] + steps)
    levels = circles.level[owner]
    latitude, longitude = latitudes_of(y + ~from_below, levels), longitudes_of(x + from_left, levels)
    far = kilometers(circles.latitude[owner], circles.longitude[owner], latitude, longitude)
    kept = _from_first(far <= circles.radius[owner], runs)
    return tiles_at(x, y, levels)[kept], np.bincount(owner[kept], minlength=len(circles.x))


def _from_first(flags: Booleans, runs: Integers) -> Booleans:
    """In each run the first that is flagged, and all behind it."""
    seen = offsets_from(flags)
    found: Booleans = seen[1:] > np.repeat(seen[offsets_from(runs)[:-1]], runs)
    return found


# Geometries ---------------------------------------------------------------------------------------------


@FAMILY.kernel("geometry_to_bing_tiles(Geometry, integer) -> array(BingTile)", raises=True)
def _geometry_to_bing_tiles(column: pa.Array, level: pa.Array | pa.Scalar) -> pa.Array:
    """The tiles of a level that the geometry touches."""
    first, second = columns(column, level)
    shapes, levels = flat(first), integers(second)
    there = shapes.present & np.asarray(second.is_valid())
    asked = levels[there]
    if asked.min(initial=0) < 0:
        raise refusal("Zoom level must be >= 0")
    if asked.max(initial=0) > MAX_LEVEL:
        raise refusal(f"Zoom level must be <= {MAX_LEVEL}")
    rows = np.flatnonzero(there & shapes.filled)
    wanted = (there & shapes.filled)[shapes.filled]
    left, bottom, right, top = (one[wanted] for one in bounds(shapes))
    rectangles = _rectangles((left, right), (bottom, top), levels[rows])
    several = (rectangles.tiles > 1) & (shapes.kinds[rows] != POINT)
    tiles, counts = _touching(first, rows, several, rectangles)
    lengths = np.zeros(len(there), np.int64)
    lengths[rows] = counts
    return list_array(offsets_from(lengths), pa.array(tiles), ~there)


@dataclass(frozen=True, slots=True, eq=False)
class _Rectangles:
    """Tiles from an upper left one on."""

    level: Integers
    x: Integers
    y: Integers
    width: Integers
    height: Integers

    @property
    def tiles(self) -> Integers:
        """How many tiles each has."""
        return self.width * self.height


def _rectangles(
    longitudes: tuple[Doubles, Doubles], latitudes: tuple[Doubles, Doubles], level: Integers
) -> _Rectangles:
    (left, right), (bottom, top) = longitudes, latitudes
    if bottom.min(initial=0) < -MAX_LATITUDE or top.max(initial=0) > MAX_LATITUDE:
        raise refusal("Latitude span for the geometry must be in [-85.05, 85.05] range")
    if left.min(initial=0) < -180 or right.max(initial=0) > 180:
        raise refusal("Longitude span for the geometry must be in [-180.00, 180.00] range")
    x, y = columns_at(left, level), rows_at(top, level)
    last_x, last_y = columns_at(right, level), rows_at(bottom, level)
    # An edge that two tiles share belongs to the one to the right and below, of which nothing else is touched.
    last_x -= (longitudes_of(last_x, level) == right) & (last_x > x)
    last_y -= (latitudes_of(last_y, level) == bottom) & (last_y > y)
    found = _Rectangles(level, x, y, last_x - x + 1, last_y - y + 1)
    most = found.tiles.max(initial=0)
    if most > _MOST_TILES:
        raise refusal(f"The number of tiles covering input rectangle exceeds the limit of 1M. Number of tiles: {most}.")
    return found


def _touching(
    column: pa.Array, rows: Integers, several: Booleans, rectangles: _Rectangles
) -> tuple[Integers, Integers]:
    """The tiles whose square meets the geometry, row by row, and how many they are."""
    counts = np.where(several, rectangles.tiles, 1)
    found, lengths = [], []
    for start, stop in _chunks(counts):
        part = _some(rectangles, start, stop)
        owner = np.repeat(np.arange(stop - start), counts[start:stop])
        place = ranges(np.zeros(stop - start, np.int64), counts[start:stop])
        x = part.x[owner] + place // part.height[owner]
        y = part.y[owner] + place % part.height[owner]
        levels = part.level[owner]
        meets = np.ones(len(owner), np.bool_)
        unsure = np.flatnonzero(several[start:stop][owner])
        if len(unsure):
            shapes = geometries(column.take(pa.array(rows[start:stop])))
            meets[unsure] = _meets(shapes[owner[unsure]], x[unsure], y[unsure], levels[unsure])
        found.append(tiles_at(x, y, levels)[meets])
        lengths.append(np.bincount(owner[meets], minlength=stop - start))
    return np.concatenate(found), np.concatenate(lengths)


def _meets(shapes: Any, x: Integers, y: Integers, levels: Integers) -> Booleans:
    library = shapely()
    library.prepare(shapes)
    squares = library.box(longitudes_of(x, levels), latitudes_of(y + 1, levels),
                          longitudes_of(x + 1, levels), latitudes_of(y, levels))  # fmt: skip
    met: Booleans = library.intersects(shapes, squares)
    return met
