"""Whole columns as the text that Athena's results show: what ``rendering`` says of values, at the speed of Arrow.

Arrow's own text is Athena's for most values of most types. The rest (doubles with an exponent, years of more than
four digits, collections) is rendered one by one.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from owlake.types.model import (
    BING_TILE,
    BOOLEAN,
    DATE,
    DOUBLE,
    REAL,
    UNKNOWN,
    Char,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    Type,
    is_integer,
)
from owlake.types.rendering import render_column

_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""Of the years 1 to 9999, counted from 1970."""
_DAY = 86_400_000_000
_SECONDS_END = 19
"""Where the seconds of ``2020-01-31 12:34:56`` end."""
_TIME_END = 8
_SCALE_WITH_EXPONENTS = 7
"""From so many decimal places on, Arrow writes small decimals with an exponent."""

Texts = Callable[[pa.Array], pa.Array]


def text_column(column: pa.Array, type_: Type) -> pa.Array:
    """The column as strings, NULL where it is NULL."""
    if pa.types.is_string(column.type) and not isinstance(type_, Char):
        return column
    texts = _quick(type_)
    if texts is None or not _is_quick(column, type_):
        return pa.array(render_column(column, type_), pa.string())
    return texts(column)


def _quick(type_: Type) -> Texts | None:
    """How Arrow makes the texts of the type; None where it does not."""
    match type_:
        case Char():
            return lambda column: pc.utf8_rpad(column, type_.length)
        case Decimal():
            return _decimals
        case Time():
            return lambda column: _with_fraction(column.cast(pa.string()), _TIME_END, type_.precision)
        case Timestamp():
            return lambda column: _with_fraction(column.cast(pa.string()), _SECONDS_END, type_.precision)
        case TimestampWithTimeZone(zone="UTC"):
            return lambda column: _in_utc(column, type_.precision)
        case _ if type_ in (DOUBLE, REAL):
            return lambda column: _floats(column, type_)
        case _ if is_integer(type_) or type_ in (BOOLEAN, DATE, BING_TILE, UNKNOWN):
            return lambda column: column.cast(pa.string())
        case _:
            return None


def _is_quick(column: pa.Array, type_: Type) -> bool:
    """Whether every year has four digits."""
    if type_ == DATE:
        least, greatest = pc.min_max(column.cast(pa.int32())).as_py().values()
        return least is None or (least >= _FIRST_DAY and greatest <= _LAST_DAY)
    if isinstance(type_, Timestamp | TimestampWithTimeZone):
        least, greatest = pc.min_max(column.cast(pa.int64())).as_py().values()
        return least is None or (least >= _FIRST_DAY * _DAY and greatest < (_LAST_DAY + 1) * _DAY)
    return True


def _with_fraction(texts: pa.Array, end: int, precision: int) -> pa.Array:
    """Texts with six digits behind the seconds, with as many as the precision says."""
    length = end + 1 + precision if precision else end
    if length >= end + 7:
        return pc.utf8_rpad(texts, length, "0")
    # They are ASCII: cut by bytes, which takes a third of the time.
    return pc.binary_slice(texts.view(pa.binary()), 0, length).view(pa.string())


def _in_utc(column: pa.Array, precision: int) -> pa.Array:
    local = column.cast(pa.timestamp("us")).cast(pa.string())
    return pc.binary_join_element_wise(_with_fraction(local, _SECONDS_END, precision), "UTC", " ")


def _decimals(column: pa.Array) -> pa.Array:
    texts = column.cast(pa.string())
    if column.type.scale < _SCALE_WITH_EXPONENTS:
        return texts
    return _rendered_where(pc.match_substring(texts, "E"), texts, column, Decimal(38, column.type.scale))


def _floats(column: pa.Array, type_: Type) -> pa.Array:
    texts = column.cast(pa.string())
    lacks_point = pc.fill_null(pc.invert(pc.match_substring(texts, ".")), fill_value=False)
    if pc.any(lacks_point).as_py():
        whole = pc.binary_join_element_wise(texts.filter(lacks_point), ".0", "")
        texts = pc.replace_with_mask(texts, lacks_point, whole)
    size = pc.abs(column)
    plain = pc.or_(pc.equal(size, 0.0), pc.and_(pc.greater_equal(size, 1e-3), pc.less(size, 1e7)))
    return _rendered_where(pc.invert(plain), texts, column, type_)


def _rendered_where(mask: pa.Array, texts: pa.Array, column: pa.Array, type_: Type) -> pa.Array:
    """The texts, those of some rows rendered one by one."""
    if not pc.any(mask).as_py():
        return texts
    mask = pc.fill_null(mask, fill_value=False)
    return pc.replace_with_mask(texts, mask, pa.array(render_column(column.filter(mask), type_), pa.string()))
