"""Bitwise functions (https://trino.io/docs/current/functions/bitwise.html)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import expanded, from_integers, integers, length_of, presence
from owlake.functions.registry import CallSite, Family
from owlake.types.model import INTEGER_BITS

FAMILY = Family("bitwise")

FAMILY.native("bitwise_and(bigint, bigint) -> bigint", "({0} & {1})", "Bits that are set in both")
FAMILY.native("bitwise_or(bigint, bigint) -> bigint", "({0} | {1})", "Bits that are set in either")
FAMILY.native("bitwise_not(bigint) -> bigint", "({0} ^ (-1))", "All bits the other way round")


@FAMILY.kernel("bitwise_xor(bigint, bigint) -> bigint")
def bitwise_xor(values: Any, others: Any) -> pa.Array:
    """Bits that are set in one of the two."""
    # DataFusion's own operator forgets of a value that it meets twice that it can be NULL.
    return pc.bit_wise_xor(values, others)


@FAMILY.kernel("bit_count(bigint, bigint) -> bigint", raises=True)
def bit_count(values: Any, bits: Any) -> pa.Array:
    """How many bits are set in a number of so many bits."""
    length = length_of((values, bits))
    columns = [expanded(values, length), expanded(bits, length)]
    present = presence(*columns)
    numbers, widths = (integers(column) for column in columns)
    widths = widths if present is None else np.where(present, widths, 64)
    _check_widths(numbers, widths)
    masks = np.where(widths == 64, -1, (1 << (widths & 63)) - 1)
    return from_integers(_population((numbers & masks).view(np.uint64)), present, pa.int64())


def _check_widths(numbers: Any, widths: Any) -> None:
    wrong = np.flatnonzero((widths < 2) | (widths > 64))
    if len(wrong):
        text = f"Bits specified in bit_count must be between 2 and 64, got {widths[wrong[0]]}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    highest = np.where(widths == 64, np.iinfo(np.int64).max, (1 << ((widths - 1) & 63)) - 1)
    wrong = np.flatnonzero((numbers > highest) | (numbers < ~highest))
    if len(wrong):
        number, width = numbers[wrong[0]], widths[wrong[0]]
        text = f"Number must be representable with the bits specified. {number} cannot be represented with {width} bits"
        raise error("INVALID_FUNCTION_ARGUMENT", text)


def _population(words: Any) -> Any:
    """The number of set bits in each word, added up in ever wider fields."""
    words = words - ((words >> np.uint64(1)) & np.uint64(0x5555555555555555))
    words = (words & np.uint64(0x3333333333333333)) + ((words >> np.uint64(2)) & np.uint64(0x3333333333333333))
    words = (words + (words >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return ((words * np.uint64(0x0101010101010101)) >> np.uint64(56)).view(np.int64)


# Shifts -------------------------------------------------------------------------------------------------

_INTEGERS = ("tinyint", "smallint", "integer", "bigint")


def _shifted(site: CallSite, beyond: str, shifted: str) -> str:
    """``shifted`` back in the type of the value; ``beyond`` for a shift by 64 or more. Six bits of others count."""
    by = f"CAST({site.sql(1)} AS BIGINT)"
    result = f"CASE WHEN {by} >= 64 THEN {beyond} ELSE {shifted} END"
    name = {"tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INT", "bigint": "BIGINT"}[site.type.base]
    return f"CAST({result} AS {name})"


def _operands(site: CallSite) -> tuple[str, str, int]:
    return f"CAST({site.sql(0)} AS BIGINT)", f"(CAST({site.sql(1)} AS BIGINT) & 63)", INTEGER_BITS[site.type]


@FAMILY.sql(*(f"bitwise_left_shift({one}, integer) -> {one}" for one in _INTEGERS))
def _left_shift(site: CallSite) -> str:
    """Shifts to the left; bits that leave the type are lost."""
    value, by, bits = _operands(site)
    shifted = f"({value} << {by})"
    if bits < 64:
        sign = 1 << (bits - 1)
        shifted = f"((({shifted} & {(1 << bits) - 1}) ^ {sign}) - {sign})"
    return _shifted(site, "0", shifted)


@FAMILY.sql(*(f"bitwise_right_shift({one}, integer) -> {one}" for one in _INTEGERS))
def _right_shift(site: CallSite) -> str:
    """Shifts to the right, zeros coming in."""
    value, by, bits = _operands(site)
    whole = f"({value} & {(1 << bits) - 1})" if bits < 64 else f"(({value} >> 1) & {2**63 - 1})"
    steps = by if bits < 64 else f"({by} - 1)"
    return _shifted(site, "0", f"CASE WHEN {by} = 0 THEN {value} ELSE {whole} >> {steps} END")


@FAMILY.sql(*(f"bitwise_right_shift_arithmetic({one}, integer) -> {one}" for one in _INTEGERS))
def _arithmetic_right_shift(site: CallSite) -> str:
    """Shifts to the right, the sign coming in."""
    value, by, _ = _operands(site)
    return _shifted(site, f"CASE WHEN {value} >= 0 THEN 0 ELSE -1 END", f"({value} >> {by})")
