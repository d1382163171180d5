"""Binaries as text and back: hexadecimal, base 64, base 32."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import Integers
from owlake.functions.binary.family import FAMILY
from owlake.functions.octets import Bytes, Octets, bounds_of_lengths, octets, places

FAMILY.native("to_hex(varbinary) -> varchar", "upper(encode({0}, 'hex'))", "Two hexadecimal digits a byte")
FAMILY.native("to_base64(varbinary) -> varchar", "encode({0}, 'base64pad')", "The bytes in base 64")
FAMILY.native(
    "to_base64url(varbinary) -> varchar",
    "translate(encode({0}, 'base64pad'), '+/', '-_')",
    "The bytes in base 64 with - and _ for + and /",
)

_NO_DIGIT = 255


def _alphabet(digits: str) -> tuple[Bytes, Bytes]:
    """An alphabet as the byte of each digit, and as the digit of each byte."""
    to_byte = np.frombuffer(digits.encode(), np.uint8)
    to_digit = np.full(256, _NO_DIGIT, np.uint8)
    to_digit[to_byte] = np.arange(len(digits))
    return to_byte, to_digit


_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits
_, _BASE64 = _alphabet(_LETTERS + "+/")
_, _BASE64_URL = _alphabet(_LETTERS + "-_")
_BASE32_BYTES, _BASE32 = _alphabet(string.ascii_uppercase + "234567")
_, _HEX = _alphabet(string.digits + "abcdef")
_HEX[[ord(letter) for letter in "ABCDEF"]] = np.arange(10, 16)


def _failure(text: str) -> OwlakeError:
    return error("INVALID_FUNCTION_ARGUMENT", text)


def _packed(digits: Bytes, offsets: Integers, bits: int) -> tuple[Bytes, Integers]:
    """Digits of so many bits put together to bytes, row by row; bits that fill no byte are left out.

    Works on groups of digits that fill whole bytes: rows are spread so that each begins with a group.
    """
    per_group, group_bytes = {4: (2, 1), 5: (8, 5), 6: (4, 3)}[bits]
    counts = np.diff(offsets)
    groups = -(-counts // per_group)
    spread_offsets = bounds_of_lengths(groups * per_group)
    if (counts % per_group).any():
        spread = np.zeros(spread_offsets[-1], np.uint8)
        spread[places(spread_offsets[:-1], counts)] = digits
    else:
        spread = digits
    columns = spread.reshape(-1, per_group).astype(np.uint64)
    words = np.zeros(len(columns), np.uint64)
    for column in range(per_group):
        words = (words << np.uint64(bits)) | columns[:, column]
    whole = words.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - group_bytes :].ravel()
    sizes = counts * bits // 8
    if (sizes == groups * group_bytes).all():
        return whole, bounds_of_lengths(sizes)
    starts = bounds_of_lengths(groups * group_bytes)[:-1]
    return whole[places(starts, sizes)], bounds_of_lengths(sizes)


def _decoded(source: Octets, kept: Integers, to_digit: Bytes, bits: int, illegal: Any) -> pa.Array:
    """The binaries that the first ``kept`` bytes of each row stand for; ``illegal`` makes the error of a byte."""
    taken = source.data if (kept == source.lengths).all() else source.data[places(source.starts, kept)]
    digits = to_digit[taken]
    wrong = np.flatnonzero(digits == _NO_DIGIT)
    if len(wrong):
        raise illegal(int(taken[wrong[0]]))
    data, offsets = _packed(digits, bounds_of_lengths(kept), bits)
    return Octets(data, offsets, source.present).array(pa.binary())


@FAMILY.kernel("from_hex(varchar(x)) -> varbinary", "from_hex(varbinary) -> varbinary", raises=True)
def from_hex(values: Any) -> pa.Array:
    """The bytes that pairs of hexadecimal digits stand for."""
    source = octets(values)
    odd = np.flatnonzero(source.lengths % 2)
    if len(odd):
        raise _failure(f"invalid input length {source.lengths[odd[0]]}")
    return _decoded(source, source.lengths, _HEX, 4, _no_hexadecimal)


def _no_hexadecimal(byte: int) -> OwlakeError:
    value = byte - 256 if byte > 127 else byte
    shown = chr(value & 0xFFFF)
    return _failure(f'not a hexadecimal digit: "{shown}" = {value}')


# Base 64: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Base64.Decoder.html


@FAMILY.kernel("from_base64(varchar(x)) -> varbinary", "from_base64(varbinary) -> varbinary", raises=True)
def from_base64(values: Any) -> pa.Array:
    """The bytes that a text in base 64 stands for; it may lack its padding."""
    return _from_base64(octets(values), _BASE64)


@FAMILY.kernel("from_base64url(varchar(x)) -> varbinary", "from_base64url(varbinary) -> varbinary", raises=True)
def from_base64url(values: Any) -> pa.Array:
    """The bytes that a text in base 64 with - and _ stands for; it may lack its padding."""
    return _from_base64(octets(values), _BASE64_URL)


def _from_base64(source: Octets, to_digit: Bytes) -> pa.Array:
    padding = _trailing(source, "=", 2)
    kept = source.lengths - padding
    wrong = np.flatnonzero((to_digit[source.data] == _NO_DIGIT) & (source.data != ord("=")))
    if len(wrong):
        byte = int(source.data[wrong[0]].view(np.int8))
        raise _failure(f"Illegal base64 character {byte:x}")
    _check_base64(source.lengths, kept, padding)
    return _decoded(source, kept, to_digit, 6, lambda _: _misplaced_padding(source))


def _trailing(source: Octets, character: str, most: int) -> Integers:
    """How often each row ends with a character, counted up to ``most``."""
    counts = np.zeros(len(source), np.int64)
    if not len(source.data):
        return counts
    run = np.ones(len(source), np.bool_)
    for back in range(1, most + 1):
        at = np.maximum(source.offsets[1:] - back, 0)
        run = run & (source.lengths >= back) & (source.data[at] == ord(character))
        counts += run
    return counts


def _check_base64(lengths: Integers, kept: Integers, padding: Integers) -> None:
    if (lengths == 1).any():
        raise _failure("Input byte[] should at least have 2 bytes for base64 bytes")
    rest = kept % 4
    if ((rest == 1) & (padding == 0)).any():
        raise _failure("Last unit does not have enough valid bits")
    if ((padding > 0) & (rest + padding != 4)).any():
        raise _failure("Input byte array has wrong 4-byte ending unit")


def _misplaced_padding(source: Octets) -> OwlakeError:
    """The error of a padding character with other digits behind it."""
    first = int(np.flatnonzero(source.data == ord("="))[0])
    row = int(np.searchsorted(source.offsets, first, side="right")) - 1
    after = int(first - source.offsets[row]) // 4 * 4 + 4
    return _failure(f"Input byte array has incorrect ending byte at {after}")


# Base 32: RFC 4648, upper-case letters


@FAMILY.kernel("to_base32(varbinary) -> varchar")
def to_base32(values: Any) -> pa.Array:
    """The bytes in base 32."""
    source = octets(values)
    lengths = source.lengths
    groups = -(-lengths // 5)
    spread = np.zeros(int(groups.sum()) * 5, np.uint8)
    spread[places(bounds_of_lengths(groups * 5)[:-1], lengths)] = source.data
    words = np.zeros((len(spread) // 5, 8), np.uint8)
    words[:, 3:] = spread.reshape(-1, 5)
    numbers = words.view(">u8").astype(np.uint64)
    shifts = np.arange(35, -1, -5, dtype=np.uint64)
    characters = _BASE32_BYTES[((numbers >> shifts) & np.uint64(31)).astype(np.intp)].ravel()
    offsets = bounds_of_lengths(groups * 8)
    digits = -(-lengths * 8 // 5)
    characters[places(offsets[:-1] + digits, groups * 8 - digits)] = ord("=")
    return Octets(characters, offsets, source.present).array(pa.string())


@FAMILY.kernel("from_base32(varchar(x)) -> varbinary", "from_base32(varbinary) -> varbinary", raises=True)
def from_base32(values: Any) -> pa.Array:
    """The bytes that a text in base 32 stands for."""
    source = octets(values)
    kept = source.lengths - _trailing(source, "=", int(source.lengths.max(initial=0)))
    wrong = np.flatnonzero(np.isin(kept % 8, (1, 3, 6)))
    if len(wrong):
        raise _failure(f"Invalid input length {kept[wrong[0]]}")
    return _decoded(source, kept, _BASE32, 5, _unrecognized)


def _unrecognized(byte: int) -> OwlakeError:
    shown = f"0x{byte:x}" if byte <= 0x20 or byte == 0x7F else chr(byte)
    return _failure(f"Unrecognized character: {shown}")
