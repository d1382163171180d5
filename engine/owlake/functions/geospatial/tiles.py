"""Bing tiles: squares of the map, each a quarter of one of the level above.

(https://learn.microsoft.com/en-us/bingmaps/articles/bing-maps-tile-system).

A tile is held as Trino does: 23 bits of x above 23 bits of y above 5 bits of the level.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import Booleans, Integers, from_integers, integers, presence
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.flat import Doubles, quadrangles
from owlake.functions.geospatial.shapes import columns
from owlake.functions.octets import Octets, bounds_of_lengths, octets

MAX_LEVEL = 23
MAX_LATITUDE = 85.05112878
_PIXELS = 256
_DIGIT = ord("0")


def refusal(text: str) -> OwlakeError:
    """Errors: INVALID_FUNCTION_ARGUMENT."""
    return error("INVALID_FUNCTION_ARGUMENT", text)


def tiles_at(x: Any, y: Any, level: Any) -> Any:
    """The tiles at these places of a level."""
    return (x << 28) + (y << 5) + level


def _parts(tile: Integers) -> tuple[Integers, Integers, Integers]:
    """Of each tile x, y and level."""
    return tile >> 28, (tile >> 5) & ((1 << 23) - 1), tile & 31


def check_places(latitudes: Doubles, longitudes: Doubles) -> None:
    """Errors: INVALID_FUNCTION_ARGUMENT for places that are not on the map."""
    if not (np.abs(latitudes) <= MAX_LATITUDE).all():
        raise refusal(f"Latitude must be between -{MAX_LATITUDE} and {MAX_LATITUDE}")
    if not (np.abs(longitudes) <= 180).all():
        raise refusal("Longitude must be between -180.0 and 180.0")


def check_levels(levels: Integers) -> None:
    """Errors: INVALID_FUNCTION_ARGUMENT for levels that the map does not have."""
    if levels.min(initial=1) <= 0:
        raise refusal("Zoom level must be > 0")
    if levels.max(initial=1) > MAX_LEVEL:
        raise refusal(f"Zoom level must be <= {MAX_LEVEL}")


def each(function: Callable[[float], float], values: Doubles) -> Doubles:
    """A function of the C library over many values.

    Those of numpy differ in the last bit from machine to machine, and by that a place on an edge lies in another tile.
    """
    return np.fromiter(map(function, values.tolist()), np.float64, len(values))


def columns_at(longitudes: Doubles, levels: Integers) -> Integers:
    """The x of the tiles that these longitudes lie in."""
    return _clipped((longitudes + 180) / 360, levels)


def rows_at(latitudes: Doubles, levels: Integers) -> Integers:
    """The y of the tiles that these latitudes lie in."""
    shares = _down(latitudes, np.sin, np.log)
    places = shares * (1 << levels)
    near = np.flatnonzero(np.abs(places - np.rint(places)) < _NEAR_AN_EDGE)
    if len(near):
        shares[near] = _down(latitudes[near], partial(each, math.sin), partial(each, math.log))
    return _clipped(shares, levels)


_NEAR_AN_EDGE = 1e-6


def _down(latitudes: Doubles, sine: Callable[[Doubles], Doubles], logarithm: Callable[[Doubles], Doubles]) -> Doubles:
    """How far down the map, from 0 to 1."""
    sines = sine(np.radians(latitudes))
    return 0.5 - logarithm((1 + sines) / (1 - sines)) / (4 * math.pi)


def _clipped(shares: Doubles, levels: Integers) -> Integers:
    size = _PIXELS << levels
    return np.clip(shares * size, 0, size - 1).astype(np.int64) // _PIXELS


def longitudes_of(x: Integers, levels: Integers) -> Doubles:
    """The longitude of the left edges of tiles."""
    return 360 * (_edges(x, levels) - 0.5)


def latitudes_of(y: Integers, levels: Integers) -> Doubles:
    """The latitude of the upper edges of tiles."""
    edges, places = np.unique(_edges(y, levels), return_inverse=True)
    stretched = each(math.exp, -(0.5 - edges) * 2 * math.pi)
    return (90 - 360 * each(math.atan, stretched) / math.pi)[places]


def _edges(places: Integers, levels: Integers) -> Doubles:
    size = _PIXELS << levels
    return np.clip(places * _PIXELS, 0, size) / size


def counts_given(*arguments: pa.Array | pa.Scalar) -> tuple[list[Any], Booleans | None]:
    """Arguments as numpy arrays of the rows that have all of them, and which those are; None for all rows."""
    arrays = columns(*arguments)
    present = presence(*arrays)
    values = [integers(one) if pa.types.is_integer(one.type) else np.asarray(one.fill_null(0)) for one in arrays]
    return (values if present is None else [one[present] for one in values]), present


def spread_tiles(tiles: Integers, present: Booleans | None) -> pa.Array:
    """Tiles of the rows that are present as a column."""
    if present is None:
        return pa.array(tiles)
    found = np.zeros(len(present), np.int64)
    found[present] = tiles
    return from_integers(found, present, pa.int64())


# Tiles --------------------------------------------------------------------------------------------------


@FAMILY.kernel("bing_tile(integer, integer, integer) -> BingTile", raises=True)
def _bing_tile(x: pa.Array, y: pa.Array, level: pa.Array) -> pa.Array:
    """The tile at x and y of a level."""
    (across, down, levels), present = counts_given(x, y, level)
    if levels.max(initial=0) > MAX_LEVEL:
        raise refusal(f"Zoom level must be <= {MAX_LEVEL}")
    inside = np.left_shift(1, np.maximum(levels, 0))
    wrong = np.flatnonzero((np.minimum(across, down) < 0) | (np.maximum(across, down) >= inside))
    if len(wrong):
        at, most = levels[wrong[0]], inside[wrong[0]]
        raise refusal(f"XY coordinates for a Bing tile at zoom level {at} must be within [0, {most}) range")
    return spread_tiles(tiles_at(across, down, levels), present)


@FAMILY.kernel("bing_tile(varchar) -> BingTile", raises=True)
def _bing_tile_of_key(keys: pa.Array) -> pa.Array:
    """The tile of a quadkey."""
    source = octets(keys)
    levels = source.lengths
    digits = source.data.astype(np.int64) - _DIGIT
    rows = source.rows()
    wrong = (levels == 0) | (levels > MAX_LEVEL)
    wrong[rows[(digits < 0) | (digits > 3)]] = True
    if source.present is not None:
        wrong &= source.present
    if wrong.any():
        raise _is_no_key(keys[int(np.argmax(wrong))].as_py())
    # The place of each digit's bit, from the right.
    shifts = source.offsets[1:][rows] - 1 - np.arange(len(digits))
    x, y = (np.bincount(rows, (digits >> bit & 1) << shifts, len(source)).astype(np.int64) for bit in (0, 1))
    return from_integers(tiles_at(x, y, levels), source.present, pa.int64())


def _is_no_key(key: str) -> OwlakeError:
    if not key:
        return refusal("QuadKey must not be empty string")
    if len(key) > MAX_LEVEL:
        return refusal(f"QuadKey must be {MAX_LEVEL} characters or less")
    return refusal(f"Invalid QuadKey digit sequence: {key}")


@FAMILY.kernel("bing_tile_at(double, double, integer) -> BingTile", raises=True)
def _bing_tile_at(latitude: pa.Array, longitude: pa.Array, level: pa.Array | pa.Scalar) -> pa.Array:
    """The tile of a level that a latitude and longitude lie in."""
    (latitudes, longitudes, levels), present = counts_given(latitude, longitude, level)
    check_places(latitudes, longitudes)
    check_levels(levels)
    return spread_tiles(tiles_at(columns_at(longitudes, levels), rows_at(latitudes, levels), levels), present)


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


@FAMILY.kernel("bing_tile_quadkey(BingTile) -> varchar")
def _bing_tile_quadkey(tiles: pa.Array) -> pa.Array:
    """The tile's quadkey."""
    x, y, levels = _parts(integers(tiles))
    offsets = bounds_of_lengths(levels)
    digits = np.empty(offsets[-1], np.uint8)
    for place in range(int(levels.max(initial=0))):
        rows = np.flatnonzero(levels > place)
        shifts = levels[rows] - 1 - place
        digits[offsets[rows] + place] = _DIGIT + (x[rows] >> shifts & 1) + 2 * (y[rows] >> shifts & 1)
    return Octets(digits, offsets, presence(tiles)).array(pa.string())


@FAMILY.kernel("bing_tile_polygon(BingTile) -> Geometry")
def _bing_tile_polygon(tiles: pa.Array) -> pa.Array:
    """The tile's outline."""
    present = presence(tiles)
    values = integers(tiles) if present is None else integers(tiles)[present]
    x, y, levels = _parts(values)
    left, right = longitudes_of(x, levels), longitudes_of(x + 1, levels)
    top, bottom = latitudes_of(y, levels), latitudes_of(y + 1, levels)
    return quadrangles([(left, top), (right, top), (right, bottom), (left, bottom)], present=present)
