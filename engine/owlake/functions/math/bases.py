"""Whole numbers in other bases than ten."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Integers, expanded, integers, length_of, presence
from owlake.functions.math.family import FAMILY
from owlake.functions.octets import Octets, bounds_of_lengths

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_OCTETS = np.frombuffer(_DIGITS.encode(), np.uint8)
_LEAST, _MOST = 2, len(_DIGITS)


def _check_radix(radixes: Integers) -> None:
    if ((radixes < _LEAST) | (radixes > _MOST)).any():
        raise error("INVALID_FUNCTION_ARGUMENT", f"Radix must be between {_LEAST} and {_MOST}")


@FAMILY.kernel("to_base(bigint, bigint) -> varchar(64)", raises=True)
def to_base(numbers: Any, radixes: Any) -> pa.Array:
    """The digits of a number in a base from 2 to 36."""
    length = length_of((numbers, radixes))
    columns = [expanded(numbers, length), expanded(radixes, length)]
    present = presence(*columns)
    values, bases = integers(columns[0]), integers(columns[1])
    _check_radix(bases if present is None else bases[present])
    # The magnitude of the lowest number has one bit more than a number.
    rest = np.abs(values).view(np.uint64)
    divisors: Any = np.maximum(bases, _LEAST).view(np.uint64)
    if isinstance(radixes, pa.Scalar) and length:
        # To divide by one number costs much less.
        divisors = divisors[0]
    digits: list[Any] = []
    lengths = np.ones(length, np.int64)
    while rest.any() or not digits:
        if digits:
            lengths += rest > 0
        quotient = rest // divisors
        digits.append((rest - quotient * divisors).astype(np.uint8))
        rest = quotient
    table = np.stack(digits[::-1], axis=1) if length else np.zeros((0, 1), np.uint8)
    return _texts(table, lengths, values < 0, present)


def _texts(table: Any, lengths: Integers, negative: Any, present: Any) -> pa.Array:
    """Rows of digits as texts, without the zeros in front."""
    kept = np.arange(table.shape[1]) >= table.shape[1] - lengths[:, None]
    if present is not None:
        kept &= present[:, None]
        negative = negative & present
    characters = np.concatenate((np.full((len(table), 1), ord("-"), np.uint8), _OCTETS[table]), axis=1)
    kept = np.concatenate((negative[:, None], kept), axis=1)
    return Octets(characters[kept], bounds_of_lengths(kept.sum(axis=1)), present).array(pa.string())


@FAMILY.per_value("from_base(varchar(x), bigint) -> bigint", raises=True)
def from_base(text: str, radix: int) -> int:
    """The number that digits in a base from 2 to 36 mean."""
    if not _LEAST <= radix <= _MOST:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Radix must be between {_LEAST} and {_MOST}")
    digits = text[1:] if text[:1] in ("+", "-") else text
    # Python would take blanks, underscores and prefixes too.
    if digits and not digits.lower().strip(_DIGITS[:radix]):
        value = int(text, radix)
        if -(2**63) <= value < 2**63:
            return value
    raise error("INVALID_FUNCTION_ARGUMENT", f"Not a valid base-{radix} number: {text}")
