"""Numbers as Java prints them: in partition folders, and where JSON numbers become text."""

from __future__ import annotations

import struct
from decimal import Decimal

_PLAIN_DOUBLES = (1e-3, 1e7)


def double_text(value: float, *, is_real: bool) -> str:
    """A number as Java prints it: ``1.0E10``, ``NaN``, ``-Infinity``; the shortest digits that read back.

    ``is_real``: a 32-bit one.
    """
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
