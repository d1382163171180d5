"""Bing tiles: squares of the map, each a quarter of one of the level above.

(https://learn.microsoft.com/en-us/bingmaps/articles/bing-maps-tile-system).

A tile is held as Trino does: 23 bits of x above 23 bits of y above 5 bits of the level.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import from_integers, integers, presence
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.shapes import binary, shapely
from owlake.functions.geospatial.spherical import EARTH_RADIUS_KM, kilometers
from owlake.functions.registry import Execution

_MAX_LEVEL = 23
_MAX_LATITUDE = 85.05112878
_PIXELS = 256
_MOST_TILES = 1_000_000


def _refusal(text: str) -> OwlakeError:
    return error("INVALID_FUNCTION_ARGUMENT", text)


def _tile(x: int, y: int, level: int) -> int:
    return (x << 28) + (y << 5) + level


def _parts(tile: Any) -> tuple[Any, Any, Any]:
    """Its x, y and level; of many tiles all of them."""
    return tile >> 28, (tile >> 5) & ((1 << 23) - 1), tile & 31


def _check_level(level: int) -> None:
    if level <= 0:
        raise _refusal("Zoom level must be > 0")
    if level > _MAX_LEVEL:
        raise _refusal(f"Zoom level must be <= {_MAX_LEVEL}")


def _check_place(latitude: float, longitude: float) -> None:
    if not -_MAX_LATITUDE <= latitude <= _MAX_LATITUDE:
        raise _refusal(f"Latitude must be between -{_MAX_LATITUDE} and {_MAX_LATITUDE}")
    if not -180 <= longitude <= 180:
        raise _refusal("Longitude must be between -180.0 and 180.0")


def _at(latitude: float, longitude: float, level: int) -> tuple[int, int]:
    """The tile that a place lies in."""
    size = _PIXELS << level
    sine = math.sin(math.radians(latitude))
    x = (longitude + 180) / 360
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return (_clipped(x, size), _clipped(y, size))


def _clipped(share: float, size: int) -> int:
    return int(min(max(share * size, 0), size - 1)) // _PIXELS


def _corner(x: int, y: int, level: int) -> tuple[float, float]:
    """Latitude and longitude of the tile's upper left corner."""
    size = _PIXELS << level
    across = min(max(x * _PIXELS, 0), size) / size - 0.5
    down = 0.5 - min(max(y * _PIXELS, 0), size) / size
    return 90 - 360 * math.atan(math.exp(-down * 2 * math.pi)) / math.pi, 360 * across


# Tiles --------------------------------------------------------------------------------------------------


@FAMILY.per_value("bing_tile(integer, integer, integer) -> BingTile", raises=True)
def _bing_tile(x: int, y: int, level: int) -> int:
    """The tile at x and y of a level."""
    if level > _MAX_LEVEL:
        raise _refusal(f"Zoom level must be <= {_MAX_LEVEL}")
    for one in (x, y):
        if not 0 <= one < 1 << level:
            text = f"XY coordinates for a Bing tile at zoom level {level} must be within [0, {1 << level}) range"
            raise _refusal(text)
    return _tile(x, y, level)


@FAMILY.per_value("bing_tile(varchar) -> BingTile", raises=True)
def _bing_tile_of_key(key: str) -> int:
    """The tile of a quadkey."""
    if not key:
        raise _refusal("QuadKey must not be empty string")
    if len(key) > _MAX_LEVEL:
        raise _refusal(f"QuadKey must be {_MAX_LEVEL} characters or less")
    if key.strip("0123"):
        raise _refusal(f"Invalid QuadKey digit sequence: {key}")
    x = y = 0
    for digit in key:
        x, y = 2 * x + (int(digit) & 1), 2 * y + (int(digit) >> 1)
    return _tile(x, y, len(key))


