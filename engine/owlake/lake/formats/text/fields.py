"""Cutting blocks of lines into fields, whole columns at a time.

Where every line of a block has the same number of fields, Arrow's CSV parser does it; otherwise the positions of
separators and line ends are found with numpy and the fields taken between them. Fields are bytes as they stand in the
file; a field that a line does not have is NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from owlake.lake.formats.text.values import offsets_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

_LINE_FEED = 0x0A


def count_lines(data: bytes) -> int:
    """How many lines there are. Four times as fast as ``bytes.count``, and other threads go on meanwhile."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == _LINE_FEED))


class Splitter(Protocol):
    """Cuts lines into fields."""

    def split(self, data: bytes, ordinals: Sequence[int]) -> list[pa.Array]:
        """The fields of these ordinals, one array each (text, or bytes), one value for each line of ``data``."""


class DelimitedSplitter:
    """Fields between separators; nothing is quoted. ``escape`` takes the meaning from the byte behind it.

    ``last_takes_rest`` is how many fields there are if the last one reaches to the line's end, separators and all.
    """

    def __init__(self, separator: int, escape: int | None = None, last_takes_rest: int | None = None) -> None:
        self._separator = separator
        self._escape = escape
        self._last_takes_rest = last_takes_rest
        self._is_ragged = False

    def split(self, data: bytes, ordinals: Sequence[int]) -> list[pa.Array]:
        """The fields of these ordinals, escapes still in them."""
        is_plain = self._escape is None or self._escape not in data
        if is_plain and not self._is_ragged and self._last_takes_rest is None:
            columns = parse_regular(data, ordinals, self._separator, quote=None)
            if columns is not None:
                return columns
            self._is_ragged = True  # so will the next blocks be
        lines = _Lines(data, self._separator, None if is_plain else self._escape)
        return [lines.field(ordinal, self._last_takes_rest) for ordinal in ordinals]


class QuotedSplitter:
    """Fields as opencsv 2.3 parses them, line by line: quotes may stand around a field, doubled ones inside.

    Lines on which the quotes stand as the format has it are cut together; on all others, and where there is an
    escape, ``split_quoted_line`` decides.
    """

    def __init__(self, separator: int, quote: int, escape: int) -> None:
        self._separator = separator
        self._quote = quote
        self._escape = escape
        self._is_ragged = False

    def split(self, data: bytes, ordinals: Sequence[int]) -> list[pa.Array]:
        """The fields of these ordinals, without quotes and escapes."""
        has_quotes = self._quote in data
        if not has_quotes and self._escape not in data:
            return self._split_plain(data, ordinals)
        if self._escape not in data and _surround_fields(data, self._separator, self._quote):
            columns = None if self._is_ragged else parse_regular(data, ordinals, self._separator, self._quote)
            # As many rows as line feeds: none of these is inside of quotes.
            if columns and len(columns[0]) == count_lines(data):
                return columns
            self._is_ragged = columns is None  # so will the next blocks be
            if _close_on_their_lines(data, self._quote):
                return self._split_lines(data, ordinals)
        odd = _odd_lines(data, self._separator, self._quote, self._escape)
        if not odd.any():
            return self._split_regular(data, ordinals)
        regular, irregular = _divided(data, odd)
        found = self._split_regular(regular, ordinals) if regular else None
        return _put_together(found, [self._split_line(line, ordinals) for line in irregular], odd, len(ordinals))

    def _split_plain(self, data: bytes, ordinals: Sequence[int]) -> list[pa.Array]:
        columns = parse_regular(data, ordinals, self._separator, quote=None)
        if columns is None:
            lines = _Lines(data, self._separator, None)
            columns = [_without_empty_lines(lines, lines.field(ordinal)) for ordinal in ordinals]
        return columns

    def _split_regular(self, data: bytes, ordinals: Sequence[int]) -> list[pa.Array]:
        columns = parse_regular(data, ordinals, self._separator, self._quote)
        return self._split_lines(data, ordinals) if columns is None else columns

    def _split_lines(self, data: bytes, ordinals: Sequence[int]) -> list[pa.Array]:
        lines = _Lines(data, self._separator, None)
        lines.join_quoted(self._quote)
        return [_without_empty_lines(lines, lines.unquoted_field(ordinal, self._quote)) for ordinal in ordinals]

    def _split_line(self, line: str, ordinals: Sequence[int]) -> list[bytes | None]:
        separator, quote, escape = chr(self._separator), chr(self._quote), chr(self._escape)
        fields = split_quoted_line(line, separator, quote, escape, max(ordinals, default=0) + 1)
        found = (fields[ordinal] if ordinal < len(fields) else None for ordinal in ordinals)
        return [None if field is None else field.encode() for field in found]


