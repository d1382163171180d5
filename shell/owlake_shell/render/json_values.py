"""Values as JSON: numbers, booleans, arrays, maps and rows as JSON has them, all else as Athena's text.

Decimals are text, so that no reader rounds them; so are NaN and the infinities, which JSON has no numbers for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from owlake.types.arrow import field_names
from owlake.types.model import BOOLEAN, DOUBLE, REAL, Array, Map, Row, Type, Varchar, is_integer
from owlake.types.rendering import renderer

Convert = Callable[[Any], Any]


def json_values(column: pa.Array, type_: Type) -> list[Any]:
    """The column's values as what ``json.dumps`` takes; NULL is None."""
    convert = _nullable(_converter(type_))
    return [convert(value) for value in column.to_pylist(maps_as_pydicts=None)]


def unique_names(names: Sequence[str]) -> list[str]:
    """Names for the keys of an object: one that is there already gets a number, ``a_1``: no value is lost."""
    given: list[str] = []
    for name in names:
        candidate, number = name, 0
        while candidate in given or (number and candidate in names):
            number += 1
            candidate = f"{name}_{number}"
        given.append(candidate)
    return given


def _converter(type_: Type) -> Convert:
    match type_:
        case Array():
            element = _nullable(_converter(type_.element))
            return lambda values: [element(value) for value in values]
        case Map():
            key, item = renderer(type_.key), _nullable(_converter(type_.value))
            return lambda pairs: {key(one): item(other) for one, other in pairs}
        case Row():
            return _row(type_)
        case Varchar():
            return _same
        case _ if type_ in (DOUBLE, REAL):
            text = renderer(type_)
            return lambda value: value if math.isfinite(value) else text(value)
        case _ if type_ == BOOLEAN or is_integer(type_):
            return _same
        case _:
            return renderer(type_)


def _row(row: Row) -> Convert:
    held = field_names(row)
    shown = unique_names([field.name or name for name, field in zip(held, row.fields, strict=True)])
    converters = [_nullable(_converter(field.type)) for field in row.fields]

    def convert(value: dict[str, Any]) -> dict[str, Any]:
        return {name: one(value[key]) for name, key, one in zip(shown, held, converters, strict=True)}

    return convert


def _nullable(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _same(value: Any) -> Any:
    return value
