"""Text as dates and times by a pattern: ``date_parse``, ``parse_datetime``, ``to_date``, ``to_timestamp``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from owlake.errors import OwlakeError
from owlake.functions.arrays import by_distinct, from_integers
from owlake.functions.datetime.family import FAMILY
from owlake.functions.registry import CallSite, Execution
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.functions.temporal.pattern_reading import LocalColumn, read_pattern
from owlake.functions.temporal.patterns import Element, joda_pattern, mysql_pattern, names_zone, teradata_pattern
from owlake.ir.expressions import Constant
from owlake.types.arrow import TIMESTAMP_WITH_ANY_ZONE
from owlake.types.model import BOOLEAN, TimestampWithTimeZone, Type

if TYPE_CHECKING:
    from owlake.ir.expressions import Expression


def _read(
    texts: pa.Array | pa.Scalar,
    patterns: pa.Array | pa.Scalar,
    safe: pa.Scalar,
    elements: Callable[[str], tuple[Element, ...]],
    finish: Callable[[LocalColumn], pa.Array],
    type_: pa.DataType,
) -> pa.Array:
    def call(pattern: str, rows: pa.Array) -> pa.Array:
        return finish(read_pattern(rows, elements(pattern), safe=safe.as_py()))

    return by_distinct(patterns, [texts], call, type_)


def _timestamps(column: LocalColumn) -> pa.Array:
    return from_integers(np.where(column.ok, column.values, 0), column.ok, pa.timestamp("us"))


def _dates(column: LocalColumn) -> pa.Array:
    days = np.where(column.ok, column.values // MICROSECONDS_OF_A_DAY, 0)
    return from_integers(days, column.ok, pa.date32())


def _parse(texts: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar, safe: pa.Scalar) -> pa.Array:
    return _read(texts, patterns, safe, mysql_pattern, _timestamps, pa.timestamp("us"))


def _to_timestamps(texts: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar, safe: pa.Scalar) -> pa.Array:
    return _read(texts, patterns, safe, teradata_pattern, _timestamps, pa.timestamp("us"))


def _to_dates(texts: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar, safe: pa.Scalar) -> pa.Array:
    return _read(texts, patterns, safe, teradata_pattern, _dates, pa.date32())


def _told_whether_safe(kernel: Callable[..., Any], description: str) -> Callable[[CallSite], str]:
    """An implementation whose kernel itself gives NULL for what fails under TRY: all rows at once."""

    def implementation(site: CallSite) -> str:
        return site.kernel(kernel, [*site.arguments, Constant(BOOLEAN, site.safe)], site.type)

    implementation.__doc__ = description
    return implementation


for _signature, _kernel, _description in (
    (
        "date_parse(varchar(x), varchar(y)) -> timestamp(3)",
        _parse,
        "The moment that a text says by a pattern of MySQL: ``%Y-%m-%d %H:%i:%s``",
    ),
    (
        "to_timestamp(varchar, varchar) -> timestamp(3)",
        _to_timestamps,
        "The moment that a text says by a pattern of Teradata: ``yyyy-mm-dd hh24:mi:ss``",
    ),
    (
        "to_date(varchar, varchar) -> date",
        _to_dates,
        "The date that a text says by a pattern of Teradata: ``yyyy-mm-dd``",
    ),
):
    FAMILY.sql(_signature, raises=True, execution=Execution.KERNEL)(_told_whether_safe(_kernel, _description))


# With time zone -------------------------------------------------------------------------------------------------


def _zoned_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    """In UTC, the session's zone, where a pattern that is known names no zone."""
    pattern = arguments[1]
    if not isinstance(pattern, Constant) or pattern.value is None:
        return TimestampWithTimeZone(3)
    try:
        named = names_zone(joda_pattern(pattern.value, 0))
    except OwlakeError:
        # It fails when a row asks for it.
        named = True
    return TimestampWithTimeZone(3, None if named else "UTC")


def _parse_zoned(
    texts: pa.Array | pa.Scalar, patterns: pa.Array | pa.Scalar, start: pa.Scalar, zoned: pa.Scalar, safe: pa.Scalar
) -> pa.Array:
    year = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start.as_py())).year
    type_ = TIMESTAMP_WITH_ANY_ZONE if zoned.as_py() else pa.timestamp("us", "UTC")

    def finish(column: LocalColumn) -> pa.Array:
        return column.in_milliseconds(safe=safe.as_py()).array(type_)

    return _read(texts, patterns, safe, lambda pattern: joda_pattern(pattern, year), finish, type_)


@FAMILY.sql(
    "parse_datetime(varchar(x), varchar(y)) -> timestamp(3) with time zone",
    returns=_zoned_type,
    raises=True,
    execution=Execution.KERNEL,
    starts=True,
)
def _parse_datetime(site: CallSite) -> str:
    """The moment that a text says by a pattern of Joda-Time: ``yyyy-MM-dd HH:mm:ss Z``."""
    assert isinstance(site.type, TimestampWithTimeZone)
    zoned = Constant(BOOLEAN, site.type.zone is None)
    return site.kernel(_parse_zoned, [*site.arguments, zoned, Constant(BOOLEAN, site.safe)], site.type)
