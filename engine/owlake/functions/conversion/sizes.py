"""Large numbers as people write them."""

from __future__ import annotations

import math
import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

import pyarrow as pa

from owlake.errors import error
from owlake.functions.conversion.family import FAMILY
from owlake.functions.distinct import once_per_value

_UNITS = ("", "K", "M", "B", "T", "Q")
_LONG_MAX = 2**63 - 1


@FAMILY.kernel("format_number(bigint) -> varchar", "format_number(double) -> varchar")
def format_number(numbers: Any) -> pa.Array:
    """A number in three digits and the letter of its thousands: 12.3M."""
    return once_per_value(numbers, lambda values: [_formatted(_whole(value)) for value in values], pa.string())


def _whole(value: float) -> int:
    """Java's conversion: what is too large is the largest, NaN is 0."""
    if math.isnan(value):
        return 0
    if abs(value) > _LONG_MAX:
        return _LONG_MAX if value > 0 else -_LONG_MAX - 1
    return int(value)


def _formatted(value: int) -> str:
    fraction, unit = float(value), 0
    while abs(fraction) >= 1000 and unit < len(_UNITS) - 1:
        fraction /= 1000
        unit += 1
    places = 2 if fraction < 10 else 1 if fraction < 100 else 0
    rounded = Decimal(fraction).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=400))
    digits = f"{rounded:f}"
    return (digits.rstrip("0").rstrip(".") if places else digits) + _UNITS[unit]


_SIZE = re.compile(r"([\d.]+)(B|kB|MB|GB|TB|PB|EB|ZB|YB)")
_POWERS = {unit: 10 * power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"))}
_EXACT = Context(prec=1000)
_LIMIT = 10**38


@FAMILY.per_value(
    "parse_data_size(varchar(x)) -> decimal(38,0)", "parse_presto_data_size(varchar(x)) -> decimal(38,0)", raises=True
)
def parse_data_size(text: str) -> Decimal:
    """The number of bytes that a text like 2.3MB means."""
    found = _SIZE.fullmatch(text)
    if found is None or found[1].count(".") > 1 or found[1] == ".":
        raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid data size: '{text}'")
    size = _EXACT.multiply(_EXACT.create_decimal(found[1]), Decimal(1 << _POWERS[found[2]]))
    whole = size.quantize(Decimal(1), ROUND_DOWN, _EXACT)
    if whole >= _LIMIT:
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", f"Value out of range: '{text}' ('{whole}B')")
    return whole
