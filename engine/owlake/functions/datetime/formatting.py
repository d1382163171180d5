"""Dates and times as text by a pattern: ``date_format``, ``format_datetime``, Teradata's ``to_char``."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import by_distinct
from owlake.functions.datetime.family import FAMILY, ZONED
from owlake.functions.temporal.pattern_writing import write_pattern
from owlake.functions.temporal.patterns import Element, joda_pattern, mysql_pattern, names_zone, teradata_pattern
from owlake.functions.temporal.zoned import ZonedColumn

_ANY_YEAR = 2000
"""Patterns depend on the year in what they read alone."""


def _written(
    moments: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar, elements: Callable[[str], tuple[Element, ...]]
) -> pa.Array:
    def call(pattern: str, rows: pa.Array) -> pa.Array:
        return write_pattern(ZonedColumn.of(rows), elements(pattern))

    return by_distinct(patterns, [moments], call, pa.string())


@FAMILY.kernel(
    "date_format(timestamp(p), varchar(x)) -> varchar", f"date_format({ZONED}, varchar(x)) -> varchar", raises=True
)
def _date_format(moments: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar) -> pa.Array:
    """The moment as text by a pattern of MySQL: ``%Y-%m-%d %H:%i:%s``."""
    return _written(moments, patterns, mysql_pattern)


def _zoneless_pattern(pattern: str) -> tuple[Element, ...]:
    """A pattern for timestamps without time zone.

    Errors: INVALID_FUNCTION_ARGUMENT for one that writes zones.
    """
    elements = joda_pattern(pattern, _ANY_YEAR)
    if names_zone(elements):
        text = "cannot use 'Z' nor 'z' in format, as this type does not contain TZ information"
        raise error("INVALID_FUNCTION_ARGUMENT", f"format_datetime for TIMESTAMP type, {text}")
    return elements


@FAMILY.kernel("format_datetime(timestamp(p), varchar(x)) -> varchar", raises=True)
def _format_local_datetime(moments: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar) -> pa.Array:
    """The moment as text by a pattern of Joda-Time: ``yyyy-MM-dd HH:mm:ss``."""
    return _written(moments, patterns, _zoneless_pattern)


@FAMILY.kernel(f"format_datetime({ZONED}, varchar(x)) -> varchar", raises=True)
def _format_datetime(moments: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar) -> pa.Array:
    """The moment as text by a pattern of Joda-Time: ``yyyy-MM-dd HH:mm:ss``."""
    return _written(moments, patterns, lambda pattern: joda_pattern(pattern, _ANY_YEAR))


@FAMILY.kernel(f"to_char({ZONED}, varchar) -> varchar", raises=True)
def _to_char(moments: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar) -> pa.Array:
    """The moment as text by a pattern of Teradata: ``yyyy-mm-dd hh24:mi:ss``."""
    return _written(moments, patterns, teradata_pattern)
