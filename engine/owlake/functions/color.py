"""Colors in terminals (https://trino.io/docs/current/functions/color.html).

A color is held as its red, green and blue in one number, one of the terminal's eight as a negative one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Booleans, Integers, expanded, from_integers, integers, length_of, presence
from owlake.functions.distinct import once_per_value
from owlake.functions.numbers.writing import double_to_java_text
from owlake.functions.registry import Execution, Family
from owlake.ir.expressions import Expression
from owlake.types.model import VARCHAR, Type, Varchar
from owlake.types.rendering import SYSTEM_COLORS

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

FAMILY = Family("color")

_RESET = "\x1b[0m"
_UNBOUNDED = 2**31 - 1
_HEXADECIMAL = "0123456789abcdef"
_LENGTH_OF_ESCAPES = 15


def _check(condition: bool, text: str) -> None:
    if not condition:
        raise error("INVALID_FUNCTION_ARGUMENT", text)


@FAMILY.per_value("color(varchar(x)) -> color", raises=True)
def color_of_text(text: str) -> int:
    """A color by its name, or by three hexadecimal digits: #f00."""
    digits = text[1:].lower()
    if len(text) == 4 and text[0] == "#" and all(digit in _HEXADECIMAL for digit in digits):
        return int("".join(digit * 2 for digit in digits), 16)
    _check(text.lower() in SYSTEM_COLORS, f"Invalid color: '{text}'")
    return -1 - SYSTEM_COLORS.index(text.lower())


@FAMILY.per_value("rgb(bigint, bigint, bigint) -> color", raises=True)
def rgb(red: int, green: int, blue: int) -> int:
    """A color by its red, green and blue, each from 0 to 255."""
    for name, value in (("red", red), ("green", green), ("blue", blue)):
        _check(0 <= value <= 255, f"{name} must be between 0 and 255")
    return red << 16 | green << 8 | blue


@FAMILY.kernel("color(double, color, color) -> color", raises=True, execution=Execution.VALUE)
def color_of_fraction(fractions: Any, low: Any, high: Any) -> pa.Array:
    """A color between two others; 0 is the one, 1 the other."""
    length = length_of((fractions, low, high))
    given = [expanded(one, length) for one in (fractions, low, high)]
    return _blended(np.asarray(given[0].fill_null(0.0), np.float64), given[1], given[2], presence(*given))


@FAMILY.kernel("color(double, double, double, color, color) -> color", raises=True, execution=Execution.VALUE)
def color_of_value(values: Any, low: Any, high: Any, low_color: Any, high_color: Any) -> pa.Array:
    """A color between two others, as a value is between two others."""
    length = length_of((values, low, high, low_color, high_color))
    given = [expanded(one, length) for one in (values, low, high, low_color, high_color)]
    value, first, last = (np.asarray(one.fill_null(0.0), np.float64) for one in given[:3])
    with np.errstate(all="ignore"):
        fractions = (value - first) / (last - first)
    return _blended(fractions, given[3], given[4], presence(*given))


def _blended(fractions: Doubles, low: pa.Array, high: pa.Array, present: Booleans | None) -> pa.Array:
    if present is not None:
        rows = np.flatnonzero(present)
        fractions, low, high = fractions[rows], low.take(pa.array(rows)), high.take(pa.array(rows))
    lows, highs = integers(low), integers(high)
    _check(lows.min(initial=0) >= 0, "lowColor not a valid RGB color")
    _check(highs.min(initial=0) >= 0, "highColor not a valid RGB color")
    # What is no number counts as 1.
    colors = _between(np.where(np.isnan(fractions), 1.0, np.clip(fractions, 0.0, 1.0)), lows, highs)
    if present is None:
        return pa.array(colors, pa.int32())
    spread = np.zeros(len(present), np.int64)
    spread[present] = colors
    return from_integers(spread, present, pa.int32())


# Rendering ----------------------------------------------------------------------------------------------


def _parts(color: int) -> tuple[int, int, int]:
    _check(color >= 0, "color is not a valid rgb value")
    return color >> 16 & 255, color >> 8 & 255, color & 255


