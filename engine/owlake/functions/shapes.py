"""Reading columns of text by shape: texts that differ in digits alone are read as one.

A column of dates has thousands of values and one or two shapes (``0000-00-00``). So a grammar is applied to each shape,
by an ordinary regular expression over bytes, and says where the numbers are; the numbers are then read from all rows of
the shape at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.functions.arrays import Integers

MAX_DIGITS = 18
"""The longest number that ``Shape.number`` reads without overflow."""

_SAME_DIGITS = np.arange(256, dtype=np.uint8)
_SAME_DIGITS[ord("0") : ord("9") + 1] = ord("0")
_FEW = 16


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The rows of one shape.

    Attributes:
        text: The text in UTF-8 with every digit a 0.
        rows: The rows' numbers in the column.
    """

    text: bytes
    rows: npt.NDArray[np.intp]
    _bytes: npt.NDArray[np.uint8]

    def number(self, start: int, stop: int) -> Integers:
        """The digits in these bytes as a number, row by row; none is 0."""
        digits = stop - start
        if digits > 9:
            return self.number(start, stop - 9) * 10**9 + self.number(stop - 9, stop)
        value = np.zeros(len(self.rows), np.int32)
        for column in range(start, stop):
            value *= np.int32(10)
            value += self._bytes[:, column] & 0x0F
        return value.astype(np.int64)

    def distinct(self, start: int, stop: int) -> tuple[list[bytes], npt.NDArray[np.intp]]:
        """The different contents of these bytes, and which of them each row has."""
        if b"0" not in self.text[start:stop]:
            return [self.text[start:stop]], np.zeros(len(self.rows), np.intp)
        buffer = pa.py_buffer(np.ascontiguousarray(self._bytes[:, start:stop]))
        encoded = pa.Array.from_buffers(pa.binary(stop - start), len(self.rows), [None, buffer]).dictionary_encode()
        return encoded.dictionary.to_pylist(), np.asarray(encoded.indices).astype(np.intp)

    def example(self, row: int = 0) -> str:
        """The text of one of the rows."""
        return self._bytes[row].tobytes().decode("utf-8", "replace")


def shapes_of(texts: pa.Array) -> Iterator[Shape]:
    """The shapes of a column with their rows; rows that are NULL have none."""
    if texts.null_count == len(texts):
        return
    offsets, data = _buffers(texts)
    only = _only_shape(texts, offsets, data)
    if only is not None:
        yield only
        return
    alike = _SAME_DIGITS[data[offsets[0] : offsets[-1]]]
    starts = np.ascontiguousarray(offsets - offsets[0], np.int32)
    mapped = pa.Array.from_buffers(pa.binary(), len(texts), [None, pa.py_buffer(starts), pa.py_buffer(alike)])
    encoded = mapped.dictionary_encode()
    codes = np.asarray(encoded.indices)
    if texts.null_count:
        codes = np.where(np.asarray(texts.is_valid()), codes, -1)
    for text, rows in zip(encoded.dictionary.to_pylist(), _rows_of(codes, len(encoded.dictionary)), strict=True):
        if len(rows):
            yield Shape(text, rows, _matrix(data, offsets, rows, len(text)))


def _only_shape(texts: pa.Array, offsets: npt.NDArray[np.int32], data: npt.NDArray[np.uint8]) -> Shape | None:
    """The shape of a column that has just one, found without looking at each text apart."""
    width = int(offsets[1]) - int(offsets[0])
    if texts.null_count or not width or (np.diff(offsets) != width).any():
        return None
    matrix = data[offsets[0] : offsets[-1]].reshape(len(texts), width)
    digits = (matrix - np.uint8(ord("0"))) < np.uint8(10)
    others = np.flatnonzero(~digits[0])
    if not (digits == digits[0]).all() or not (matrix[:, others] == matrix[0, others]).all():
        return None
    text = np.where(digits[0], np.uint8(ord("0")), matrix[0]).tobytes()
    return Shape(text, np.arange(len(texts)), matrix)


def _buffers(texts: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)
    return ends, np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)


def _rows_of(codes: npt.NDArray[np.int32], count: int) -> list[npt.NDArray[np.intp]]:
    if count == 1 and len(codes) and codes.min() == 0:
        return [np.arange(len(codes))]
    if count <= _FEW:
        return [np.flatnonzero(codes == code) for code in range(count)]
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(count + 1)))[1:-1]


def _matrix(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int32], rows: npt.NDArray[np.intp], width: int
) -> npt.NDArray[np.uint8]:
    """The texts of rows of one width, one a row."""
    if len(rows) * width == int(offsets[-1]) - int(offsets[0]):
        return data[offsets[0] : offsets[-1]].reshape(len(rows), width)
    return data[offsets[rows][:, None] + np.arange(width)]
