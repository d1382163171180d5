"""Format strings, held to what Java makes of them."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from owlake.functions.conversion.java_formatter import FormatError, format_java
from owlake.functions.conversion.java_values import JavaValue

VECTORS = json.loads((Path(__file__).parent / "format_vectors.json").read_text())["vectors"]


def zoned(text):
    moment, bracket, zone = text.rstrip("]").replace("Z[", "+00:00[").partition("[")
    if not bracket:
        return JavaValue(datetime.fromisoformat(moment), "java.time.ZonedDateTime", moment[-6:])
    return JavaValue(datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)), "java.time.ZonedDateTime", zone)


READERS = {
    "n": lambda _: None,
    "b": lambda text: JavaValue(text == "true", "java.lang.Boolean"),
    "l": lambda text: JavaValue(int(text), "java.lang.Long"),
    "d": lambda text: JavaValue(float(text), "java.lang.Double"),
    "f": lambda text: JavaValue(float(np.float32(text)), "java.lang.Float"),
    "D": lambda text: JavaValue(Decimal(text), "java.math.BigDecimal"),
    "s": lambda text: JavaValue(text, "java.lang.String"),
    "L": lambda text: JavaValue(date.fromisoformat(text), "java.time.LocalDate"),
    "T": lambda text: JavaValue(datetime.fromisoformat(text), "java.time.LocalDateTime"),
    "t": lambda text: JavaValue(time.fromisoformat(text), "java.time.LocalTime"),
    "Z": zoned,
}


def formatted(text, values):
    try:
        found = format_java(text, [READERS[value[0]](value[1:]) for value in values])
    except FormatError as problem:
        return f"ERR {problem}"
    escaped = found.replace("\n", "\\n")
    return f"OK {escaped}"


def test_formats_give_what_java_gives():
    assert len(VECTORS) > 800
    assert [[text, values, formatted(text, values)] for text, values, _ in VECTORS] == VECTORS


@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_are_grouped_as_python_groups_them(number):
    assert format_java("%,d", [JavaValue(number, "java.lang.Long")]) == f"{number:,}"


@given(st.decimals(-(10**12), 10**12, places=9, allow_nan=False), st.integers(0, 9))
def test_decimals_are_rounded_half_up(number, places):
    exact = number.copy_abs().quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP")
    sign = "-" if number < 0 else ""
    assert format_java(f"%.{places}f", [JavaValue(number, "java.math.BigDecimal")]) == f"{sign}{exact:f}"


@given(st.text(st.characters(exclude_characters="%", exclude_categories=["Cs"])), st.integers(1, 20))
def test_texts_are_padded(text, width):
    assert format_java(f"%{width}s|%<-{width}s", [JavaValue(text, "java.lang.String")]) == (
        f"{text.rjust(width)}|{text.ljust(width)}"
    )
