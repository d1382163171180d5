"""OpenCSVSerDe: comma-separated values with quotes.

https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html. Fields are text first: an empty one is an empty text, and
no number. Dates are days, timestamps milliseconds since 1970. What does not parse fails the query.
"""

from __future__ import annotations

import re
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.lake.formats.base import ScanRequest
from owlake.lake.formats.text.fields import QuotedSplitter
from owlake.lake.formats.text.reader import TextColumn, text_scans
from owlake.lake.formats.text.values import (
    Convert,
    as_text,
    decimals,
    floats,
    integers,
    java_decimal,
    java_float,
    text_of,
)
from owlake.lake.model import FileScan
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_BITS,
    REAL,
    VARBINARY,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Timestamp,
    Type,
    Varchar,
)

_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)


class OpenCsvFormat:
    """Text files of quoted fields."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan over all files."""
        properties = request.properties
        separator = _character(properties.get("separatorChar"), ",")
        quote = _character(properties.get("quoteChar"), '"')
        escape = _character(properties.get("escapeChar"), "\\")
        if separator == "\0":
            raise _invalid("The separator character must be defined!")
        if separator in (quote, escape) or (quote == escape and quote != "\0"):
            raise _invalid("The separator, quote, and escape characters must be different!")
        for character in (separator, quote, escape):
            if not character.isascii():
                raise error("NOT_SUPPORTED", f"OpenCSV characters beyond ASCII are not supported: {character}")
        columns = [
            TextColumn(column.name, request.ordinal(column.name), _converter(column.type)) for column in request.columns
        ]
        return text_scans(request, columns, partial(QuotedSplitter, ord(separator), ord(quote), ord(escape)))


def _character(text: str | None, default: str) -> str:
    return text[0] if text else default


def _invalid(message: str) -> OwlakeError:
    return error("HIVE_INVALID_METADATA", message)


def _converter(type_: Type) -> Convert:
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return integers(bits, partial(_integer, bits)).column
    match type_:
        case Varchar() | Char():
            return partial(text_of, type_)
        case Decimal(precision, scale):
            return decimals(precision, scale, partial(_decimal, precision, scale)).column
        case Timestamp():
            return _timestamp
        case Array() | Map() | Row():
            raise error("GENERIC_INTERNAL_ERROR", "Parent builder is null", hint="OpenCSV holds no nested types.")
        case _ if type_ in (REAL, DOUBLE):
            return floats(32 if type_ == REAL else 64, _float).column
    if type_ == DATE:
        return _date
    if type_ == BOOLEAN:
        return _boolean
    if type_ == VARBINARY:
        return _binary
    raise error("NOT_SUPPORTED", f"Unsupported column type of an OpenCSV file: {type_}")


def _binary(column: pa.Array) -> pa.Array:
    return column.cast(pa.binary())


def _integer(bits: int, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    value = int(text)
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise ValueError(text)
    return value


def _float(text: str) -> float:
    value = java_float(text)
    if value is None:
        raise ValueError(text)
    return value


def _decimal(precision: int, scale: int, text: str) -> object:
    value = java_decimal(text, precision, scale)
    if value is None:
        raise ValueError(text)
    return value


def _boolean(column: pa.Array) -> pa.Array:
    """``Boolean.parseBoolean``: everything but ``true`` is false."""
    return pc.equal(pc.ascii_lower(as_text(column)), "true")


def _date(column: pa.Array) -> pa.Array:
    return integers(32, partial(_integer, 32)).column(column).cast(pa.date32())


def _timestamp(column: pa.Array) -> pa.Array:
    milliseconds = integers(64, partial(_integer, 64)).column(column)
    return milliseconds.cast(pa.timestamp("ms")).cast(pa.timestamp("us"))
