"""Lines of JSON that are written alike: flat objects with the same keys in the same order, spaced the same way.

Most logs are. All lines then have the same text before each value, and cutting them at their commas as if they were CSV
takes half the time of a parser of JSON. What was cut is looked at afterwards: the text before each value, its quotes,
the form of each number. Where anything is other than on the first line the block is nobody's business here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from owlake.lake.formats.text.values import bytes_of, offsets_of

_KEY = re.compile(rb'(?P<open>\{?) *"(?P<key>[^"]+)" *: *(?P<quote>"?)')
_SCALAR = r"^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false)$"
_MINUS, _POINT, _ZERO, _NINE, _LETTER_E = b"-.09e"
_MOST_BYTES = 1 << 30
"""No slice is longer. (Without an end Arrow's kernel counts wrong.)"""


@dataclass(frozen=True, slots=True)
class AlikeColumn:
    """The values of one key, in bytes: what stands in quotes (``is_text``), or the values as they are written."""

    key: str
    values: pa.Array
    is_text: bool

    def as_type(self, type_: pa.DataType) -> pa.Array | None:
        """The values as strict readers of JSON have them; None where one is of another kind."""
        if self.values.null_count == len(self.values):
            return pa.nulls(len(self.values), type_)
        if self.is_text != pa.types.is_string(type_):
            return None
        if self.is_text:
            # The whole is UTF-8, and was cut at characters.
            return self.values.view(type_)
        if pa.types.is_boolean(type_):
            return _booleans(self.values)
        return None if pa.types.is_nested(type_) else _numbers(self.values, type_)

    @property
    def is_proper(self) -> bool:
        """Whether every value is one of JSON, whatever its kind."""
        if self.is_text or _numbers(self.values, pa.float64()) is not None:
            return True
        return _all(pc.match_substring_regex(self.values, _SCALAR))


def read_alike(data: bytes) -> list[AlikeColumn] | None:
    """The columns of lines that are alike, in their order; None where they are not. ``data`` is UTF-8."""
    if b"\\" in data:
        return None
    layout = [_KEY.match(piece) for piece in data[: data.index(b"\n")].split(b",")]
    if not all(one is not None and bool(one["open"]) == (number == 0) for number, one in enumerate(layout)):
        return None
    cut = _cut(data, len(layout))
    columns: list[AlikeColumn] = []
    for number, pieces in enumerate(cut or ()):
        first = layout[number]
        found = first and _column(first, pieces, b"}" if number == len(layout) - 1 else b"")
        if found is None:
            return None
        columns.append(found)
    return columns or None


def _cut(data: bytes, count: int) -> Sequence[pa.Array] | None:
    """The lines' pieces between commas; None unless every line has so many of them."""
    names = [str(number) for number in range(count)]
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            csv.ParseOptions(quote_char=False, double_quote=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary())),
        )
    except pa.ArrowInvalid:
        return None
    return [column.chunk(0) for column in table.columns]


def _column(first: re.Match[bytes], pieces: pa.Array, end: bytes) -> AlikeColumn | None:
    """What stands between the text before the first line's value and ``end``."""
    key, quote = first["key"].decode(), first["quote"]
    texts = _between(pieces, first[0], quote + end) if quote else None
    if texts is None:
        values = _between(pieces, first[0].removesuffix(b'"'), end)
        if values is None:
            return None
        is_null = pc.equal(values, pa.scalar(b"null", pa.binary()))
        if pc.any(is_null).as_py():
            values = pc.if_else(is_null, pa.scalar(None, pa.binary()), values)
        if not pc.any(pc.starts_with(values, pattern=b'"')).as_py():
            return AlikeColumn(key, values, is_text=False)
        texts = _between(values, b'"', b'"')
    if texts is None or b'"' in bytes_of(texts).tobytes():
        return None
    return AlikeColumn(key, texts, is_text=True)


def _between(pieces: pa.Array, start: bytes, end: bytes) -> pa.Array | None:
    """The pieces without their start and end; None where one does not have them."""
    if not _all(pc.starts_with(pieces, pattern=start)) or not _all(pc.ends_with(pieces, pattern=end)):
        return None
    # One quote may not be both, the start and the end.
    shortest = pc.min(pc.binary_length(pieces)).as_py()
    if shortest is not None and shortest < len(start) + len(end):
        return None
    return pc.binary_slice(pieces, len(start), -len(end) if end else _MOST_BYTES)


def _booleans(values: pa.Array) -> pa.Array | None:
    is_true, is_false = (pc.equal(values, pa.scalar(word, pa.binary())) for word in (b"true", b"false"))
    return is_true if _all(pc.or_(is_true, is_false)) else None


def _numbers(values: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """The values as numbers; None where one is no number of JSON, or none of the type."""
    if not _are_numbers(values.drop_null() if values.null_count else values):
        return None
    # A float is a double first, to every reader that has no column in mind.
    steps = [pa.float64(), type_] if pa.types.is_floating(type_) else [type_]
    try:
        numbers = values.view(pa.string())
        for step in steps:
            numbers = numbers.cast(step)
    except pa.ArrowInvalid:
        return None
    return numbers


def _are_numbers(values: pa.Array) -> bool:
    """Whether what Arrow reads as numbers JSON does too: not ``007``, ``0x7``, ``.7``, ``7.``, ``7.e7`` or ``nan``."""
    characters = bytes_of(values)
    offsets = offsets_of(values).astype(np.int64)
    offsets -= offsets[0]
    begin, end = offsets[:-1], offsets[1:]
    if not (end > begin).all():
        return False
    text = characters.tobytes()
    if b"e" in text or b"E" in text:
        places = np.flatnonzero(characters | 0x20 == _LETTER_E)
        rows = np.unique(np.searchsorted(end, places, side="right"))
        if not _all(pc.match_substring_regex(values.take(pa.array(rows)), _SCALAR)):
            return False
    if b"-" in text:
        begin = begin + (characters[begin] == _MINUS)
        if not (end > begin).all():
            return False
    first = characters[begin]
    behind_zero = begin[first == _ZERO] + 1
    behind_zero = behind_zero[behind_zero < end[first == _ZERO]]
    return _are_digits(first) and _are_digits(characters[end - 1]) and bool((characters[behind_zero] == _POINT).all())


def _are_digits(characters: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> bool:
    return not len(characters) or bool(characters.min() >= _ZERO and characters.max() <= _NINE)


def _all(marks: pa.Array) -> bool:
    """Whether all that are not NULL are set."""
    return pc.all(marks).as_py() is not False
