"""Lines of JSON that are written alike: flat objects with the same keys in the same order, spaced the same way.

Most logs are. All lines then have the same text before each value, and cutting them at their commas takes half of
what a parser of JSON does. What was cut is looked at afterwards: the text before each value, its quotes, the form of
each number. Where anything is other than on the first line the block is nobody's business here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from owlake.lake.formats.text.values import bytes_of, offsets_of

_KEY = re.compile(rb'(?P<open>\{?) *"(?P<key>[^"]+)" *: *(?P<quote>"?)')
_SCALAR = r"^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false)$"
_MINUS, _POINT, _ZERO, _NINE, _LETTER_E = b"-.09e"
_COMMA, _LINE_FEED, _BACKSLASH = b",\n\\"

Characters = np.ndarray[tuple[int], np.dtype[np.uint8]]
Places = NDArray[np.int64]


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


@dataclass(frozen=True, slots=True)
class _Pieces:
    """For each line one piece of it: where it begins and ends in the characters of all lines."""

    characters: Characters
    begins: Places
    ends: Places

    def between(self, start: bytes, end: bytes) -> _Pieces | None:
        """The pieces without their start and end; None where one does not have them."""
        # One quote may not be both, the start and the end.
        if int((self.ends - self.begins).min()) < len(start) + len(end):
            return None
        if not (self._have(self.begins, start) and self._have(self.ends - len(end), end)):
            return None
        return _Pieces(self.characters, self.begins + len(start), self.ends - len(end))

    def values(self) -> pa.Array:
        """The pieces as bytes."""
        count = len(self.begins)
        offsets = np.empty(2 * count, np.int32)
        offsets[::2], offsets[1::2] = self.begins, self.ends
        # Every other value is what lies between two pieces.
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self.characters)]
        both = pa.Array.from_buffers(pa.binary(), 2 * count - 1, buffers)
        return pc.take(both, pa.array(np.arange(0, 2 * count, 2, dtype=np.int32)), boundscheck=False)

    def _have(self, places: Places, text: bytes) -> bool:
        """Whether the text stands at every place. It is compared by the widest words that fit; the last may overlap."""
        width = next((one for one in (8, 4, 2, 1) if one <= len(text)), 1)
        word = np.dtype(f"<u{width}")
        words = np.ndarray(max(len(self.characters) - width + 1, 0), word, self.characters, strides=(1,))
        for start in (*range(0, len(text) - width, width), len(text) - width) if text else ():
            wanted = np.frombuffer(text, word, 1, start)[0]
            if not (words[places + start if start else places] == wanted).all():
                return False
        return True


def read_alike(data: bytes) -> list[AlikeColumn] | None:
    """The columns of lines that are alike, in their order; None where they are not. ``data`` is UTF-8."""
    characters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(characters == _LINE_FEED)
    if not len(ends) or ends[-1] != len(data) - 1:
        return None
    return _columns(characters, np.concatenate(([0], ends[:-1] + 1)), ends)


def read_alike_records(records: pa.BinaryArray) -> list[AlikeColumn] | None:
    """The same for values that hold a line each."""
    offsets = offsets_of(records).astype(np.int64)
    offsets -= offsets[0]
    return _columns(bytes_of(records), offsets[:-1], offsets[1:])


def _columns(characters: Characters, begins: Places, ends: Places) -> list[AlikeColumn] | None:
    first = characters[begins[0] : ends[0]].tobytes()
    commas = _by_row(np.flatnonzero(characters == _COMMA), begins, ends, first.count(b","))
    if commas is None:
        return None
    bounds = [begins - 1, *commas, ends]
    if (characters == _BACKSLASH).any():
        return None
    layout = [_KEY.match(piece) for piece in first.split(b",")]
    if not all(one is not None and bool(one["open"]) == (number == 0) for number, one in enumerate(layout)):
        return None
    closing = b"}\r" if first.endswith(b"\r") else b"}"
    columns: list[AlikeColumn] = []
    for number, (match, before, after) in enumerate(zip(layout, bounds[:-1], bounds[1:], strict=True)):
        is_last = number == len(layout) - 1
        found = match and _column(match, _Pieces(characters, before + 1, after), closing if is_last else b"")
        if found is None:
            return None
        columns.append(found)
    return columns


def _by_row(places: Places, begins: Places, ends: Places, count: int) -> list[Places] | None:
    """The first of so many places in every row, then the second, ...; None where one has more or less of them."""
    if len(places) != count * len(begins):
        return None
    found = list(np.ascontiguousarray(places.reshape(-1, count).T)) if count else []
    return found if all((one >= begins).all() and (one < ends).all() for one in found) else None


def _column(first: re.Match[bytes], pieces: _Pieces, end: bytes) -> AlikeColumn | None:
    """What stands between the text before the first line's value and ``end``."""
    key, quote = first["key"].decode(), first["quote"]
    found = pieces.between(first[0], quote + end) if quote else None
    if found is not None:
        return _texts(key, found)
    found = pieces.between(first[0].removesuffix(b'"'), end)
    if found is None:
        return None
    values = found.values()
    is_null = pc.equal(values, pa.scalar(b"null", pa.binary()))
    if pc.any(is_null).as_py():
        values = pc.if_else(is_null, pa.scalar(None, pa.binary()), values)
    if not pc.any(pc.starts_with(values, pattern=b'"')).as_py():
        return AlikeColumn(key, values, is_text=False)
    return _quoted(key, values)


def _texts(key: str, pieces: _Pieces) -> AlikeColumn | None:
    values = pieces.values()
    return None if b'"' in bytes_of(values).tobytes() else AlikeColumn(key, values, is_text=True)


def _quoted(key: str, values: pa.Array) -> AlikeColumn | None:
    """Texts in quotes, some of them NULL; None where one is neither."""
    quote = b'"'
    if not _all(pc.and_(pc.starts_with(values, pattern=quote), pc.ends_with(values, pattern=quote))):
        return None
    shortest = pc.min(pc.binary_length(values)).as_py()
    if shortest is not None and shortest < 2 * len(quote):
        return None
    texts = pc.binary_slice(values, len(quote), -len(quote))
    return None if quote in bytes_of(texts).tobytes() else AlikeColumn(key, texts, is_text=True)


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
