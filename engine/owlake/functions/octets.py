"""Columns of text and binary as one run of bytes with row boundaries: what kernels on bytes begin and end with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.functions.arrays import Booleans, Integers, presence

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Octets:
    """The bytes of a column's values, one behind the other.

    Attributes:
        data: All bytes.
        offsets: Where each row begins, and where the last one ends.
        present: Which rows are not NULL; None for all of them. A NULL has no bytes.
    """

    data: Bytes
    offsets: Integers
    present: Booleans | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def starts(self) -> Integers:
        """Where each row begins."""
        return self.offsets[:-1]

    @property
    def lengths(self) -> Integers:
        """How many bytes each row has."""
        return np.diff(self.offsets)

    def rows(self) -> npt.NDArray[np.intp]:
        """The row that each byte belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def array(self, type_: pa.DataType) -> pa.Array:
        """The column as Arrow holds it: ``pa.string()`` (the bytes must be UTF-8) or ``pa.binary()``."""
        bitmap = None if self.present is None else pa.py_buffer(np.packbits(self.present, bitorder="little"))
        offsets = pa.py_buffer(self.offsets.astype(np.int32))
        return pa.Array.from_buffers(type_, len(self), [bitmap, offsets, pa.py_buffer(np.ascontiguousarray(self.data))])


def octets(array: pa.Array) -> Octets:
    """The bytes of a column of strings or binaries."""
    if array.null_count:
        present = presence(array)
        array = array.fill_null("" if pa.types.is_string(array.type) else b"")
    else:
        present = None
    _, ends, data = array.buffers()
    if len(array) == 0 or data is None:
        return Octets(np.empty(0, np.uint8), np.zeros(len(array) + 1, np.int64), present)
    offsets = np.frombuffer(ends, np.int32, len(array) + 1, array.offset * 4).astype(np.int64)
    return Octets(np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]], offsets - offsets[0], present)


def bounds_of_lengths(lengths: Integers) -> Integers:
    """The offsets of rows of these lengths, one behind the other."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def places(starts: Integers, lengths: Integers) -> Integers:
    """The positions of runs of bytes, one run behind the other."""
    offsets = bounds_of_lengths(lengths)
    return np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)


def cut(source: Octets, starts: Integers, lengths: Integers) -> Octets:
    """A part of each row: ``lengths`` bytes from the row's byte ``starts`` on."""
    taken = places(source.starts + starts, lengths)
    return Octets(source.data[taken], bounds_of_lengths(lengths), source.present)


def is_continuation(data: Bytes) -> Booleans:
    """Which bytes of UTF-8 do not begin a character."""
    return (data & 0xC0) == 0x80


def code_points(source: Octets) -> tuple[npt.NDArray[np.uint32], Integers]:
    """The characters of a column of text as numbers, and where each row begins among them."""
    if not len(source.data) or source.data.max() < 0x80:
        return source.data.astype(np.uint32), source.offsets
    begins = np.concatenate(([0], np.cumsum(~is_continuation(source.data))))
    text = source.data.tobytes().decode("utf-8")
    return np.frombuffer(text.encode("utf-32-le"), np.uint32), begins[source.offsets]


def from_code_points(points: npt.NDArray[np.uint32], offsets: Integers, present: Booleans | None) -> Octets:
    """The column of text with these characters; ``offsets`` count characters."""
    if not len(points) or points.max() < 0x80:
        return Octets(points.astype(np.uint8), offsets, present)
    data = points.astype("<u4").tobytes().decode("utf-32-le").encode()
    widths = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)
    return Octets(np.frombuffer(data, np.uint8), bounds_of_lengths(widths)[offsets], present)
