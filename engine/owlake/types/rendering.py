"""Values as the text that Athena's results show: ``2020-01-31 12:00:00.000``, ``[1, 2]``, ``{a=1}``, ``1.0E10``."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

import pyarrow as pa

from owlake.types.arrow import counted, field_names
from owlake.types.comparison import is_orderable
from owlake.types.model import (
    BOOLEAN,
    COLOR,
    DATE,
    DOUBLE,
    INTERVAL_DAY_TO_SECOND,
    INTERVAL_YEAR_TO_MONTH,
    IPADDRESS,
    REAL,
    VARBINARY,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
)
from owlake.types.text import (
    FIRST_MICROSECOND,
    LAST_MICROSECOND,
    far_date_text,
    far_timestamp_text,
    offset_of_instant,
)

Render = Callable[[Any], str]


def renderer(type_: Type) -> Render:
    """A function that renders the Python values of Arrow columns of the type; NULL is not its business."""
    match type_:
        case Array():
            return _array(renderer(type_.element))
        case Map():
            return _map(type_, renderer(type_.key), renderer(type_.value))
        case Row():
            return _row(type_)
        case Timestamp():
            return lambda value: timestamp_text(value, type_.precision)
        case Time():
            return lambda value: time_text(value, type_.precision)
        case TimestampWithTimeZone():
            return lambda value: _zoned_timestamp(value, type_)
        case TimeWithTimeZone():
            return lambda value: _zoned_time(value, type_.precision)
        case Char():
            return lambda value: str(value).ljust(type_.length)
        case Decimal():
            return decimal_text
        case _:
            return _PRIMITIVES.get(type_, str)


def render_column(column: pa.Array | pa.ChunkedArray, type_: Type, null: str | None = None) -> list[str | None]:
    """A column's values as text, NULL as ``null``."""
    render = renderer(type_)
    try:
        values = column.to_pylist(maps_as_pydicts=None)
    except OverflowError:
        # Years and intervals that Python does not have.
        values = column.cast(counted(column.type)).to_pylist(maps_as_pydicts=None)
    return [null if value is None else render(value) for value in values]


def decimal_text(value: Any) -> str:
    """All its places, never an exponent: ``0.0000001``."""
    return f"{value:f}"