def parse_regular(data: bytes, ordinals: Sequence[int], separator: int, quote: int | None) -> list[pa.Array] | None:
    """The fields by Arrow's parser; None unless every line has as many of them as the first one."""
    if separator >= 0x80:
        return None
    first = data[: data.index(b"\n")]
    count = (
        first.count(separator) + 1 if quote is None or quote not in first else _count_quoted(first, separator, quote)
    )
    if not first:
        return None
    names = [str(number) for number in range(count)]
    wanted = {str(ordinal): pa.string() for ordinal in ordinals if ordinal < count} or {"0": pa.string()}
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            csv.ParseOptions(
                delimiter=chr(separator),
                quote_char=chr(quote) if quote is not None else False,
                double_quote=quote is not None,
                ignore_empty_lines=False,
            ),
            csv.ConvertOptions(column_types=wanted, include_columns=list(wanted), check_utf8=not data.isascii()),
        )
    except pa.ArrowInvalid:  # a line with more or fewer fields, or what is not UTF-8
        return None
    found = {name: table.column(name).chunk(0) for name in wanted}
    if not any(_is_never_empty(column) for column in found.values()) and b"\n\n" in data:
        return None  # an empty line has no fields, but Arrow finds empty ones
    return [found.get(str(ordinal), pa.nulls(table.num_rows, pa.string())) for ordinal in ordinals]


def _is_never_empty(column: pa.Array) -> bool:
    return bool(np.diff(offsets_of(column)).all())


def _count_quoted(line: bytes, separator: int, quote: int) -> int:
    """How many fields a well-formed line has: separators inside of quotes are none."""
    outside = line.split(bytes([quote]))[::2]
    return sum(part.count(separator) for part in outside) + 1


def split_quoted_line(line: str, separator: str, quote: str, escape: str, most: int) -> list[str]:
    """The first fields of one line, decided character by character as opencsv's CSVParser does.

    A quote in the middle of a field stays and still toggles whether separators count; an escape counts before quotes
    and escapes only, elsewhere it is dropped; what is left open at the line's end is no field.
    """
    fields: list[str] = []
    field: list[str] = []
    in_quotes = in_field = False
    position, length = 0, len(line)
    while position < length and len(fields) < most:
        character = line[position]
        following = line[position + 1] if position + 1 < length else ""
        if character == escape:
            if (in_quotes or in_field) and following and following in (quote, escape):
                field.append(following)
                position += 1
        elif character == quote:
            if (in_quotes or in_field) and following == quote:
                field.append(quote)
                position += 1
            else:
                if position > 2 and line[position - 1] != separator and following and following != separator:
                    if field and not "".join(field).strip():
                        field.clear()
                    else:
                        field.append(quote)
                in_quotes = not in_quotes
            in_field = not in_field
        elif character == separator and not in_quotes:
            fields.append("".join(field))
            field.clear()
            in_field = False
        else:
            field.append(character)
            in_field = True
        position += 1
    if len(fields) < most and not in_quotes and line:
        fields.append("".join(field))
    return fields


class _Lines:
    """Where the lines of a block and their fields are. Positions are byte offsets."""

    def __init__(self, data: bytes, separator: int, escape: int | None) -> None:

        self._data = data
        self._separator = separator
        self._bytes = np.frombuffer(data, np.uint8)
        is_separator = self._bytes == separator
        if escape is not None:
            is_separator[self._escaped(escape)] = False
        self._set_ends(np.flatnonzero(is_separator | (self._bytes == _LINE_FEED)))

    def _set_ends(self, ends: Positions) -> None:
        """Field ends in order: separators and line ends."""
        self._ends = ends
        last = np.flatnonzero(self._bytes[ends] == _LINE_FEED)
        self._first = np.concatenate(([0], last[:-1] + 1))
        self._counts = last - self._first + 1
        self._line_ends = ends[last]
        self._line_starts = np.concatenate(([0], self._line_ends[:-1] + 1))

    def field(self, ordinal: int, last_takes_rest: int | None = None) -> pa.Array:
        """The field of this ordinal of every line."""
        starts, ends, missing = self._bounds(ordinal)
        if last_takes_rest is not None and ordinal == last_takes_rest - 1:
            ends = self._line_ends
        return self._slices(starts, ends, missing)

    def unquoted_field(self, ordinal: int, quote: int) -> pa.Array:
        """The same without the quotes around it; doubled ones inside are single."""
        starts, ends, missing = self._bounds(ordinal)
        is_quoted = (ends > starts) & (self._bytes[starts] == quote)
        columns = self._slices(np.where(is_quoted, starts + 1, starts), np.where(is_quoted, ends - 1, ends), missing)

        doubled = bytes([quote, quote])
        if doubled in self._data:
            columns = pc.replace_substring(columns, doubled, bytes([quote]))
        return columns

    @property
    def is_empty(self) -> pa.Array:
        """Which lines have no characters."""
        return pa.array(self._line_starts == self._line_ends)

    def join_quoted(self, quote: int) -> None:
        """Separators inside of quotes are none. Only for lines without odd ones."""
        quotes = np.flatnonzero(self._bytes == quote)
        is_inside = np.searchsorted(quotes, self._ends) % 2 == 1
        self._set_ends(self._ends[~is_inside])

    def _bounds(self, ordinal: int) -> tuple[Positions, Positions, Marks]:
        """Starts and ends of a field, and which lines do not have it (there both are the line's end)."""
        missing = self._counts <= ordinal
        at = np.where(missing, self._first, self._first + ordinal)
        ends = np.where(missing, self._line_ends, self._ends[at])
        starts = self._line_starts if ordinal == 0 else np.where(missing, ends, self._ends[at - 1] + 1)
        return starts, ends, missing

    def _slices(self, starts: Positions, ends: Positions, missing: Marks) -> pa.Array:
        """The bytes between starts and ends. They alternate with what lies between them, which is not taken."""
        count = len(starts)
        offsets = np.empty(2 * count, np.int32)
        offsets[0::2], offsets[1::2] = starts, ends
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self._data)]
        alternating = pa.Array.from_buffers(pa.binary(), 2 * count - 1, buffers)
        return alternating.take(pa.array(np.arange(0, 2 * count, 2), mask=missing if missing.any() else None))

    def _escaped(self, escape: int) -> Positions:
        """The positions behind escapes that are not escaped themselves."""
        escapes = np.flatnonzero(self._bytes == escape)
        run_starts = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
        runs = np.repeat(escapes[run_starts], np.diff(run_starts, append=len(escapes)))
        active: Positions = escapes[(escapes - runs) % 2 == 0]
        return active + 1


