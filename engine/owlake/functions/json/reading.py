"""CAST from JSON: values as columns of any type that Trino allows, a whole level of nesting at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.functions.json.documents import NotJsonError, NumberText, Value, read_exactly, write
from owlake.functions.numbers import reading as numbers
from owlake.functions.numbers.writing import float_to_text
from owlake.functions.temporal import reading as temporal
from owlake.types.arrow import arrow_type
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_BITS,
    JSON,
    REAL,
    VARCHAR,
    Array,
    Map,
    Row,
    Timestamp,
    Type,
    Varchar,
)
from owlake.types.model import Decimal as DecimalType
from owlake.types.rendering import double_text

Kernel = Callable[..., pa.Array]


class CastError(ValueError):
    """A value that has no form in the wanted type."""


@cache
def from_json_kernel(type_: Type) -> Kernel:
    """The kernel of ``CAST(json AS type_)``: over the texts, and whether a failure is NULL.

    Errors: INVALID_CAST_ARGUMENT, unless safe.
    """

    def json_to_type(texts: pa.Array, safe: pa.Scalar) -> pa.Array:
        documents = texts.to_pylist()
        try:
            return column([None if text is None else read_exactly(text) for text in documents], type_)
        except (CastError, NotJsonError, OwlakeError):
            rows = [_row(text, type_, safe=safe.as_py()) for text in documents]
            return pa.concat_arrays(rows)

    return json_to_type


def _row(text: str | None, type_: Type, *, safe: bool) -> pa.Array:
    if text is None:
        return pa.nulls(1, arrow_type(type_))
    try:
        return column([read_exactly(text)], type_)
    except (CastError, NotJsonError, OwlakeError) as problem:
        if safe:
            return pa.nulls(1, arrow_type(type_))
        raise _failure(problem, text, type_) from None


def _failure(problem: Exception, text: str, type_: Type) -> OwlakeError:
    if isinstance(type_, Array | Map | Row):
        detail = problem.message if isinstance(problem, OwlakeError) else str(problem)
        return error("INVALID_CAST_ARGUMENT", f"Cannot cast to {type_}. {detail}\n{text}")
    if isinstance(problem, OwlakeError):
        return problem if problem.code == "INVALID_CAST_ARGUMENT" else _cannot(text, type_)
    detail = str(problem)
    return error("INVALID_CAST_ARGUMENT", detail) if detail.startswith("Cannot cast input") else _cannot(text, type_)


def _cannot(text: str, type_: Type) -> OwlakeError:
    return error("INVALID_CAST_ARGUMENT", f"Cannot cast '{text}' to {str(type_).upper()}")


def column(values: Sequence[Value], type_: Type) -> pa.Array:
    """The values as a column; JSON's null is NULL.

    Errors: CastError, or INVALID_CAST_ARGUMENT of the cast that a string goes through.
    """
    plain = _plain_column(values, type_)
    return _column(values, type_) if plain is None else plain


_PLAIN: dict[Type, frozenset[type]] = {
    BOOLEAN: frozenset((bool, type(None))),
    VARCHAR: frozenset((str, type(None))),
    DOUBLE: frozenset((int, type(None))),
    **{type_: frozenset((int, type(None))) for type_ in INTEGER_BITS},
}
"""Values that are of the wanted type as they are."""


def _plain_column(values: Sequence[Value], type_: Type) -> pa.Array | None:
    kinds = _PLAIN.get(type_)
    if kinds is None or not kinds.issuperset(map(type, values)):
        return None
    try:
        return pa.array(values, arrow_type(type_))
    except (pa.ArrowInvalid, OverflowError):
        return None


def _column(values: Sequence[Value], type_: Type) -> pa.Array:
    match type_:
        case Array():
            return _array(values, type_)
        case Map():
            return _map(values, type_)
        case Row():
            return _rows(values, type_)
        case Varchar():
            return pa.array(_texts(values, type_), pa.string())
        case DecimalType():
            return pa.array([_decimal(value, type_) for value in values], arrow_type(type_))
        case Timestamp():
            return temporal.text_to_timestamp(_only_text(values, type_), pa.scalar(type_.precision), pa.scalar(False))
        case _ if type_ == JSON:
            return pa.array([write(value) for value in values], pa.string())
        case _ if type_ == DATE:
            return temporal.text_to_date(_only_text(values, type_), pa.scalar(False))
        case _ if type_ in (DOUBLE, REAL):
            return _floats(values, type_)
        case _:
            return _whole_numbers(values, type_) if type_ in INTEGER_BITS else _booleans(values)


# Nested types -------------------------------------------------------------------------------------------


def _array(values: Sequence[Value], type_: Array) -> pa.Array:
    _expect(values, list, "a json array")
    inner = column([item for value in values if value is not None for item in value], type_.element)
    return pa.ListArray.from_arrays(_offsets(values), inner, mask=_missing(values))


def _map(values: Sequence[Value], type_: Map) -> pa.Array:
    _expect(values, dict, "a json object")
    keys = column([key for value in values if value is not None for key in value], type_.key)
    items = column([item for value in values if value is not None for item in value.values()], type_.value)
    offsets = _offsets(values)
    _refuse_equal_keys(offsets, keys)
    return pa.MapArray.from_arrays(offsets, keys, items, mask=_missing(values))


def _refuse_equal_keys(offsets: pa.Array, keys: pa.Array) -> None:
    shown = keys.to_pylist()
    for start, end in pairwise(offsets.to_pylist()):
        if len(set(shown[start:end])) < end - start:
            raise CastError("Duplicate map keys are not allowed")


def _rows(values: Sequence[Value], type_: Row) -> pa.Array:
    names = [field.name for field in type_.fields]
    members = [None if value is None else _members(value, names) for value in values]
    type_held = arrow_type(type_)
    columns = [
        column([None if one is None else one[place] for one in members], field.type)
        for place, field in enumerate(type_.fields)
    ]
    return pa.StructArray.from_arrays(columns, fields=list(type_held), mask=_missing(values))


def _members(value: Value, names: Sequence[str | None]) -> Sequence[Value]:
    """The values of a row's fields: an array's by their places, an object's by their names."""
    if isinstance(value, list):
        if len(value) < len(names):
            raise CastError("Unexpected token when cast: ]")
        if len(value) > len(names):
            raise CastError(f"Expected json array ending, but got {_token(value[len(names)])}")
        return value
    if not isinstance(value, dict):
        raise CastError(f"Expected a json array or object, but got {_token(value)}")
    if None in names:
        raise CastError("Cannot cast a JSON object to anonymous row type. Input must be a JSON array.")
    by_name: dict[str, Value] = {}
    for key, item in value.items():
        name = key.lower()
        if name in by_name:
            raise CastError(f"Duplicate field: {name}")
        by_name[name] = item
    return [by_name.get(str(name).lower()) for name in names]


