"""Binaries as text and back: hexadecimal, base 64, base 32."""

from __future__ import annotations

import string
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
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
_NO_PAIR = np.uint16(0xFFFF)
_PADDING = ord("=")


class _Alphabet:
    """The digits of an encoding; ``per_group`` of them fill ``group_bytes`` bytes."""

    def __init__(self, digits: str, bits: int, per_group: int, *also: tuple[str, int]) -> None:
        self.to_byte = np.frombuffer(digits.encode(), np.uint8)
        self.to_digit = np.full(256, _NO_DIGIT, np.uint8)
        self.to_digit[self.to_byte] = np.arange(len(digits))
        for digit, value in also:
            self.to_digit[ord(digit)] = value
        self.bits, self.per_group, self.group_bytes = bits, per_group, bits * per_group // 8

    @cached_property
    def pairs(self) -> npt.NDArray[np.uint16]:
        """The number that two neighbours mean, found by their bytes as one number; padding counts as 0."""
        values = self.to_digit.astype(np.uint16)
        values[_PADDING] = 0
        pairs = (values[None, :] << np.uint16(self.bits)) | values[:, None]
        pairs[(values == _NO_DIGIT)[None, :] | (values == _NO_DIGIT)[:, None]] = _NO_PAIR
        return pairs.ravel()


_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits
_BASE64 = _Alphabet(_LETTERS + "+/", 6, 4)
_BASE64_URL = _Alphabet(_LETTERS + "-_", 6, 4)
_BASE32 = _Alphabet(string.ascii_uppercase + "234567", 5, 8)
_HEX = _Alphabet(string.digits + "abcdef", 4, 2, *((letter, value) for value, letter in enumerate("ABCDEF", 10)))


def _failure(text: str) -> OwlakeError:
    return error("INVALID_FUNCTION_ARGUMENT", text)


