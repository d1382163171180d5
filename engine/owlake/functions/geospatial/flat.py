"""Geometries as arrays of coordinates, read off their well-known binary and written as such.

GEOS makes an object of every geometry before it looks at it, which costs more than what is mostly asked. A column of
points, lines and polygons is read by numpy instead; geometries of several parts are taken apart by GEOS first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.functions.arrays import Booleans, Integers
from owlake.functions.geospatial.shapes import Geometries, binary, geometries, kinds_of, shapely
from owlake.functions.lists import ranges
from owlake.functions.octets import Bytes, Octets, octets
from owlake.functions.segments import offsets_from

Doubles = npt.NDArray[np.float64]
Coordinates = npt.NDArray[np.float64]
"""A row of x and y for each point."""

POINT, LINE, POLYGON, COLLECTION = 1, 2, 3, 7
"""As well-known binary numbers them; in between are those of several points, lines and polygons."""

_HEADER = np.dtype([("order", "u1"), ("kind", "<u4"), ("count", "<u4")])
_POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("place", "<f8", 2)])
PLACE = np.dtype("<c16")
COUNT = np.dtype("<u4")
_BEFORE_POINT = 5
"""Bytes before the coordinates of a point, which has no count."""


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """A column of geometries.

    Attributes:
        kinds: What each row is, as well-known binary numbers it; 0 of NULL.
        parts: Where each row begins among the parts, and the end: points, lines and polygons.
        part_kinds: What each part is.
        rings: Where each part begins among the rings, and the end; a point or a line has one ring.
        points: Where each ring begins among the coordinates, and the end.
        coordinates: All points.
    """

    kinds: Integers
    parts: Integers
    part_kinds: Integers
    rings: Integers
    points: Integers
    coordinates: Coordinates

    @property
    def offsets(self) -> Integers:
        """Where each row begins among the coordinates, and the end."""
        return self.points[self.ring_offsets]

    @property
    def ring_offsets(self) -> Integers:
        """Where each row begins among the rings, and the end."""
        return self.rings[self.parts]

    @property
    def present(self) -> Booleans:
        """The rows that are not NULL."""
        return self.kinds > 0

    @property
    def filled(self) -> Booleans:
        """The rows that have points."""
        return np.diff(self.offsets) > 0

    def by_row(self, rings: Doubles | Booleans) -> Doubles:
        """Numbers of rings added up: of parts first, as GEOS does, then of rows."""
        return _sums(_sums(rings, np.diff(self.rings)), np.diff(self.parts))

    def binary(self) -> pa.Array:
        """The column as well-known binary; there must be no collections."""
        rings, sizes = np.diff(self.rings), np.diff(self.points)
        points, polygons = self.part_kinds == POINT, self.part_kinds == POLYGON
        ring_lengths = 16 * sizes + COUNT.itemsize * np.repeat(polygons, rings)
        before = np.where(points, _BEFORE_POINT, _HEADER.itemsize)
        starts = offsets_from(before + np.diff(offsets_from(ring_lengths)[self.rings]))
        data = np.empty(starts[-1], np.uint8)
        headers = np.empty(len(rings), _HEADER)
        headers["order"], headers["kind"] = 1, self.part_kinds
        headers["count"] = np.where(polygons, rings, np.diff(self.points[self.rings]))
        window(data, _HEADER)[starts[:-1]] = headers
        of_part = np.repeat(starts[:-1] + before - offsets_from(ring_lengths)[self.rings[:-1]], rings)
        ring_starts = of_part + offsets_from(ring_lengths)[:-1]
        counted = np.repeat(polygons, rings)
        window(data, COUNT)[ring_starts[counted]] = sizes[counted]
        places = np.ascontiguousarray(self.coordinates).view(PLACE).ravel()
        window(data, PLACE)[steps(ring_starts + COUNT.itemsize * counted, sizes)] = places
        present = None if len(rings) == len(self.kinds) else self.kinds > 0
        return Octets(data, starts[self.parts], present).array(pa.binary())


def flat(column: pa.Array) -> Flat:
    """The geometries of a column."""
    found = simple(column)
    return _taken_apart(geometries(column)) if found is None else found


def simple(column: pa.Array) -> Flat | None:
    """The geometries of a column of points, lines and polygons; None of a column that has others, or other bytes."""
    source = octets(column)
    rows = np.arange(len(source)) if source.present is None else np.flatnonzero(source.present)
    starts, ends = source.starts[rows], source.offsets[1:][rows]
    if len(rows) and (ends - starts).min() < _HEADER.itemsize:
        return None
    headers = window(source.data, _HEADER)[starts]
    kinds, counts = headers["kind"].astype(np.int64), headers["count"].astype(np.int64)
    if len(rows) and not ((headers["order"] == 1).all() and kinds.min() >= POINT and kinds.max() <= POLYGON):
        return None
    found = _rings(source.data, starts, ends, kinds, counts)
    if found is None:
        return None
    owners, begins, sizes = found
    coordinates = window(source.data, PLACE)[steps(begins, sizes)].view(np.float64).reshape(-1, 2)
    parts = np.arange(len(source) + 1) if source.present is None else offsets_from(source.present)
    of_rows = kinds if source.present is None else np.zeros(len(source), np.int64)
    of_rows[rows] = kinds
    rings = offsets_from(np.bincount(owners, minlength=len(rows)))
    return Flat(of_rows, parts, kinds, rings, offsets_from(sizes), coordinates)


def _rings(
    data: Bytes, starts: Integers, ends: Integers, kinds: Integers, counts: Integers
) -> tuple[Integers, Integers, Integers] | None:
    """Of each ring the part that it belongs to, its first byte and its number of points; None where bytes lack."""
    polygons = np.flatnonzero(kinds == POLYGON)
    owners = np.flatnonzero(kinds != POLYGON)
    is_point = kinds[owners] == POINT
    begins = starts[owners] + np.where(is_point, _BEFORE_POINT, _HEADER.itemsize)
    sizes = np.where(is_point, 1, counts[owners])
    if (begins + 16 * sizes != ends[owners]).any():
        return None
    # An empty point is written with numbers that are none.
    places = window(data, PLACE)[begins[is_point]]
    sizes[is_point] -= np.isnan(places.real) & np.isnan(places.imag)
    if not len(polygons):
        return owners, begins, sizes
    rounds = list(_rounds(data, polygons, starts[polygons] + _HEADER.itemsize, ends[polygons], counts[polygons]))
    if rounds[-1] is None:
        return None
    parts = [(owners, begins, sizes), *(one for one in rounds if one)]
    owners, begins, sizes = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    if len(parts) == 2 and len(parts[0][0]) == 0:
        return owners, begins, sizes
    order = np.argsort(owners, kind="stable")
    return owners[order], begins[order], sizes[order]


def _rounds(
    data: Bytes, owners: Integers, cursors: Integers, ends: Integers, left: Integers
) -> Iterator[tuple[Integers, Integers, Integers] | None]:
    """The first ring of each polygon, the second of those that have one, and so on; ends in None where bytes lack."""
    while True:
        done = left == 0
        if (cursors[done] != ends[done]).any() or (cursors[~done] + COUNT.itemsize > ends[~done]).any():
            yield None
            return
        owners, cursors, ends, left = (one[~done] for one in (owners, cursors, ends, left))
        sizes = window(data, COUNT)[cursors].astype(np.int64)
        begins = cursors + COUNT.itemsize
        yield owners, begins, sizes
        if not len(owners):
            return
        cursors, left = begins + 16 * sizes, left - 1


def window(data: Bytes, type_: np.dtype[Any]) -> npt.NDArray[Any]:
    """From each byte on the value that begins there."""
    return np.ndarray((max(len(data) - type_.itemsize + 1, 0),), type_, data, strides=(1,))


def steps(begins: Integers, counts: Integers) -> Integers:
    """Where points of 16 bytes begin that stand in runs behind each other."""
    offsets = offsets_from(counts)
    return 16 * np.arange(offsets[-1]) + np.repeat(begins - 16 * offsets[:-1], counts)


def _sums(values: Doubles | Booleans, counts: Integers) -> Doubles:
    """The values of segments of so many added up, from the first to the last."""
    sums: Doubles = np.bincount(np.repeat(np.arange(len(counts)), counts), values, len(counts)).astype(np.float64)
    return sums


def _taken_apart(shapes: Geometries) -> Flat:
    library = shapely()
    parts, owners = shapes, np.arange(len(shapes))
    while True:
        parts, places = library.get_parts(library.force_2d(parts), return_index=True)
        owners = owners[places]
        if (kinds_of(parts) <= POLYGON).all():
            break
    found = simple(binary(parts))
    assert found is not None  # GEOS writes what is read here
    offsets = offsets_from(np.bincount(owners, minlength=len(shapes)))
    return Flat(kinds_of(shapes), offsets, found.part_kinds, found.rings, found.points, found.coordinates)


def is_well_formed(shapes: Flat) -> bool:
    """Whether lines have two points at least, and rings three, of which the last is the first."""
    sizes = np.diff(shapes.points)
    kinds = np.repeat(shapes.part_kinds, np.diff(shapes.rings))
    rings = np.flatnonzero((kinds == POLYGON) & (sizes > 0))
    if ((kinds == LINE) & (sizes == 1)).any() or (sizes[rings] < 3).any():
        return False
    first, last = shapes.coordinates[shapes.points[rings]], shapes.coordinates[shapes.points[rings + 1] - 1]
    return bool((first == last).all())


# Columns made of coordinates ----------------------------------------------------------------------------


def points(coordinates: Coordinates, present: Booleans | None = None) -> pa.Array:
    """Points, one after the other, in the rows that are present."""
    data = np.empty(len(coordinates), _POINT)
    data["order"], data["kind"], data["place"] = 1, POINT, coordinates
    parts = np.arange(len(coordinates) + 1) if present is None else offsets_from(present)
    return Octets(data.view(np.uint8), _POINT.itemsize * parts, present).array(pa.binary())


def lines(offsets: Integers, coordinates: Coordinates, present: Booleans | None = None) -> pa.Array:
    """Lines, each through its coordinates, in the rows that are present."""
    return _column(LINE, np.arange(len(offsets)), offsets, coordinates, present)


def quadrangles(
    corners: Sequence[tuple[Doubles, Doubles]], *, filled: Booleans | None = None, present: Booleans | None = None
) -> pa.Array:
    """Polygons of four corners, in the rows that are present; empty ones but where filled."""
    places = np.stack([number for corner in (*corners, corners[0]) for number in corner], axis=1)
    rings = np.arange(len(places) + 1)
    if filled is not None:
        places, rings = places[filled], offsets_from(filled)
    return _column(POLYGON, rings, 5 * np.arange(len(places) + 1), places.reshape(-1, 2), present)


def _column(
    kind: int, rings: Integers, offsets: Integers, coordinates: Coordinates, present: Booleans | None
) -> pa.Array:
    kinds = np.full(len(rings) - 1, kind, np.int64)
    parts, of_rows = np.arange(len(rings)), kinds
    if present is not None:
        parts, of_rows = offsets_from(present), np.where(present, kind, 0)
    return Flat(of_rows, parts, kinds, rings, offsets, coordinates).binary()


def rings_as_lines(shapes: Flat, rings: Integers, present: Booleans | None = None) -> pa.Array:
    """Some of the rings as lines, which is what they are in SQL, in the rows that are present."""
    sizes = np.diff(shapes.points)[rings]
    return lines(offsets_from(sizes), shapes.coordinates[ranges(shapes.points[rings], sizes)], present)


def multipoints(offsets: Integers, coordinates: Coordinates, present: Booleans | None = None) -> pa.Array:
    """Several points each, in the rows that are present."""
    counts = np.diff(offsets)
    each = _HEADER.itemsize - 4 + 16
    starts = offsets_from(_HEADER.itemsize + each * counts)
    data = np.empty(starts[-1], np.uint8)
    begins = _HEADER.itemsize * (1 + np.repeat(np.arange(len(counts)), counts)) + each * np.arange(len(coordinates))
    headers = window(data, _HEADER)
    headers[begins] = (1, POINT, 0)
    headers[starts[:-1]] = np.rec.fromarrays([np.ones(len(counts)), np.full(len(counts), 4), counts], _HEADER)
    window(data, PLACE)[begins + _BEFORE_POINT] = np.ascontiguousarray(coordinates).view(PLACE).ravel()
    parts = np.arange(len(offsets)) if present is None else offsets_from(present)
    return Octets(data, starts[parts], present).array(pa.binary())


# Measures -----------------------------------------------------------------------------------------------


def areas(shapes: Flat) -> Doubles:
    """Areas on a plane: what outer rings enclose without what inner ones do."""
    x, y = shapes.coordinates.T
    terms = np.zeros(len(x))
    across = x - np.repeat(_firsts(x, shapes.points), np.diff(shapes.points))
    terms[1:-1] = across[1:-1] * (y[:-2] - y[2:])
    filled = np.diff(shapes.points) > 0
    terms[shapes.points[:-1][filled]] = 0
    terms[shapes.points[1:][filled] - 1] = 0
    enclosed = np.abs(_sums(terms, np.diff(shapes.points)) / 2)
    enclosed[np.repeat(shapes.part_kinds != POLYGON, np.diff(shapes.rings))] = 0
    return outer_without_inner(shapes, enclosed)


def outer_without_inner(shapes: Flat, rings: Doubles) -> Doubles:
    """What the outer rings of each row have without what the inner ones have."""
    outer = shapes.rings[:-1][np.diff(shapes.rings) > 0]
    signed = -rings
    signed[outer] = rings[outer]
    return shapes.by_row(signed)


def lengths(shapes: Flat) -> Doubles:
    """Lengths on a plane."""
    start, end = sides(shapes)
    across, along = (end - start).T
    return shapes.by_row(by_side(np.sqrt(across * across + along * along), shapes))


def sides(shapes: Flat) -> tuple[Coordinates, Coordinates]:
    """Where the sides of lines and rings begin, and where they end."""
    ends = _side_ends(shapes)
    return shapes.coordinates[ends - 1], shapes.coordinates[ends]


def by_side(values: Doubles, shapes: Flat) -> Doubles:
    """Numbers of sides added up by ring."""
    return _sums(values, np.maximum(np.diff(shapes.points) - 1, 0))


def _side_ends(shapes: Flat) -> Integers:
    """Which points are not the first of their ring."""
    inner = np.ones(len(shapes.coordinates), np.bool_)
    inner[shapes.points[:-1][np.diff(shapes.points) > 0]] = False
    return np.flatnonzero(inner)


def bounds(shapes: Flat) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """The least x and y and the greatest of the rows that have points."""
    starts = shapes.offsets[:-1][shapes.filled]
    x, y = shapes.coordinates.T
    if not len(starts):
        return x, y, x, y
    least, greatest = np.minimum.reduceat, np.maximum.reduceat
    return least(x, starts), least(y, starts), greatest(x, starts), greatest(y, starts)


def spread(values: Doubles, where: Booleans) -> Doubles:
    """Values of some rows put in these rows, 0 in the others."""
    found = np.zeros(len(where))
    found[where] = values
    return found


def _firsts(values: Doubles, offsets: Integers) -> Doubles:
    """The first value of each segment, 0 of an empty one."""
    filled = np.diff(offsets) > 0
    return spread(values[offsets[:-1][filled]], filled)