def _expect(values: Iterable[Value], kind: type, what: str) -> None:
    for value in values:
        if value is not None and not isinstance(value, kind):
            raise CastError(f"Expected {what}, but got {_token(value)}")


def _token(value: Value) -> str:
    """The first token of a value as Jackson shows it."""
    match value:
        case list():
            return "["
        case dict():
            return "{"
        case str():
            return value
        case _:
            return write(value)


def _offsets(values: Sequence[Value]) -> pa.Array:
    counts = [0 if value is None else len(value) for value in values]
    return pa.array(np.concatenate(([0], np.cumsum(counts, dtype=np.int64))), pa.int32())


def _missing(values: Sequence[Value]) -> pa.Array | None:
    return pa.array([value is None for value in values], pa.bool_()) if None in values else None


# Scalars ------------------------------------------------------------------------------------------------


def _refuse_nested(value: Value, type_: Type) -> None:
    if isinstance(value, list | dict):
        name = str(type_).partition("(")[0]
        raise CastError(f"Unexpected token when cast to {name}: {_token(value)}")


TextReader = Callable[[pa.Array, pa.Scalar], pa.Array]
"""The cast from text: over the texts, and whether a failure is NULL."""


class _Texts:
    """What the cast from text makes of the strings among the values, each failing in its turn."""

    def __init__(self, values: Sequence[Value], read: TextReader) -> None:
        self._read = read
        strings = list(dict.fromkeys(value for value in values if type(value) is str))
        found = read(pa.array(strings, pa.string()), pa.scalar(True)).to_pylist() if strings else []
        self._found = dict(zip(strings, found, strict=True))

    def __getitem__(self, text: str) -> Any:
        found = self._found[text]
        if found is None:
            self._read(pa.array([text], pa.string()), pa.scalar(False))
            raise CastError(text)
        return found


_BIGINT = 2**63