def _decoded(source: Octets, kept: Integers, alphabet: _Alphabet, illegal: Any) -> pa.Array:
    """The binaries that the first ``kept`` bytes of each row stand for; ``illegal`` makes the error of a byte.

    Works on groups of digits that fill whole bytes; what a group has beyond a row's digits is left out again.
    """
    groups = -(-kept // alphabet.per_group)
    if (source.lengths == groups * alphabet.per_group).all():
        data = source.data
        right = int(kept.sum()) + np.count_nonzero(data == _PADDING) == len(data)
    else:
        data = np.full(int(groups.sum()) * alphabet.per_group, _PADDING, np.uint8)
        taken = source.data[places(source.starts, kept)]
        data[places(bounds_of_lengths(groups * alphabet.per_group)[:-1], kept)] = taken
        right = not (taken == _PADDING).any()
    pairs = alphabet.pairs[data.view("<u2")]
    if not right or (pairs == _NO_PAIR).any():
        raise illegal(_illegal_byte(source, kept, alphabet))
    whole = _joined(pairs, alphabet).ravel()
    return _without_rest(whole, groups * alphabet.group_bytes, kept * alphabet.bits // 8, source).array(pa.binary())


def _joined(pairs: npt.NDArray[Any], alphabet: _Alphabet) -> npt.NDArray[np.uint8]:
    """The bytes of each group: two neighbours become one number time and again."""
    numbers, bits = pairs, 2 * alphabet.bits
    while bits < alphabet.bits * alphabet.per_group:
        size = numbers.itemsize
        wide = numbers.view(f"<u{2 * size}")
        low = wide.dtype.type((1 << 8 * size) - 1)
        numbers = ((wide & low) << wide.dtype.type(bits)) | (wide >> wide.dtype.type(8 * size))
        bits *= 2
    size = numbers.itemsize
    return numbers.byteswap().view(np.uint8).reshape(-1, size)[:, size - alphabet.group_bytes :]


def _without_rest(data: Bytes, lengths: Integers, sizes: Integers, source: Octets) -> Octets:
    """The rows cut to their sizes."""
    rest = lengths - sizes
    if rest.any():
        inside = np.ones(len(data), np.bool_)
        ends = bounds_of_lengths(lengths)[1:]
        for back in range(1, int(rest.max()) + 1):
            inside[ends[rest >= back] - back] = False
        data = data[inside]
    return Octets(data, bounds_of_lengths(sizes), source.present)


def _illegal_byte(source: Octets, kept: Integers, alphabet: _Alphabet) -> int:
    """The first byte that is no digit."""
    taken = source.data[places(source.starts, kept)]
    return int(taken[np.flatnonzero(alphabet.to_digit[taken] == _NO_DIGIT)[0]])


@FAMILY.kernel("from_hex(varchar(x)) -> varbinary", "from_hex(varbinary) -> varbinary", raises=True)
def from_hex(values: Any) -> pa.Array:
    """The bytes that pairs of hexadecimal digits stand for."""
    source = octets(values)
    odd = np.flatnonzero(source.lengths % 2)
    if len(odd):
        raise _failure(f"invalid input length {source.lengths[odd[0]]}")
    return _decoded(source, source.lengths, _HEX, _no_hexadecimal)


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


def _from_base64(source: Octets, alphabet: _Alphabet) -> pa.Array:
    padding = _trailing(source, "=", 2)
    kept = source.lengths - padding
    problem = _wrong_lengths(source.lengths, kept, padding)
    if problem:
        raise _illegal_character(source, alphabet) or problem
    return _decoded(
        source, kept, alphabet, lambda _: _illegal_character(source, alphabet) or _misplaced_padding(source)
    )


def _illegal_character(source: Octets, alphabet: _Alphabet) -> OwlakeError | None:
    """The error of the first byte that is neither a digit nor padding."""
    wrong = np.flatnonzero((alphabet.to_digit[source.data] == _NO_DIGIT) & (source.data != _PADDING))
    return _failure(f"Illegal base64 character {int(source.data[wrong[0]].view(np.int8)):x}") if len(wrong) else None


def _trailing(source: Octets, character: str, most: int) -> Integers:
    """How often each row ends with a character, counted up to ``most``."""
    counts = np.zeros(len(source), np.int64)
    if not len(source.data):
        return counts
    run = np.ones(len(source), np.bool_)
    for back in range(1, most + 1):
        at = np.maximum(source.offsets[1:] - back, 0)
        run = run & (source.lengths >= back) & (source.data[at] == ord(character))
        if not run.any():
            break
        counts += run
    return counts


def _wrong_lengths(lengths: Integers, kept: Integers, padding: Integers) -> OwlakeError | None:
    if (lengths == 1).any():
        return _failure("Input byte[] should at least have 2 bytes for base64 bytes")
    rest = kept & 3
    if ((rest == 1) & (padding == 0)).any():
        return _failure("Last unit does not have enough valid bits")
    if ((padding > 0) & (rest + padding != 4)).any():
        return _failure("Input byte array has wrong 4-byte ending unit")
    return None


def _misplaced_padding(source: Octets) -> OwlakeError:
    """The error of a padding character with other digits behind it."""
    first = int(np.flatnonzero(source.data == _PADDING)[0])
    row = int(np.searchsorted(source.offsets, first, side="right")) - 1
    after = int(first - source.offsets[row]) // 4 * 4 + 4
    return _failure(f"Input byte array has incorrect ending byte at {after}")


# Base 32: RFC 4648, upper-case letters


_BASE32_PAIRS = np.stack(
    (np.repeat(_BASE32.to_byte, 32), np.tile(_BASE32.to_byte, 32)), axis=1
).view(np.uint16).ravel()  # fmt: skip
"""The two digits of ten bits."""


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
    shifts = np.arange(30, -1, -10, dtype=np.uint64)
    pairs = ((numbers >> shifts) & np.uint64(1023)).astype(np.intp)
    characters = _BASE32_PAIRS[pairs].view(np.uint8).ravel()
    offsets = bounds_of_lengths(groups * 8)
    digits = -(-lengths * 8 // 5)
    characters[places(offsets[:-1] + digits, groups * 8 - digits)] = _PADDING
    return Octets(characters, offsets, source.present).array(pa.string())


_NO_BASE32_LENGTH = np.isin(np.arange(8), (1, 3, 6))
"""So many digits of a last group stand for no whole bytes."""


@FAMILY.kernel("from_base32(varchar(x)) -> varbinary", "from_base32(varbinary) -> varbinary", raises=True)
def from_base32(values: Any) -> pa.Array:
    """The bytes that a text in base 32 stands for."""
    source = octets(values)
    kept = source.lengths - _trailing(source, "=", int(source.lengths.max(initial=0)))
    wrong = np.flatnonzero(_NO_BASE32_LENGTH[kept & 7])
    if len(wrong):
        raise _failure(f"Invalid input length {kept[wrong[0]]}")
    return _decoded(source, kept, _BASE32, _unrecognized)


def _unrecognized(byte: int) -> OwlakeError:
    shown = f"0x{byte:x}" if byte <= 0x20 or byte == 0x7F else chr(byte)
    return _failure(f"Unrecognized character: {shown}")
