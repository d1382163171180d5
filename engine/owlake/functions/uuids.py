"""UUIDs (https://trino.io/docs/current/functions/uuid.html), held as their text in lower case."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.octets import Octets, octets
from owlake.functions.registry import Family

FAMILY = Family("uuid")

FAMILY.native("uuid() -> uuid", "uuid()", "A pseudo-random UUID, of version 4", deterministic=False)

_FORM = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_LENGTH = 36
_BYTES = 16


def text_to_uuid(texts: pa.Array, safe: pa.Scalar) -> pa.Array:
    """Texts as UUIDs.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast value to UUID: x``, unless safe.
    """
    lower = pc.utf8_lower(texts)
    fits = pc.match_substring_regex(lower, _FORM)
    if pc.all(fits).as_py() is not False:
        return lower
    if safe.as_py():
        return pc.if_else(fits, lower, pa.scalar(None, pa.string()))
    wrong = texts.filter(pc.invert(fits))[0].as_py()
    if len(wrong) != _LENGTH:
        raise error("INVALID_CAST_ARGUMENT", f"Invalid UUID string length: {len(wrong)}")
    raise error("INVALID_CAST_ARGUMENT", f"Cannot cast value to UUID: {wrong}")


_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_VALUES = np.zeros(256, np.uint8)
_VALUES[_DIGITS] = np.arange(16)
_HYPHENS = np.array([8, 13, 18, 23])
_PLACES = np.setdiff1d(np.arange(_LENGTH), _HYPHENS)


def uuid_to_binary(uuids: pa.Array) -> pa.Array:
    """The 16 bytes of UUIDs."""
    source = octets(uuids)
    digits = _VALUES[source.data.reshape(-1, _LENGTH)[:, _PLACES]]
    data = ((digits[:, ::2] << 4) | digits[:, 1::2]).astype(np.uint8)
    lengths = source.lengths // _LENGTH * _BYTES
    return Octets(data.ravel(), np.concatenate(([0], np.cumsum(lengths))), source.present).array(pa.binary())


def binary_to_uuid(values: pa.Array, safe: pa.Scalar) -> pa.Array:
    """Sixteen bytes as UUIDs.

    Errors: INVALID_CAST_ARGUMENT ``Invalid UUID binary length: 5``, unless safe.
    """
    lengths = pc.binary_length(values)
    fits = pc.equal(lengths, _BYTES)
    if pc.all(fits).as_py() is False:
        if not safe.as_py():
            wrong = lengths.filter(pc.invert(fits))[0].as_py()
            raise error("INVALID_CAST_ARGUMENT", f"Invalid UUID binary length: {wrong}")
        values = pc.if_else(fits, values, pa.scalar(None, values.type))
    source = octets(values)
    data = source.data.reshape(-1, _BYTES)
    texts = np.full((len(data), _LENGTH), ord("-"), np.uint8)
    texts[:, _PLACES[::2]], texts[:, _PLACES[1::2]] = _DIGITS[data >> 4], _DIGITS[data & 15]
    lengths = source.lengths // _BYTES * _LENGTH
    return Octets(texts.ravel(), np.concatenate(([0], np.cumsum(lengths))), source.present).array(pa.string())
