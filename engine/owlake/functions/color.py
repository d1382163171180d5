"""Colors in terminals (https://trino.io/docs/current/functions/color.html).

A color is held as its red, green and blue in one number, one of the terminal's eight as a negative one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import expanded, length_of
from owlake.functions.distinct import once_per_value
from owlake.functions.registry import Execution, Family
from owlake.ir.expressions import Expression
from owlake.types.model import VARCHAR, Type, Varchar
from owlake.types.rendering import SYSTEM_COLORS, double_text

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


@FAMILY.per_value("color(double, color, color) -> color", raises=True)
def color_of_fraction(fraction: float, low: int, high: int) -> int:
    """A color between two others; 0 is the one, 1 the other."""
    _check(low >= 0, "lowColor not a valid RGB color")
    _check(high >= 0, "highColor not a valid RGB color")
    return _between(max(0.0, min(1.0, fraction)), low, high)


@FAMILY.per_value("color(double, double, double, color, color) -> color", raises=True)
def color_of_value(value: float, low: float, high: float, low_color: int, high_color: int) -> int:
    """A color between two others, as a value is between two others."""
    with np.errstate(all="ignore"):
        fraction = float((np.float64(value) - low) / (np.float64(high) - low))
    return color_of_fraction(fraction, low_color, high_color)


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
    texts = once_per_value(values, lambda each: [double_text(value) for value in each], pa.string())
    return _rendered(texts, colors)


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
    cells = [f"{_escape(_between(_part_of(index, width), low, high))}\u2588" for index in range(count)]
    return f"{''.join(cells)}{_RESET}{' ' * (width - count)}"


def _part_of(index: int, width: int) -> float:
    return index / (width - 1) if width > 1 else float("nan")


# Hue, saturation and brightness, in floats of 32 bits as Java has them ----------------------------------


def _between(fraction: float, low: int, high: int) -> int:
    share = np.float32(fraction)
    one, other = _hue_saturation_brightness(*_parts(low)), _hue_saturation_brightness(*_parts(high))
    hue, saturation, brightness = (share * (end - start) + start for start, end in zip(one, other, strict=True))
    return _red_green_blue(hue, saturation, brightness)


def _hue_saturation_brightness(red: int, green: int, blue: int) -> tuple[np.float32, np.float32, np.float32]:
    most, least = max(red, green, blue), min(red, green, blue)
    spread = np.float32(most - least)
    brightness = np.float32(most) / np.float32(255)
    if most == least:
        return np.float32(0), np.float32(0), brightness
    away = [np.float32(most - part) / spread for part in (red, green, blue)]
    if red == most:
        hue = away[2] - away[1]
    elif green == most:
        hue = np.float32(2) + away[0] - away[2]
    else:
        hue = np.float32(4) + away[1] - away[0]
    hue /= np.float32(6)
    return hue + np.float32(1) if hue < 0 else hue, spread / np.float32(most), brightness


def _red_green_blue(hue: np.float32, saturation: np.float32, brightness: np.float32) -> int:
    one, half, full = np.float32(1), np.float32(0.5), np.float32(255)
    if saturation == 0:
        parts = (brightness, brightness, brightness)
    else:
        sixth = (hue - np.floor(hue)) * np.float32(6)
        rest = sixth - np.floor(sixth)
        low = brightness * (one - saturation)
        falling = brightness * (one - saturation * rest)
        rising = brightness * (one - saturation * (one - rest))
        parts = (
            (brightness, rising, low),
            (falling, brightness, low),
            (low, brightness, rising),
            (low, falling, brightness),
            (rising, low, brightness),
            (brightness, low, falling),
        )[int(sixth)]
    red, green, blue = (int(part * full + half) for part in parts)
    return red << 16 | green << 8 | blue
