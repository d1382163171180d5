"""Writing columns of text from numbers: a text is put together of pieces, each for all rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.functions.arrays import Booleans, Integers

Bytes = npt.NDArray[np.uint8]


@cache
def _digit_table(width: int) -> Bytes:
    """The digits of 0 to 10**width - 1, a number a row."""
    values = np.arange(10**width)
    return np.stack([values // 10**place % 10 + ord("0") for place in reversed(range(width))], axis=1).astype(np.uint8)


class Composer:
    """Puts texts together from left to right, one a row."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._pieces: list[tuple[Bytes, Integers | None]] = []
        """Bytes, a row each, and how many of them count where that differs from row to row."""

    def literal(self, text: str) -> None:
        """The same text in every row."""
        piece = np.frombuffer(text.encode(), np.uint8)
        self._pieces.append((np.broadcast_to(piece, (self._length, len(piece))), None))

    def digits(self, values: Integers, width: int) -> None:
        """Numbers from 0 that have no more digits than ``width``, with zeros before them."""
        for start in range(0, width, 4):
            size = min(4, width - start)
            part = values // 10 ** (width - start - size) % 10**size if width > 4 else values
            self._pieces.append((_digit_table(size)[part], None))

    def leading(self, values: Integers, width: int, counts: Integers) -> None:
        """The first digits, so many as ``counts`` says, of numbers written with ``width`` digits."""
        for start in range(0, width, 4):
            size = min(4, width - start)
            part = values // 10 ** (width - start - size) % 10**size
            self._pieces.append((_digit_table(size)[part], np.clip(counts - start, 0, size)))

    def number(self, values: Integers, least: int = 1, where: Booleans | None = None) -> None:
        """Whole numbers with as many digits as they need, ``least`` at least, and a minus sign; in some of the rows."""
        if len(values) == 0:
            return
        low, high = int(values.min()), int(values.max())
        width = max(least, len(str(max(-low, high))))
        if where is None and low >= 0 and (width == least or low >= 10 ** (width - 1)):
            self.digits(values, width)
            return
        amounts = np.abs(values)
        if low < 0:
            self.optional("-", values < 0 if where is None else (values < 0) & where)
        bounds = 10 ** np.arange(least, width, dtype=np.int64)
        counts = least + (amounts[:, None] >= bounds).sum(axis=1)
        piece = np.empty((self._length, width), np.uint8)
        rest = amounts * 10 ** (width - counts)
        for column in reversed(range(width)):
            rest, piece[:, column] = np.divmod(rest, 10)
        piece += ord("0")
        self._pieces.append((piece, counts if where is None else counts * where))

    def optional(self, text: str, where: Booleans) -> None:
        """A text in some of the rows."""
        piece = np.frombuffer(text.encode(), np.uint8)
        self._pieces.append((np.broadcast_to(piece, (self._length, len(piece))), where * len(piece)))

    def choice(self, names: Sequence[str], indexes: npt.NDArray[np.intp] | Integers) -> None:
        """One of a few texts in each row."""
        encoded = [name.encode() for name in names]
        width = max(len(name) for name in encoded)
        table = np.frombuffer(b"".join(name.ljust(width) for name in encoded), np.uint8).reshape(len(names), width)
        lengths = np.array([len(name) for name in encoded], np.int64)
        same = (lengths == width).all()
        self._pieces.append((table[indexes], None if same else lengths[indexes]))

    def finish(self, present: Booleans | None = None) -> pa.Array:
        """The column of text; rows that are not ``present`` are NULL."""
        if not self._pieces:
            self.literal("")
        matrix = np.concatenate([piece for piece, _ in self._pieces], axis=1)
        width = matrix.shape[1]
        if all(counts is None for _, counts in self._pieces):
            offsets = np.arange(self._length + 1, dtype=np.int64) * width
            data = matrix
        else:
            kept = np.concatenate([_kept(piece, counts) for piece, counts in self._pieces], axis=1)
            offsets = np.concatenate(([0], np.cumsum(kept.sum(axis=1))))
            data = matrix[kept]
        buffers = [_bitmap(present), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(data))]
        return pa.Array.from_buffers(pa.string(), self._length, buffers)


def _kept(piece: Bytes, counts: Integers | None) -> Booleans:
    if counts is None:
        return np.ones(piece.shape, np.bool_)
    return np.arange(piece.shape[1]) < counts[:, None]


def _bitmap(present: Booleans | None) -> pa.Buffer | None:
    return None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