@FAMILY.per_value("bing_tile_at(double, double, integer) -> BingTile", raises=True)
def _bing_tile_at(latitude: float, longitude: float, level: int) -> int:
    """The tile of a level that a latitude and longitude lie in."""
    _check_place(latitude, longitude)
    _check_level(level)
    return _tile(*_at(latitude, longitude, level), level)


@FAMILY.kernel("bing_tile_coordinates(BingTile) -> row(x integer, y integer)")
def _bing_tile_coordinates(tiles: pa.Array) -> pa.Array:
    """The tile's x and y."""
    x, y, _ = _parts(integers(tiles))
    present = presence(tiles)
    mask = None if present is None else pa.array(~present)
    parts = [pa.array(one, pa.int32()) for one in (x, y)]
    return pa.StructArray.from_arrays(parts, ["x", "y"], mask=mask)


@FAMILY.kernel("bing_tile_zoom_level(BingTile) -> tinyint")
def _bing_tile_zoom_level(tiles: pa.Array) -> pa.Array:
    """The tile's level."""
    return from_integers(_parts(integers(tiles))[2], presence(tiles), pa.int8())


@FAMILY.per_value("bing_tile_quadkey(BingTile) -> varchar")
def _bing_tile_quadkey(tile: int) -> str:
    """The tile's quadkey."""
    x, y, level = _parts(tile)
    return "".join(str((x >> at & 1) + 2 * (y >> at & 1)) for at in range(level - 1, -1, -1))


@FAMILY.kernel("bing_tile_polygon(BingTile) -> Geometry", execution=Execution.VALUE)
def _bing_tile_polygon(tiles: pa.Array) -> pa.Array:
    """The tile's outline."""
    return binary([None if tile is None else _outline(*_parts(tile)) for tile in tiles.to_pylist()])


def _outline(x: int, y: int, level: int) -> Any:
    top, left = _corner(x, y, level)
    bottom, right = _corner(x + 1, y + 1, level)
    return shapely().Polygon([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])


# Sets of tiles ------------------------------------------------------------------------------------------


@FAMILY.per_value("bing_tiles_around(double, double, integer) -> array(BingTile)", raises=True)
def _bing_tiles_around(latitude: float, longitude: float, level: int) -> list[int]:
    """The tile that a place lies in and those beside it."""
    _check_place(latitude, longitude)
    _check_level(level)
    x, y = _at(latitude, longitude, level)
    inside = range(1 << level)
    around = [(x + across, y + down) for across in (-1, 0, 1) for down in (-1, 0, 1)]
    return [_tile(one, other, level) for one, other in around if one in inside and other in inside]


@FAMILY.per_value("bing_tiles_around(double, double, integer, double) -> array(BingTile)", raises=True)
def _bing_tiles_within(latitude: float, longitude: float, level: int, radius: float) -> list[int]:
    """The tiles of a level that a circle around a place touches; the radius in kilometers."""
    _check_place(latitude, longitude)
    _check_level(level)
    if radius < 0:
        raise _refusal("Radius must be >= 0")
    if radius > 1000:
        raise _refusal("Radius must be <= 1,000 km")
    return _Circle(latitude, longitude, level, radius).tiles()


