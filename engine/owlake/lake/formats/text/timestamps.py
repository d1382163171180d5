"""``timestamp.formats``: a table's own forms of timestamps, tried in their order before the usual ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from owlake.errors import error
from owlake.lake.formats.text.values import lenient_timestamp
from owlake.lake.projection.patterns import DatePattern, PatternError, TextError, compile_pattern

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (everything is UTC)
_SEPARATOR = re.compile(r"(?<!\\),")
_MILLISECONDS = re.compile(r"(-?\d{1,18})(?:\.\d+)?", re.ASCII)


def custom_timestamps(formats: str) -> Callable[[str], int | None]:
    r"""A reader of one timestamp, in microseconds: patterns between commas (``\,`` is a comma), or ``millis``."""
    readers = [_reader(pattern.replace("\\,", ",")) for pattern in _SEPARATOR.split(formats) if pattern]

    def read(text: str) -> int | None:
        for reader in readers:
            found = reader(text.strip())
            if found is not None:
                return found
        return lenient_timestamp(text)

    return read


def _reader(pattern: str) -> Callable[[str], int | None]:
    if pattern.strip().lower() == "millis":
        return _read_milliseconds
    try:
        compiled = compile_pattern(pattern)
    except PatternError as problem:
        raise error("HIVE_INVALID_METADATA", f"Invalid timestamp.formats property: {problem}") from problem
    return lambda text: _read_pattern(compiled, text)


def _read_milliseconds(text: str) -> int | None:
    found = _MILLISECONDS.fullmatch(text)
    return int(found[1]) * 1000 if found else None


def _read_pattern(pattern: DatePattern, text: str) -> int | None:
    try:
        since = pattern.parse(text) - _EPOCH
    except TextError:
        return None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