def double_text(value: float) -> str:
    """Java's form: the shortest digits, plain from 0.001 to 10,000,000, else with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    digits = repr(float(value))
    if abs(value) < _FEW_BITS and "." not in digits:
        # Java shows two digits at least, the nearest ones: 9.9E-324 where one would do, 1e-323.
        digits = f"{value:.1e}"
    return _java(digits, value)


_FEW_BITS = 1e-320


def real_text(value: float) -> str:
    """As ``double_text``, with the digits that a 32-bit float needs."""
    if math.isnan(value) or math.isinf(value):
        return double_text(value)
    import numpy as np  # noqa: PLC0415  (only reals need it)

    digits = np.format_float_scientific(np.float32(value), unique=True, trim="0")
    return _java(digits, value)


def _java(digits: str, value: float) -> str:
    mantissa, _, exponent = digits.lower().partition("e")
    if 1e-3 <= abs(value) < 1e7 or value == 0:
        return _plain(mantissa, int(exponent or 0))
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    power = int(exponent or 0)
    packed = (whole + fraction).lstrip("0")
    leading = len(whole) - 1 if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0"))) - 1
    rest = packed[1:].rstrip("0") or "0"
    return f"{sign}{packed[0]}.{rest}E{power + leading}"


def _plain(mantissa: str, exponent: int) -> str:
    if exponent == 0:
        return mantissa if "." in mantissa else f"{mantissa}.0"
    from decimal import Decimal  # noqa: PLC0415  (rare: digits come with an exponent only for small values)

    text = format(Decimal(mantissa).scaleb(exponent), "f")
    text = text.rstrip("0") if "." in text else text
    return f"{text}0" if text.endswith(".") else text if "." in text else f"{text}.0"


def timestamp_text(value: datetime | int, precision: int) -> str:
    """``2020-01-31 12:34:56.789`` of a timestamp, or of its microseconds since 1970."""
    if isinstance(value, int):
        return far_timestamp_text(value, precision)
    return f"{date_text(value)} {time_text(value.time(), precision)}"


def date_text(value: date | int) -> str:
    """``2020-01-31`` of a date, or of its days since 1970."""
    if isinstance(value, int):
        return far_date_text(value)
    return f"{value.year:04}-{value.month:02}-{value.day:02}"


def time_text(value: time, precision: int) -> str:
    """``12:34:56.789`` with as many digits as the precision says."""
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    if precision == 0:
        return text
    return f"{text}.{f'{value.microsecond:06}'.ljust(precision, '0')[:precision]}"


def _zoned_timestamp(value: Any, type_: TimestampWithTimeZone) -> str:
    zone = type_.zone
    if zone is None:
        value, zone = value["instant"], str(value["zone"])
    elif not isinstance(value, int):
        return f"{timestamp_text(value.replace(tzinfo=None), type_.precision)} {zone}"
    instant = value if isinstance(value, int) else _microseconds(value)
    local = instant + offset_of_instant(zone, instant)
    if FIRST_MICROSECOND <= local <= LAST_MICROSECOND:
        return f"{timestamp_text(_EPOCH + timedelta(microseconds=local), type_.precision)} {zone}"
    return f"{far_timestamp_text(local, type_.precision)} {zone}"


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of local times)


def _microseconds(instant: datetime) -> int:
    return (instant.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)


def _zoned_time(value: Any, precision: int) -> str:
    offset = int(value["offset"])
    sign = "-" if offset < 0 else "+"
    return f"{time_text(value['time'], precision)}{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"


def day_to_second_text(value: timedelta | int) -> str:
    """``1 02:03:04.567`` of an interval, or of its milliseconds."""
    milliseconds = value if isinstance(value, int) else round(value / timedelta(milliseconds=1))
    sign, milliseconds = ("-", -milliseconds) if milliseconds < 0 else ("", milliseconds)
    seconds, fraction = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"{sign}{day} {hour:02}:{minute:02}:{second:02}.{fraction:03}"


def year_to_month_text(months: int) -> str:
    """``1-2``."""
    return f"{'-' if months < 0 else ''}{abs(months) // 12}-{abs(months) % 12}"


def binary_text(value: bytes) -> str:
    """Hex pairs with blanks between, as Athena shows varbinary."""
    return value.hex(" ")


SYSTEM_COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def color_text(color: int) -> str:
    """``#ff0000``, or the name of one of the terminal's colors."""
    return f"#{color:06x}" if color >= 0 else SYSTEM_COLORS[-1 - color]


def ip_text(value: bytes) -> str:
    """``10.0.0.1`` or ``2001:db8::1``."""
    import ipaddress  # noqa: PLC0415  (only addresses need it)

    address = ipaddress.IPv6Address(value)
    return str(address.ipv4_mapped or address)


_PRIMITIVES: dict[Type, Render] = {
    BOOLEAN: lambda value: "true" if value else "false",
    DOUBLE: double_text,
    REAL: real_text,
    DATE: date_text,
    INTERVAL_DAY_TO_SECOND: day_to_second_text,
    INTERVAL_YEAR_TO_MONTH: year_to_month_text,
    VARBINARY: binary_text,
    IPADDRESS: ip_text,
    COLOR: color_text,
}


def _array(element: Render) -> Render:
    return lambda values: f"[{', '.join('null' if one is None else element(one) for one in values)}]"


def _map(map_: Map, key: Render, value: Render) -> Render:
    """Athena shows the entries in the order of their keys."""
    in_order = is_orderable(map_.key) and not isinstance(
        map_.key, Row | Array | TimestampWithTimeZone | TimeWithTimeZone
    )

    def render(items: list[tuple[Any, Any]]) -> str:
        if in_order:
            items = sorted(items, key=itemgetter(0))
        shown = (f"{key(one)}={'null' if other is None else value(other)}" for one, other in items)
        return f"{{{', '.join(shown)}}}"

    return render


def _row(row: Row) -> Render:
    names = field_names(row)
    fields = [(name, field.name, renderer(field.type)) for name, field in zip(names, row.fields, strict=True)]

    def render(value: dict[str, Any]) -> str:
        shown = []
        for held, name, render_field in fields:
            part = value[held]
            text = "null" if part is None else render_field(part)
            shown.append(text if name is None else f"{name}={text}")
        return f"{{{', '.join(shown)}}}"

    return render