class _Circle:
    """The tiles around a center: its row and column whole, and of each quarter those whose inner corner is near."""

    def __init__(self, latitude: float, longitude: float, level: int, radius: float) -> None:
        self._latitude, self._longitude, self._level, self._radius = latitude, longitude, level, radius
        turn = radius / EARTH_RADIUS_KM
        self._columns = 1 << level
        self._x, self._y = _at(latitude, longitude, level)
        self._top = _at(min(latitude + math.degrees(turn), _MAX_LATITUDE), longitude, level)[1]
        self._bottom = _at(max(latitude - math.degrees(turn), -_MAX_LATITUDE), longitude, level)[1]
        across = math.degrees(math.atan2(math.sin(turn) * math.cos(math.radians(latitude)),
                                         math.cos(turn) - math.sin(math.radians(latitude)) ** 2))  # fmt: skip
        self._left = _at(latitude, _wrapped(longitude - across), level)[0]
        self._right = _at(latitude, _wrapped(longitude + across), level)[0]

    def tiles(self) -> list[int]:
        """Row, column, then the quarters."""
        count = (self._right - self._left) % self._columns + 1
        total = count * (self._bottom - self._top + 1)
        if total > _MOST_TILES:
            text = (
                f"The number of tiles covering input rectangle exceeds the limit of 1M. Number of tiles: {total}. "
                f"Radius: {self._radius:.1f} km. Zoom level: {self._level}."
            )
            raise _refusal(text)
        row = [((self._left + step) % self._columns, self._y) for step in range(count)]
        column = [(self._x, y) for y in range(self._top, self._bottom + 1) if y != self._y]
        return [_tile(x, y, self._level) for x, y in (*row, *column, *self._quarters())]

    def _quarters(self) -> list[tuple[int, int]]:
        found = []
        for start, step in ((self._right, -1), (self._left, 1)):
            x = start
            while x != self._x:
                # The corner that lies towards the center.
                side = 1 if step == 1 else 0
                found += self._near(x, side, range(self._top, self._y), 1)
                found += self._near(x, side, range(self._bottom, self._y, -1), 0)
                x = (x + step) % self._columns
        return found

    def _near(self, x: int, side: int, rows: range, below: int) -> list[tuple[int, int]]:
        """From the first tile that is near on, all up to the center's row."""
        for place, y in enumerate(rows):
            latitude, longitude = _corner(x + side, y + below, self._level)
            places = np.array([self._latitude, self._longitude, latitude, longitude])[:, None]
            if kilometers(*places)[0] <= self._radius:
                return [(x, other) for other in rows[place:]]
        return []


def _wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180 if abs(longitude) > 180 else longitude


@FAMILY.per_value("geometry_to_bing_tiles(Geometry, integer) -> array(BingTile)", raises=True)
def _geometry_to_bing_tiles(data: bytes, level: int) -> list[int]:
    """The tiles of a level that the geometry touches."""
    if level < 0:
        raise _refusal("Zoom level must be >= 0")
    if level > _MAX_LEVEL:
        raise _refusal(f"Zoom level must be <= {_MAX_LEVEL}")
    shape = shapely().from_wkb(data)
    if shape.is_empty:
        return []
    left, bottom, right, top = shape.bounds
    if bottom < -_MAX_LATITUDE or top > _MAX_LATITUDE:
        raise _refusal("Latitude span for the geometry must be in [-85.05, 85.05] range")
    if left < -180 or right > 180:
        raise _refusal("Longitude span for the geometry must be in [-180.00, 180.00] range")
    first, last = _at(top, left, level), _at(bottom, right, level)
    # An edge that two tiles share belongs to the one to the right and below, of which nothing else is touched.
    edge_latitude, edge_longitude = _corner(*last, level)
    last = (
        last[0] - (edge_longitude == right and last[0] > first[0]),
        last[1] - (edge_latitude == bottom and last[1] > first[1]),
    )
    count = (last[0] - first[0] + 1) * (last[1] - first[1] + 1)
    if count > _MOST_TILES:
        text = f"The number of tiles covering input rectangle exceeds the limit of 1M. Number of tiles: {count}."
        raise _refusal(text)
    return sorted(_touching(shape, first, last, level))


def _touching(shape: Any, first: tuple[int, int], last: tuple[int, int], level: int) -> list[int]:
    """Tiles whose square meets the shape; of a shared edge only the tile that the edge belongs to counts."""
    library = shapely()
    places = [(x, y) for x in range(first[0], last[0] + 1) for y in range(first[1], last[1] + 1)]
    if len(places) == 1 or shape.geom_type == "Point":
        return [_tile(*first, level)]
    library.prepare(shape)
    boxes = np.array([_outline(x, y, level) for x, y in places], object)
    return [_tile(x, y, level) for (x, y), meets in zip(places, library.intersects(shape, boxes), strict=True) if meets]