def _escape(color: int) -> str:
    """The terminal's sequence for the color of its palette that is nearest."""
    if color < 0:
        index = -color - 1
    else:
        red, green, blue = (part * 6 // 256 for part in _parts(color))
        index = 16 + red * 36 + green * 6 + blue
    return f"\x1b[38;5;{index}m"


def _rendered(texts: pa.Array, colors: Any) -> pa.Array:
    def escapes(each: list[int]) -> list[str]:
        return [_escape(color) for color in each]

    spread = expanded(colors, len(texts))
    given = once_per_value(spread, escapes, pa.string())
    return pc.binary_join_element_wise(given, texts, _RESET, "")


def _rendered_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    type_ = arguments[0].type
    assert isinstance(type_, Varchar)
    longest = _UNBOUNDED if type_.length is None else type_.length + _LENGTH_OF_ESCAPES
    return Varchar(longest) if longest < _UNBOUNDED else VARCHAR


@FAMILY.kernel("render(varchar(x), color) -> varchar", returns=_rendered_type)
def render_text(texts: Any, colors: Any) -> pa.Array:
    """A text in a color."""
    return _rendered(expanded(texts, length_of((texts, colors))), colors)


@FAMILY.kernel("render(bigint, color) -> varchar(35)")
def render_integer(numbers: Any, colors: Any) -> pa.Array:
    """A whole number in a color."""
    return _rendered(expanded(numbers, length_of((numbers, colors))).cast(pa.string()), colors)


@FAMILY.kernel("render(double, color) -> varchar(41)", execution=Execution.VALUE)
def render_double(numbers: Any, colors: Any) -> pa.Array:
    """A number in a color."""
    values = expanded(numbers, length_of((numbers, colors)))
    return _rendered(double_to_java_text(values), colors)


@FAMILY.kernel("render(boolean) -> varchar(16)")
def render_boolean(values: Any) -> pa.Array:
    """A green check mark or a red cross."""
    marks = [
        f"{_escape(color_of_text(color))}{mark}{_RESET}" for color, mark in (("green", "\u2713"), ("red", "\u2717"))
    ]
    return pc.if_else(values, *marks)


@FAMILY.per_value("bar(double, bigint) -> varchar")
def bar(fraction: float, width: int) -> str:
    """A bar of an ANSI terminal, from red to green."""
    return bar_of_colors(fraction, width, 0xFF0000, 0x00FF00)


@FAMILY.per_value("bar(double, bigint, color, color) -> varchar", raises=True)
def bar_of_colors(fraction: float, width: int, low: int, high: int) -> str:
    """A bar of an ANSI terminal, from one color to another."""
    count = max(0, min(width, 0 if math.isnan(fraction) else int(max(-(2.0**31), min(2.0**31, fraction * width)))))
    return _cells(count, width, low, high)


@lru_cache(maxsize=4096)
def _cells(count: int, width: int, low: int, high: int) -> str:
    shares = np.arange(count) / (width - 1) if width > 1 else np.full(count, np.nan)
    colors = _between(shares, np.full(count, low), np.full(count, high)).tolist()
    cells = [f"{_escape(color)}\u2588" for color in colors]
    return f"{''.join(cells)}{_RESET}{' ' * (width - count)}"


# Hue, saturation and brightness, in floats of 32 bits as Java has them ----------------------------------


def _between(fractions: Doubles, low: Integers, high: Integers) -> Integers:
    shares = fractions.astype(np.float32)
    with np.errstate(all="ignore"):
        pairs = zip(_hue_saturation_brightness(low), _hue_saturation_brightness(high), strict=True)
        hue, saturation, brightness = (shares * (end - start) + start for start, end in pairs)
        return _red_green_blue(hue, saturation, brightness)


def _hue_saturation_brightness(colors: Integers) -> tuple[Floats, Floats, Floats]:
    _check(colors.min(initial=0) >= 0, "color is not a valid rgb value")
    red, green, blue = (colors >> shift & 255 for shift in (16, 8, 0))
    most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    spread, peak = (most - least).astype(np.float32), most.astype(np.float32)
    away = [(most - part).astype(np.float32) / spread for part in (red, green, blue)]
    hue = np.where(
        red == most,
        away[2] - away[1],
        np.where(green == most, np.float32(2) + away[0] - away[2], np.float32(4) + away[1] - away[0]),
    )
    hue = hue / np.float32(6)
    hue = np.where(hue < 0, hue + np.float32(1), hue)
    gray, none = spread == 0, np.float32(0)
    return np.where(gray, none, hue), np.where(gray, none, spread / peak), peak / np.float32(255)


def _red_green_blue(hue: Floats, saturation: Floats, brightness: Floats) -> Integers:
    one = np.float32(1)
    sixth = (hue - np.floor(hue)) * np.float32(6)
    rest = sixth - np.floor(sixth)
    low = brightness * (one - saturation)
    falling = brightness * (one - saturation * rest)
    rising = brightness * (one - saturation * (one - rest))
    gray = saturation == 0
    cases = [gray, *(_whole(sixth) == case for case in range(6))]
    parts = (
        (brightness, brightness, falling, low, low, rising, brightness),
        (brightness, rising, brightness, brightness, falling, low, low),
        (brightness, low, low, rising, brightness, brightness, falling),
    )
    red, green, blue = (_whole(np.select(cases, choices) * np.float32(255) + np.float32(0.5)) for choices in parts)
    return red << 16 | green << 8 | blue


def _whole(numbers: Floats) -> Integers:
    """Java's conversion: what is no number is 0."""
    return np.where(np.isnan(numbers), np.float32(0), numbers).astype(np.int64)
