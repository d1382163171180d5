"""How two geometries lie to each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import by_distinct, length_of
from owlake.functions.geospatial.family import FAMILY
from owlake.functions.geospatial.shapes import Geometries, columns, geometries, shapely

_PREDICATES = {
    "st_contains": ("contains", "Whether no point of the second lies outside the first, and interiors meet"),
    "st_crosses": ("crosses", "Whether the geometries share some but not all inner points"),
    "st_disjoint": ("disjoint", "Whether the geometries share no point"),
    "st_equals": ("equals", "Whether the geometries are the same points"),
    "st_intersects": ("intersects", "Whether the geometries share a point"),
    "st_overlaps": ("overlaps", "Whether the geometries, of one dimension, overlap"),
    "st_touches": ("touches", "Whether the geometries share points, but none of their interiors"),
    "st_within": ("within", "Whether the first lies inside the second"),
}


def pair(left: pa.Array | pa.Scalar, right: pa.Array | pa.Scalar) -> tuple[Geometries, Geometries]:
    """Two columns of geometries."""
    length = length_of((left, right))
    return _side(left, length), _side(right, length)


def _side(column: pa.Array | pa.Scalar, length: int) -> Geometries:
    """A constant is read once, and prepared to be asked for many others."""
    if not isinstance(column, pa.Scalar):
        return geometries(column)
    (shape,) = geometries(pa.array([column.as_py()], pa.binary()))
    shapely().prepare(shape)
    return np.full(length, shape, object)


def _flags(values: Any, one: Geometries, other: Geometries) -> pa.Array:
    library = shapely()
    return pa.array(np.asarray(values, bool), mask=library.is_missing(one) | library.is_missing(other))


def _declare(name: str, predicate: str, description: str) -> None:
    def kernel(left: pa.Array, right: pa.Array) -> pa.Array:
        one, other = pair(left, right)
        return _flags(getattr(shapely(), predicate)(one, other), one, other)

    kernel.__doc__, kernel.__name__ = description, name
    FAMILY.kernel(f"{name}(Geometry, Geometry) -> boolean")(kernel)


for _name, (_predicate, _description) in _PREDICATES.items():
    _declare(_name, _predicate, _description)


@FAMILY.kernel("st_relate(Geometry, Geometry, varchar) -> boolean", raises=True)
def _st_relate(left: pa.Array, right: pa.Array, patterns: pa.Array | pa.Scalar) -> pa.Array:
    """Whether the geometries lie to each other as the pattern of a DE-9IM matrix says."""
    first, second = columns(left, right)
    return by_distinct(patterns, [first, second], _relate, pa.bool_())


def _relate(pattern: str, left: pa.Array, right: pa.Array) -> pa.Array:
    one, other = geometries(left), geometries(right)
    return _flags(shapely().relate_pattern(one, other, pattern), one, other)
