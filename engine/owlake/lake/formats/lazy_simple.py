"""LazySimpleSerDe: delimited text without quotes, Athena's default for text.

https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html. Values that do not parse are NULL; a line's missing
fields are NULL, its surplus ones are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from owlake.lake.formats.base import ScanRequest, is_true
from owlake.lake.formats.text.fields import DelimitedSplitter
from owlake.lake.formats.text.nested import LazyOptions, lazy_converter
from owlake.lake.formats.text.reader import TextColumn, text_scans
from owlake.lake.formats.text.timestamps import custom_timestamps
from owlake.lake.model import FileScan

_DEFAULT_SEPARATORS = bytes([*range(1, 9), 11, *range(14, 27), 28, 29])
"""Control characters, but neither those that end lines or are blanks nor escape."""
_LEVELS = 8


class LazySimpleFormat:
    """Text files of delimited fields."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan over all files."""
        options = lazy_options(request.properties)
        columns = [
            TextColumn(column.name, request.ordinal(column.name), lazy_converter(column.type, options))
            for column in request.columns
        ]
        last = len(request.table.storage.columns)
        takes_rest = last if is_true(request.properties, "serialization.last.column.takes.rest") else None
        return text_scans(
            request, columns, partial(DelimitedSplitter, options.separators[0], options.escape, takes_rest)
        )


def lazy_options(properties: Mapping[str, str]) -> LazyOptions:
    """From the SerDe's properties. A delimiter may be given as itself or as the number of its byte."""
    is_extended = is_true(properties, "hive.serialization.extend.nesting.levels")
    separators = bytearray(_DEFAULT_SEPARATORS if is_extended else _DEFAULT_SEPARATORS[:_LEVELS])
    names = (("field.delim", "serialization.format"), ("collection.delim", "colelction.delim"), ("mapkey.delim",))
    for position, keys in enumerate(names):
        text = next((properties[key] for key in keys if properties.get(key)), None)
        if text is not None:
            separators[position] = _byte(text)
    escape = properties.get("escape.delim")
    return LazyOptions(
        bytes(separators),
        properties.get("serialization.null.format", "\\N").encode(),
        _byte(escape or "\\") if escape is not None else None,
        is_true(properties, "hive.lazysimple.extended_boolean_literal"),
        custom_timestamps(properties["timestamp.formats"]) if properties.get("timestamp.formats") else None,
    )


def _byte(text: str) -> int:
    """``Byte.parseByte``, else the first character's lowest byte."""
    try:
        number = int(text)
    except ValueError:
        return ord(text[0]) & 0xFF
    return number & 0xFF if -0x80 <= number < 0x80 else ord(text[0])
