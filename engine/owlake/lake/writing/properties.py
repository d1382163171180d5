"""Table properties that say how files are written: numbers, fractions and switches out of their text."""

from __future__ import annotations

from collections.abc import Mapping

from owlake.errors import OwlakeError, error

_SWITCH = {"true": True, "false": False}


def whole_number(properties: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """A number that is not smaller than the least. Errors: INVALID_TABLE_PROPERTY."""
    text = properties.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise _invalid(name, f"a whole number from {least} on", text)
    return int(text)


def fraction(properties: Mapping[str, str], name: str, default: float) -> float:
    """A number from 0 to 1. Errors: INVALID_TABLE_PROPERTY."""
    text = properties.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise _invalid(name, "a number from 0 to 1", text)
    return value


def switch(properties: Mapping[str, str], name: str, *, default: bool) -> bool:
    """True or false. Errors: INVALID_TABLE_PROPERTY."""
    text = properties.get(name, "").strip().lower()
    if text and text not in _SWITCH:
        raise _invalid(name, "true or false", text)
    return _SWITCH.get(text, default)


def choice(properties: Mapping[str, str], name: str, values: Mapping[str, str], default: str) -> str:
    """What one of some texts stands for, in any case. Errors: INVALID_TABLE_PROPERTY."""
    text = properties.get(name, "").strip().upper() or default
    if text not in values:
        raise _invalid(name, f"one of {', '.join(values)}", text)
    return values[text]


def _invalid(name: str, wanted: str, text: str) -> OwlakeError:
    return error("INVALID_TABLE_PROPERTY", f"{name} must be {wanted}, not '{text}'")
