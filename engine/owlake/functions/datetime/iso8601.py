"""ISO 8601: ``from_iso8601_date``, ``from_iso8601_timestamp``, ``to_iso8601``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Integers, from_integers, integers, presence
from owlake.functions.composing import Composer
from owlake.functions.datetime.family import FAMILY, ZONED, precision_of
from owlake.functions.registry import CallSite, Execution
from owlake.functions.shapes import Shape
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.functions.temporal.conversions import MICROSECONDS_OF_A_MINUTE
from owlake.functions.temporal.pattern_reading import (
    Fields,
    LocalColumn,
    fraction,
    malformed,
    offset_zone,
    put_zone,
    read_fields,
    signed,
)
from owlake.functions.temporal.reading import rounded_fraction
from owlake.functions.temporal.writing import date_to_text, write_offset, write_timestamp
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.ir.expressions import Constant
from owlake.types.arrow import TIMESTAMP_WITH_ANY_ZONE
from owlake.types.model import BIGINT, BOOLEAN, TimestampWithTimeZone, Type, Varchar
from owlake.types.text import InvalidTextError, normal_zone

if TYPE_CHECKING:
    from owlake.ir.expressions import Expression

# Reading --------------------------------------------------------------------------------------------------------

_DATE_FORMS = (
    r"(?P<year>[+-]?\d{1,9})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?",
    r"(?P<weekyear>[+-]?\d{1,9})-[Ww](?P<week>\d{1,2})(?:-(?P<day_of_week>\d))?",
    r"(?P<year>[+-]?\d{1,9})-(?P<day_of_year>\d{1,3})",
)
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[.,](?P<hour_part>\d{1,9})|:(?P<minute>\d{1,2})"
    r"(?:[.,](?P<minute_part>\d{1,9})|:(?P<second>\d{1,2})(?:[.,](?P<second_part>\d{1,9})\d*)?)?)?"
)
_OFFSET = r"(?P<zone>[Zz]|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)"
_MOMENT_FORMS = (
    *(f"{date}(?:[Tt](?:{_CLOCK})?(?:{_OFFSET})?)?" for date in _DATE_FORMS),
    f"[Tt]{_CLOCK}(?:{_OFFSET})?",
)
_PARTS = {"hour_part": ("fraction_of_hour", 3_600_000), "minute_part": ("fraction_of_minute", 60_000),
          "second_part": ("millisecond", 1000)}  # fmt: skip
_SIGNED = frozenset({"year", "weekyear"})


def _compiled(forms: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    return tuple(re.compile(form.encode()) for form in forms)


_DATES, _MOMENTS = _compiled(_DATE_FORMS), _compiled(_MOMENT_FORMS)


def _read(texts: pa.Array, forms: tuple[re.Pattern[bytes], ...], *, safe: bool) -> LocalColumn:
    def reader(shape: Shape) -> Fields | None:
        found = next(filter(None, (form.fullmatch(shape.text) for form in forms)), None)
        return _fields(shape, found) if found else None

    def complaint(text: str) -> str:
        ends = [found.end() if (found := form.match(text.encode())) else 0 for form in forms]
        return malformed(text, max(ends))

    return read_fields(texts, reader, complaint, safe=safe)


def _fields(shape: Shape, found: re.Match[bytes]) -> Fields:
    fields = Fields(np.ones(len(shape.rows), np.bool_))
    for name, text in found.groupdict().items():
        if text is None:
            continue
        start, stop = found.span(name)
        if name == "zone":
            put_zone(fields, shape, start, stop, _offset)
        elif name in _PARTS:
            field, whole = _PARTS[name]
            fields.settings.append((field, fraction(shape, start, stop, whole)))
        else:
            value = signed(shape, start, stop) if name in _SIGNED else shape.number(start, stop)
            fields.settings.append((name, value))
    return fields


def _offset(text: str) -> str:
    return "UTC" if text in ("Z", "z") else offset_zone(text)


def _to_dates(texts: pa.Array, safe: pa.Scalar) -> pa.Array:
    with suppress(pa.ArrowInvalid):
        # Right where every text is a date like 2020-05-11; it refuses all other forms.
        return texts.cast(pa.date32())
    column = _read(texts, _DATES, safe=safe.as_py())
    days = np.where(column.ok, column.values // MICROSECONDS_OF_A_DAY, 0)
    return from_integers(days, column.ok, pa.date32())


def _to_moments(texts: pa.Array, safe: pa.Scalar) -> pa.Array:
    column = _read(texts, _MOMENTS, safe=safe.as_py())
    return column.in_milliseconds(safe=safe.as_py()).array(TIMESTAMP_WITH_ANY_ZONE)


_NANOSECONDS = re.compile(
    rb"([+-]?0{4,10})-(00)-(00)[Tt](00):(00)(?::(00)(?:\.(0{0,9}))?)?"
    rb"([Zz]|[+-]00(?::00(?::00)?)?)?(?:\[(.+)\])?"
)


def _to_nanoseconds(texts: pa.Array, safe: pa.Scalar) -> pa.Array:
    """Java's ISO_DATE_TIME: fields of full width, a zone in brackets behind the offset."""
    finer = np.zeros(len(texts), np.int64)

    def reader(shape: Shape) -> Fields | None:
        found = _NANOSECONDS.fullmatch(shape.text)
        if not found or (found[9] and not found[8]):
            return None
        fields = Fields(np.ones(len(shape.rows), np.bool_))
        for group, name in enumerate(("year", "month", "day", "hour", "minute", "second"), 1):
            if found[group]:
                fields.settings.append((name, signed(shape, *found.span(group))))
        if found[7]:
            start, stop = found.span(7)
            finer[shape.rows] = rounded_fraction(shape.number(start, stop), stop - start, 6)
        if found[8]:
            put_zone(fields, shape, *found.span(9 if found[9] else 8), _zone if found[9] else _offset)
        return fields

    def complaint(text: str) -> str:
        return f"Text '{text}' could not be parsed"

    column = read_fields(texts, reader, complaint, safe=safe.as_py())
    column.values += finer
    return column.zoned().array(TIMESTAMP_WITH_ANY_ZONE)


