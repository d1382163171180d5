"""Numbers as bytes, the highest first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import presence
from owlake.functions.binary.family import FAMILY
from owlake.functions.octets import Octets, octets


def _to_bytes(values: pa.Array, kind: str) -> pa.Array:
    """The values' bytes as the big-endian numpy type holds them."""
    width = np.dtype(kind).itemsize
    filled = values.fill_null(0) if values.null_count else values
    data = np.asarray(filled).astype(kind).view(np.uint8)
    return Octets(data, np.arange(len(values) + 1) * width, presence(values)).array(pa.binary())


def _from_bytes(values: pa.Array, kind: str, message: str) -> pa.Array:
    """The numbers that the bytes are in a big-endian numpy type."""
    dtype = np.dtype(kind)
    source = octets(values)
    lengths = source.lengths
    wrong = lengths != dtype.itemsize
    if source.present is not None:
        wrong &= source.present
    if wrong.any():
        text = message.format(lengths[np.flatnonzero(wrong)[0]])
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    numbers = source.data.view(dtype).astype(dtype.newbyteorder("="))
    if source.present is None:
        return pa.array(numbers)
    spread = np.zeros(len(values), numbers.dtype)
    spread[source.present] = numbers
    return pa.array(spread, mask=~source.present)


@FAMILY.kernel("to_big_endian_64(bigint) -> varbinary")
def to_big_endian_64(values: Any) -> pa.Array:
    """The number in 8 bytes, two's complement."""
    return _to_bytes(values, ">i8")


@FAMILY.kernel("to_big_endian_32(integer) -> varbinary")
def to_big_endian_32(values: Any) -> pa.Array:
    """The number in 4 bytes, two's complement."""
    return _to_bytes(values, ">i4")


@FAMILY.kernel("from_big_endian_64(varbinary) -> bigint", raises=True)
def from_big_endian_64(values: Any) -> pa.Array:
    """The number of 8 bytes, two's complement."""
    return _from_bytes(values, ">i8", "expected 8-byte input, but got instead: {}")


@FAMILY.kernel("from_big_endian_32(varbinary) -> integer", raises=True)
def from_big_endian_32(values: Any) -> pa.Array:
    """The number of 4 bytes, two's complement."""
    return _from_bytes(values, ">i4", "expected 4-byte input, but got instead: {}")


@FAMILY.kernel("to_ieee754_32(real) -> varbinary")
def to_ieee754_32(values: Any) -> pa.Array:
    """The number in 4 bytes, IEEE 754 single precision."""
    return _to_bytes(values, ">f4")


@FAMILY.kernel("to_ieee754_64(double) -> varbinary")
def to_ieee754_64(values: Any) -> pa.Array:
    """The number in 8 bytes, IEEE 754 double precision."""
    return _to_bytes(values, ">f8")


@FAMILY.kernel("from_ieee754_32(varbinary) -> real", raises=True)
def from_ieee754_32(values: Any) -> pa.Array:
    """The number of 4 bytes, IEEE 754 single precision."""
    return _from_bytes(values, ">f4", "Input floating-point value must be exactly 4 bytes long")


@FAMILY.kernel("from_ieee754_64(varbinary) -> double", raises=True)
def from_ieee754_64(values: Any) -> pa.Array:
    """The number of 8 bytes, IEEE 754 double precision."""
    return _from_bytes(values, ">f8", "Input floating-point value must be exactly 8 bytes long")
