"""Durations: ``parse_duration`` and ``human_readable_seconds``."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import from_integers, presence
from owlake.functions.composing import Composer
from owlake.functions.datetime.family import DAYS, FAMILY
from owlake.functions.shapes import shapes_of

_DURATION = re.compile(rb"\s*(0+(?:\.0+)?)\s*([a-zA-Z]+)\s*")
_MILLISECONDS = {
    "ns": 1e-6,
    "us": 1e-3,
    "ms": 1.0,
    "s": 1_000.0,
    "m": 60_000.0,
    "h": 3_600_000.0,
    "d": 86_400_000.0,
}


@FAMILY.kernel(f"parse_duration(varchar(x)) -> {DAYS}", raises=True)
def _parse_duration(texts: pa.Array) -> pa.Array:
    """The interval that a text with a unit says: ``3.81 d``, ``42.8ms``."""
    values = np.zeros(len(texts), np.int64)
    for shape in shapes_of(texts):
        found = _DURATION.fullmatch(shape.text)
        if not found:
            text = shape.example()
            problem = f"duration is not a valid data duration string: {text}" if text else "duration is empty"
            raise error("INVALID_FUNCTION_ARGUMENT", problem)
        unit = _MILLISECONDS.get(found[2].decode())
        if unit is None:
            raise error("INVALID_FUNCTION_ARGUMENT", f"Unknown time unit: {found[2].decode()}")
        contents, codes = shape.distinct(*found.span(1))
        numbers = np.asarray(pa.array(contents, pa.binary()).cast(pa.string()).cast(pa.float64()))
        milliseconds = np.floor(numbers * unit + 0.5)
        if (milliseconds >= 2.0**63).any():
            text = f"value is too large for requested time unit: {shape.example()}"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
        values[shape.rows] = milliseconds.astype(np.int64)[codes]
    return from_integers(values, presence(texts), pa.duration("ms"))


_UNITS = (("week", 604_800, 2**62), ("day", 86_400, 7), ("hour", 3_600, 24), ("minute", 60, 60), ("second", 1, 60))


@FAMILY.kernel("human_readable_seconds(double) -> varchar", raises=True)
def _human_readable_seconds(seconds: pa.Array) -> pa.Array:
    """Seconds in words: ``1 week, 2 days, 3 hours, 4 minutes, 5 seconds``."""
    numbers = np.asarray(seconds.fill_null(0.0))
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        value = numbers[wrong[0]]
        text = "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid argument found: {text}")
    # Java's long takes what is too great as its greatest value.
    amounts = np.floor(np.minimum(np.abs(numbers), 2.0**63 - 1024) + 0.5).astype(np.int64)
    composer = Composer(len(amounts))
    begun = np.zeros(len(amounts), np.bool_)
    for name, length, cycle in _UNITS:
        counts = amounts // length % cycle
        shown = counts > 0 if name != "second" else (counts > 0) | ~begun
        composer.optional(", ", shown & begun)
        composer.number(counts, where=shown)
        composer.optional(f" {name}", shown)
        composer.optional("s", shown & (counts != 1))
        begun = begun | shown
    return composer.finish(presence(seconds))
