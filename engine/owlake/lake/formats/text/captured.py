"""The groups of a pattern as values of a column's type: what does not parse is NULL, as Hive's RegexSerDe has it."""

from __future__ import annotations

import re
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.lake.formats.text.values import (
    Convert,
    Reading,
    as_text,
    dates,
    decimals,
    floats,
    integers,
    java_decimal,
    java_float,
    lenient_days,
    lenient_timestamp,
    rounded_to_milliseconds,
    text_of,
    timestamps,
)
from owlake.types.model import BOOLEAN, DATE, DOUBLE, INTEGER_BITS, REAL, Char, Decimal, Timestamp, Type, Varchar

_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)


def captured_converter(type_: Type) -> Convert:
    """How a column of the type is read. Errors: NOT_SUPPORTED for types that no group is read as."""
    match type_:
        case Varchar() | Char():
            return partial(text_of, type_)
        case Timestamp():
            reading = timestamps(lenient_timestamp, is_usual=True)
            return lambda column: rounded_to_milliseconds(reading.column(column))
    if type_ == BOOLEAN:
        return _boolean
    found = _reading(type_)
    if found is None:
        raise error("NOT_SUPPORTED", f"Unsupported column type: {type_}", hint="Groups of a pattern are scalars.")
    return found.column


def _reading(type_: Type) -> Reading | None:
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return integers(bits, partial(_integer, bits))
    match type_:
        case Decimal(precision, scale):
            return decimals(precision, scale, partial(java_decimal, precision=precision, scale=scale))
        case _ if type_ in (REAL, DOUBLE):
            return floats(32 if type_ == REAL else 64, java_float)
        case _ if type_ == DATE:
            return dates(lenient_days)
    return None


def _boolean(column: pa.Array) -> pa.Array:
    """``Boolean.parseBoolean``: everything but ``true`` is false."""
    return pc.equal(pc.ascii_lower(as_text(column)), "true")


def _integer(bits: int, text: str) -> int | None:
    value = int(text) if _INTEGER.fullmatch(text) else None
    return value if value is not None and -(1 << (bits - 1)) <= value < 1 << (bits - 1) else None