def _surround_fields(data: bytes, separator: int, quote: int) -> bool:
    """Whether all quotes are in pairs around whole fields, none inside: a quick look before ``_odd_lines``.

    A pair may still hold line feeds: a parser that takes them for text then finds fewer rows than there are lines.
    """
    characters = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(characters == quote)
    if len(quotes) % 2:
        return False
    # Before the first byte stands the last one, a line feed.
    around = characters[quotes[0::2] - 1], characters[quotes[1::2] + 1]
    return all(bool(((side == separator) | (side == _LINE_FEED)).all()) for side in around)


def _close_on_their_lines(data: bytes, quote: int) -> bool:
    """Whether no line ends inside of quotes that are in pairs."""
    characters = np.frombuffer(data, np.uint8)
    places = np.flatnonzero((characters == quote) | (characters == _LINE_FEED))
    is_quote = characters[places] == quote
    return not (np.cumsum(is_quote)[~is_quote] % 2).any()


def _odd_lines(data: bytes, separator: int, quote: int, escape: int) -> Marks:
    """Which lines have an escape, or quotes that are not around whole fields (doubled ones inside)."""
    characters = np.frombuffer(data, np.uint8)
    line_ends = np.flatnonzero(characters == _LINE_FEED)
    odd = np.zeros(len(line_ends), bool)
    if escape in data:
        odd[np.searchsorted(line_ends, np.flatnonzero(characters == escape))] = True
    quotes = np.flatnonzero(characters == quote)
    if not len(quotes):
        return odd
    # Runs of quotes: an odd number of them opens or closes a field, the others are doubled ones.
    starts = np.flatnonzero(np.diff(quotes, prepend=-2) != 1)
    first, lengths = quotes[starts], np.diff(starts, append=len(quotes))
    toggles = lengths % 2 == 1
    line = np.searchsorted(line_ends, first)
    toggled = np.cumsum(toggles) - toggles
    is_inside = (toggled - toggled[np.searchsorted(line, line)]) % 2 == 1
    before, behind = characters[first - 1], characters[first + lengths]
    at_start = (before == separator) | (before == _LINE_FEED) | (first == 0)
    at_end = (behind == separator) | (behind == _LINE_FEED)
    is_right = np.where(toggles, np.where(is_inside, at_end, at_start), is_inside | (at_start & at_end))
    odd[line[~is_right]] = True
    odd[np.bincount(line[toggles], minlength=len(odd)) % 2 == 1] = True  # left open at the line's end
    return odd


def _divided(data: bytes, odd: Marks) -> tuple[bytes, list[str]]:
    """The text of the lines that are not odd, and the odd ones as strings."""
    lines = data.split(b"\n")
    regular = b"".join([lines[index] + b"\n" for index in np.flatnonzero(~odd)])
    return regular, [lines[index].decode(errors="replace") for index in np.flatnonzero(odd)]


def _without_empty_lines(lines: _Lines, column: pa.Array) -> pa.Array:
    """Opencsv finds no field at all on an empty line, not even an empty one."""
    empty = lines.is_empty
    return pc.if_else(empty, pa.scalar(None, pa.binary()), column) if empty.true_count else column


def _put_together(
    regular: list[pa.Array] | None, irregular: list[list[bytes | None]], odd: Marks, count: int
) -> list[pa.Array]:
    """The columns of the lines in their order again."""
    order = np.empty(len(odd), np.int64)
    order[~odd] = np.arange(int((~odd).sum()))
    order[odd] = np.arange(len(irregular)) + int((~odd).sum())
    indexes = pa.array(order)
    columns: list[pa.Array] = []
    for number in range(count):
        others = pa.array([fields[number] for fields in irregular], pa.binary())
        parts = [regular[number].cast(pa.binary()), others] if regular else [others]
        columns.append(pa.concat_arrays(parts).take(indexes))
    return columns