def _whole_numbers(values: Sequence[Value], type_: Type) -> pa.Array:
    bits = INTEGER_BITS[type_]
    read = _Texts(values, lambda texts, safe: numbers.text_to_integer(texts, pa.scalar(bits), safe))
    limit = 2 ** (bits - 1)

    def whole(value: Value) -> int | None:
        match value:
            case None:
                return None
            case NumberText():
                return _rounded(float(value), limit, type_)
            case str():
                return int(read[value])
            case bool() | int():
                number = int(value)
            case _:
                _refuse_nested(value, type_)
                raise CastError(_token(value))
        if not -limit <= number < limit:
            raise CastError(f"Out of range for {type_}: {value}")
        return number

    return pa.array([whole(value) for value in values], arrow_type(type_))


def _rounded(value: float, limit: int, type_: Type) -> int:
    """Half away from zero."""
    if -2.0 * limit < value < 2.0 * limit:
        number = int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP, Context(prec=40)))
        if -limit <= number < limit:
            return number
    shown = double_text(value)
    raise CastError(f"Unable to cast {shown} to bigint" if type_ == BIGINT else f"Out of range for {type_}: {shown}")


def _floats(values: Sequence[Value], type_: Type) -> pa.Array:
    bits = 64 if type_ == DOUBLE else 32
    read = _Texts(values, lambda texts, safe: numbers.text_to_float(texts, pa.scalar(bits), safe))

    def number(value: Value) -> float | None:
        match value:
            case None:
                return None
            case NumberText():
                return float(value)
            case str():
                return float(read[value])
            case bool() | int():
                # Larger numbers are infinite; Python would refuse them.
                return float(str(int(value)))
            case _:
                _refuse_nested(value, type_)
                raise CastError(_token(value))

    with np.errstate(over="ignore"):
        found = np.array([number(value) or 0.0 for value in values], np.float64).astype(
            arrow_type(type_).to_pandas_dtype()
        )
    return pa.array(found, arrow_type(type_), mask=np.array([value is None for value in values], np.bool_))


def _booleans(values: Sequence[Value]) -> pa.Array:
    read = _Texts(values, numbers.text_to_boolean)

    def truth(value: Value) -> bool | None:
        match value:
            case None | bool():
                return value
            case NumberText():
                return float(value) != 0
            case str():
                return bool(read[value])
            case int() if -_BIGINT <= value < _BIGINT:
                return value != 0
            case _:
                _refuse_nested(value, BOOLEAN)
                raise CastError(f"Out of range for bigint: {value}")

    return pa.array([truth(value) for value in values], pa.bool_())


def _texts(values: Sequence[Value], type_: Varchar) -> list[str | None]:
    fractions = [value for value in values if type(value) is NumberText]
    shown: dict[str, str] = {}
    if fractions:
        texts = float_to_text(pa.array([float(value) for value in fractions], pa.float64())).to_pylist()
        shown = dict(zip(fractions, texts, strict=True))

    def text(value: Value) -> str | None:
        match value:
            case None:
                return None
            case NumberText():
                found = shown[value]
            case str():
                found = value
            case bool() | int():
                found = write(value)
            case _:
                _refuse_nested(value, type_)
                raise CastError(_token(value))
        return found if type_.length is None else found[: type_.length]

    return [text(value) for value in values]


_EXACT = Context(prec=400)
_NO_NUMBER = re.compile(r"[^0-9.eE+-]")
"""What Python reads in numbers and Java does not: blanks, underscores, digits of other scripts."""


def _decimal(value: Value, type_: DecimalType) -> Decimal | None:
    name = f"DECIMAL({type_.precision},{type_.scale})"
    if value is None:
        return None
    if isinstance(value, list | dict):
        raise CastError(f"Unexpected token when cast to {name}: {_token(value)}")
    try:
        number = Decimal(int(value) if isinstance(value, bool) else value)
    except InvalidOperation:
        raise CastError(str(value)) from None
    if not number.is_finite() or (isinstance(value, str) and _NO_NUMBER.search(value)):
        raise CastError(str(value))
    if number.adjusted() > type_.precision - type_.scale:
        raise CastError(f"Cannot cast input json to {name}")
    rounded = number.quantize(Decimal(1).scaleb(-type_.scale), ROUND_HALF_UP, _EXACT)
    if rounded.adjusted() >= type_.precision - type_.scale and rounded:
        raise CastError(f"Cannot cast input json to {name}")
    return rounded


def _only_text(values: Sequence[Value], type_: Type) -> pa.Array:
    for value in values:
        if value is not None and type(value) is not str:
            raise CastError(f"Unexpected token when cast to {type_}: {_token(value)}")
    return pa.array(values, pa.string())
