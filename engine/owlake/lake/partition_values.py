"""Partition values between the text of catalog and paths and the column's Trino type."""

from __future__ import annotations

import struct
from datetime import datetime
from decimal import Decimal

from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.partition_values import InvalidValue, contains, typed_value
from owlake.errors import error
from owlake.lake.model import Domain, Value
from owlake.types import model
from owlake.types.model import REAL, Type

_MICROSECONDS_OF_A_MILLISECOND = 1000
_PLAIN_DOUBLES = (1e-3, 1e7)


def partition_value(text: str, type_: Type, partition_name: str) -> Value | None:
    """The value of a partition's text; None for ``__HIVE_DEFAULT_PARTITION__``.

    Errors: HIVE_INVALID_PARTITION_VALUE, naming the partition (``dt=2020-01-01/hour=x``).
    """
    try:
        return typed_value(text, type_)
    except InvalidValue as problem:
        kind = str(type_) if isinstance(type_, model.Decimal) else type_.base.upper()
        raise error(
            "HIVE_INVALID_PARTITION_VALUE",
            f"Invalid partition value '{text}' for {kind} partition key: {partition_name}",
        ) from problem


def allows(domain: Domain, value: Value | None) -> bool:
    """Whether the domain lets the value (None: NULL) through."""
    return domain.null_allowed if value is None else contains(domain, value)


def value_text(value: Value | None, type_: Type) -> str:
    """The text in which catalog and paths keep a value: Hive's, where NULL and '' are one."""
    match value:
        case None | "":
            text = DEFAULT_PARTITION
        case bool():
            text = "true" if value else "false"
        case datetime():
            text = _timestamp_text(value)
        case Decimal():
            text = f"{value:f}"
        case float():
            text = _double_text(value, is_real=type_ == REAL)
        case _:
            text = str(value)
    return text


def _timestamp_text(value: datetime) -> str:
    milliseconds = value.microsecond // _MICROSECONDS_OF_A_MILLISECOND
    seconds = value.replace(microsecond=0, tzinfo=None).isoformat(sep=" ")
    return f"{seconds}.{milliseconds:03}".rstrip("0") if milliseconds else seconds


def _double_text(value: float, *, is_real: bool) -> str:
    """As Java prints it: ``1.0E10``, ``NaN``, ``-Infinity``; the shortest digits that read back."""
    if value != value:  # noqa: PLR0124  (not a number)
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    digits = _shortest_real(value) if is_real else repr(value)
    number = Decimal(digits)
    low, high = _PLAIN_DOUBLES
    if number == 0 or low <= abs(value) < high:
        plain = f"{number:f}"
        return plain if "." in plain else f"{plain}.0"
    sign, all_digits, exponent = number.normalize().as_tuple()
    mantissa = "".join(map(str, all_digits))
    return f"{'-' if sign else ''}{mantissa[0]}.{mantissa[1:] or '0'}E{int(exponent) + len(mantissa) - 1}"


def _shortest_real(value: float) -> str:
    """The shortest digits that name this 32-bit number."""
    for precision in range(1, 10):
        text = f"{value:.{precision}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == value:
            return text
    return repr(value)