def _zone(text: str) -> str:
    if not text[:1].isalpha():
        raise InvalidTextError(text)
    return normal_zone(text)


def _declare_reader(signature: str, kernel: Callable[..., Any], description: str) -> None:
    """Declare a function that itself gives NULL for what fails under TRY: all rows at once."""

    def implementation(site: CallSite) -> str:
        return site.kernel(kernel, [*site.arguments, Constant(BOOLEAN, site.safe)], site.type)

    implementation.__doc__ = description
    FAMILY.sql(signature, raises=True, execution=Execution.KERNEL)(implementation)


_declare_reader("from_iso8601_date(varchar(x)) -> date", _to_dates, "The date of a text in ISO 8601: ``2020-05-11``")
_declare_reader(
    "from_iso8601_timestamp(varchar(x)) -> timestamp(3) with time zone",
    _to_moments,
    "The moment of a text in ISO 8601: ``2020-05-11T11:15:05.055+01:00``",
)
_declare_reader(
    "from_iso8601_timestamp_nanos(varchar(x)) -> timestamp(9) with time zone",
    _to_nanoseconds,
    "The moment of a text in ISO 8601, with up to nine digits of a second, rounded to microseconds",
)


# Writing --------------------------------------------------------------------------------------------------------

_MOMENT_LENGTH, _OFFSET_LENGTH = 22, 6
"""A sign and six digits of the year among them."""


def _text_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    type_ = arguments[0].type
    precision = precision_of(type_)
    zone = _OFFSET_LENGTH if isinstance(type_, TimestampWithTimeZone) else 0
    return Varchar(_MOMENT_LENGTH + min(precision, 1) + precision + zone)


FAMILY.kernel("to_iso8601(date) -> varchar(16)")(date_to_text)


def _moments_to_text(moments: pa.Array, precision: pa.Scalar) -> pa.Array:
    composer = Composer(len(moments))
    write_timestamp(composer, integers(moments), precision.as_py(), "T")
    return composer.finish(presence(moments))


def _zoned_to_text(moments: pa.Array, precision: pa.Scalar) -> pa.Array:
    """Moments with their offsets.

    Errors: INVALID_ARGUMENTS for an offset with seconds, which ISO 8601 does not have.
    """
    zoned = ZonedColumn.of(moments)
    offsets = zoned.offsets()
    if zoned.present is not None:
        offsets = np.where(zoned.present, offsets, 0)
    _refuse_seconds(offsets)
    composer = Composer(len(offsets))
    write_timestamp(composer, zoned.instants + offsets, precision.as_py(), "T")
    if not offsets.any():
        composer.literal("Z")
        return composer.finish(zoned.present)
    write_offset(composer, offsets // MICROSECONDS_OF_A_MINUTE)
    texts = composer.finish(zoned.present)
    if offsets.all():
        return texts
    in_utc = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, -_OFFSET_LENGTH), "Z", "")
    return pc.if_else(pa.array(offsets == 0), in_utc, texts)


def _refuse_seconds(offsets: Integers) -> None:
    odd = np.flatnonzero(offsets % MICROSECONDS_OF_A_MINUTE)
    if not len(odd):
        return
    seconds = int(offsets[odd[0]]) // 1_000_000
    sign = "-" if seconds < 0 else "+"
    seconds = abs(seconds)
    shown = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    text = f"Timezone with non-zero seconds offset cannot be rendered as ISO8601: {shown}"
    raise error("INVALID_ARGUMENTS", text)


@FAMILY.sql("to_iso8601(timestamp(p)) -> varchar", returns=_text_type, execution=Execution.KERNEL)
def _timestamp_to_iso8601(site: CallSite) -> str:
    """The moment in ISO 8601."""
    precision = Constant(BIGINT, precision_of(site.arguments[0].type))
    return site.kernel(_moments_to_text, [*site.arguments, precision], site.type)


@FAMILY.sql(f"to_iso8601({ZONED}) -> varchar", returns=_text_type, raises=True, execution=Execution.KERNEL)
def _zoned_to_iso8601(site: CallSite) -> str:
    """The moment in ISO 8601, with its offset from UTC."""
    precision = Constant(BIGINT, precision_of(site.arguments[0].type))
    return site.kernel(_zoned_to_text, [*site.arguments, precision], site.type)
