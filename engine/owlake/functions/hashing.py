"""Hashes of whole arrays: xxHash64 and the 128-bit Murmur3, as Trino's types and sketches use them.

Both read a value's bytes in blocks of a fixed size: here block by block over all values at once, the values that
have ended left out.

References: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md and
https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp (public domain).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.types.arrow import TIME_WITH_TIME_ZONE, TIMESTAMP_WITH_ANY_ZONE

Words = npt.NDArray[np.uint64]

_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(prime)
    for prime in (
        0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5,
    )
)  # fmt: skip


def _rotated(words: Words, bits: int) -> Words:
    return (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))


# xxHash64 -----------------------------------------------------------------------------------------------


def xxhash_longs(values: npt.NDArray[Any], seed: int = 0) -> Words:
    """The xxHash64 of each value's eight bytes, the lowest first."""
    words = np.ascontiguousarray(values).astype(np.int64, copy=False).view(np.uint64)
    with np.errstate(over="ignore"):
        start = np.full(len(words), np.uint64(seed) + _P5 + np.uint64(8))
        return _xx_shuffled(_xx_eight(start, words))


def _xx_round(accumulator: Words, words: Words) -> Words:
    return _rotated(accumulator + words * _P2, 31) * _P1


def _xx_eight(state: Words, words: Words) -> Words:
    return _rotated(state ^ _xx_round(np.zeros(len(words), np.uint64), words), 27) * _P1 + _P4


def _xx_shuffled(state: Words) -> Words:
    state = (state ^ (state >> np.uint64(33))) * _P2
    state = (state ^ (state >> np.uint64(29))) * _P3
    return state ^ (state >> np.uint64(32))


def xxhash_bytes(array: pa.Array, seed: int = 0) -> Words:
    """The xxHash64 of each binary or text value; NULL as if empty."""
    data, starts, lengths = _bytes_of(array)
    ends = starts + lengths
    with np.errstate(over="ignore"):
        state, at = _xx_stripes(data, starts, lengths, np.uint64(seed))
        state = state + lengths.astype(np.uint64)
        for size in (8, 4, 1):
            active = np.flatnonzero(ends - at >= size)
            while len(active):
                words = _words(data, at[active], size)
                state[active] = _XX_TAILS[size](state[active], words)
                at[active] += size
                active = active[ends[active] - at[active] >= size]
        return _xx_shuffled(state)


def _xx_stripes(data: Any, starts: Any, lengths: Any, seed: np.uint64) -> tuple[Words, Any]:
    """What the blocks of 32 bytes give, and where the rest begins."""
    state = np.full(len(starts), seed + _P5)
    at = starts.copy()
    long_ones = np.flatnonzero(lengths >= 32)
    if not len(long_ones):
        return state, at
    beginnings = (seed + _P1 + _P2, seed + _P2, seed, seed - _P1)
    lanes = [np.full(len(long_ones), one) for one in beginnings]
    stripes = lengths[long_ones] // 32
    active = np.arange(len(long_ones))
    for stripe in range(int(stripes.max())):
        active = active[stripes[active] > stripe]
        for lane in range(4):
            words = _words(data, starts[long_ones[active]] + stripe * 32 + lane * 8, 8)
            lanes[lane][active] = _xx_round(lanes[lane][active], words)
    one, two, three, four = lanes
    merged: Words = _rotated(one, 1) + _rotated(two, 7) + _rotated(three, 12) + _rotated(four, 18)
    for of_lane in lanes:
        merged = (merged ^ _xx_round(np.zeros(len(of_lane), np.uint64), of_lane)) * _P1 + _P4
    state[long_ones] = merged
    at[long_ones] += stripes * 32
    return state, at


_XX_TAILS: dict[int, Callable[[Words, Words], Words]] = {
    8: _xx_eight,
    4: lambda state, words: _rotated(state ^ (words * _P1), 23) * _P2 + _P3,
    1: lambda state, words: _rotated(state ^ (words * _P5), 11) * _P1,
}


# Murmur3, 128 bits --------------------------------------------------------------------------------------

_C1, _C2 = np.uint64(0x87C37B91114253D5), np.uint64(0x4CF5AD432745937F)


def murmur_longs(values: npt.NDArray[Any]) -> Words:
    """The first 64 bits of the Murmur3 of each value's eight bytes, the lowest first."""
    words = np.ascontiguousarray(values).astype(np.int64, copy=False).view(np.uint64)
    with np.errstate(over="ignore"):
        first = _rotated(words * _C1, 31) * _C2
        return _murmur_finished(first, np.zeros(len(words), np.uint64), np.full(len(words), np.uint64(8)))[0]


def murmur_bytes(array: pa.Array) -> Words:
    """The first 64 bits of the Murmur3 of each binary or text value; NULL as if empty."""
    return murmur_pairs(array)[0]


def murmur_pairs(array: pa.Array) -> tuple[Words, Words]:
    """The first and the last 64 bits of the Murmur3 of each binary or text value; NULL as if empty."""
    data, starts, lengths = _bytes_of(array)
    first, second = np.zeros(len(starts), np.uint64), np.zeros(len(starts), np.uint64)
    blocks = lengths // 16
    with np.errstate(over="ignore"):
        active = np.flatnonzero(blocks > 0)
        block = 0
        while len(active):
            at = starts[active] + block * 16
            one, other = first[active], second[active]
            one ^= _rotated(_words(data, at, 8) * _C1, 31) * _C2
            one = (_rotated(one, 27) + other) * np.uint64(5) + np.uint64(0x52DCE729)
            other ^= _rotated(_words(data, at + 8, 8) * _C2, 33) * _C1
            other = (_rotated(other, 31) + one) * np.uint64(5) + np.uint64(0x38495AB5)
            first[active], second[active] = one, other
            block += 1
            active = active[blocks[active] > block]
        tail_at, tail = starts + blocks * 16, lengths % 16
        high = _partial_words(data, tail_at + 8, np.maximum(tail - 8, 0))
        second ^= np.where(tail > 8, _rotated(high * _C2, 33) * _C1, np.uint64(0))
        low = _partial_words(data, tail_at, np.minimum(tail, 8))
        first ^= np.where(tail > 0, _rotated(low * _C1, 31) * _C2, np.uint64(0))
        return _murmur_finished(first, second, lengths.astype(np.uint64))


def _murmur_finished(first: Words, second: Words, lengths: Words) -> tuple[Words, Words]:
    first, second = first ^ lengths, second ^ lengths
    first = first + second
    second = _murmur_mixed(second + first)
    first = _murmur_mixed(first) + second
    return first, second + first


def _murmur_mixed(words: Words) -> Words:
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return words ^ (words >> np.uint64(33))


# Bytes --------------------------------------------------------------------------------------------------

_PADDING = 16


def _bytes_of(array: pa.Array) -> tuple[Any, Any, Any]:
    """The values' bytes behind each other and padded, where each begins, and how long it is."""
    large = array.cast(pa.large_binary())
    _, offsets_buffer, values = large.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64, len(large) + 1, large.offset * 8)
    used = np.frombuffer(values, np.uint8) if values is not None else np.zeros(0, np.uint8)
    low, high = int(offsets[0]), int(offsets[-1])
    data = np.concatenate((used[low:high], np.zeros(_PADDING, np.uint8)))
    return data, (offsets[:-1] - low).copy(), np.diff(offsets)


def _words(data: Any, at: Any, size: int) -> Words:
    """The number of so many bytes at each place."""
    if size == 1:
        return data[at].astype(np.uint64)
    kind: Any = np.uint64 if size == 8 else np.uint32
    # A number begins at every byte; those that are asked for are copied as wholes.
    words: Any = np.ndarray(len(data) - size + 1, kind, data, strides=(1,))[at]
    return words.astype(np.uint64, copy=False)


def _partial_words(data: Any, at: Any, sizes: Any) -> Words:
    """The number of the first bytes at each place, up to eight."""
    words = _words(data, np.minimum(at, len(data) - 8), 8)
    shift = (8 - np.minimum(sizes, 8)).astype(np.uint64) * np.uint64(8)
    kept = (words << np.where(sizes > 0, shift, 0).astype(np.uint64)) >> np.where(sizes > 0, shift, 0).astype(np.uint64)
    return np.where(sizes > 0, kept, np.uint64(0))


# Values -------------------------------------------------------------------------------------------------


def hash_values(array: pa.Array) -> pa.Array:
    """The xxHash64 of each value as Trino hashes its type; NULL stays NULL."""
    hashes = _hashes(array).view(np.int64)
    if array.null_count:
        return pa.array(hashes, pa.int64(), mask=~array.is_valid().to_numpy(zero_copy_only=False))
    return pa.array(hashes)


def _hashes(array: pa.Array) -> Words:
    """As ``hash_values``; what stands for NULL counts for nothing."""
    type_ = array.type
    if pa.types.is_string(type_) or pa.types.is_binary(type_):
        return xxhash_bytes(array)
    if type_ == TIMESTAMP_WITH_ANY_ZONE:
        return _hashes(array.field("instant"))
    if type_ == TIME_WITH_TIME_ZONE:
        time, offset = (array.field(name).cast(pa.int64()).fill_null(0).to_numpy() for name in ("time", "offset"))
        return xxhash_longs((time - offset * 60_000_000) % 86_400_000_000 * 1_000_000)
    if pa.types.is_timestamp(type_) and type_.tz is not None:
        return xxhash_longs(array.view(pa.int64()).fill_null(0).to_numpy() // 1000)
    if pa.types.is_decimal(type_):
        return _decimal_hashes(array)
    if pa.types.is_struct(type_):
        return _row_hashes(array)
    if pa.types.is_map(type_):
        return _map_hashes(array)
    if pa.types.is_list(type_):
        return _list_hashes(array)
    return xxhash_longs(_longs(array))


def _longs(array: pa.Array) -> npt.NDArray[np.int64]:
    """Fixed-width values as the integers that Trino holds them in."""
    type_ = array.type
    if pa.types.is_null(type_):
        return np.zeros(len(array), np.int64)
    if pa.types.is_boolean(type_):
        return pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(np.int64)
    if pa.types.is_floating(type_):
        values = array.fill_null(0).to_numpy() + 0.0
        values = np.where(np.isnan(values), np.nan, values).astype(values.dtype)
        return values.view(np.int64 if values.itemsize == 8 else np.int32).astype(np.int64)
    if pa.types.is_temporal(type_):
        whole = array.view(pa.int64() if type_.bit_width == 64 else pa.int32()).fill_null(0).to_numpy()
        return whole.astype(np.int64) * (1_000_000 if pa.types.is_time(type_) else 1)
    return array.fill_null(0).to_numpy().astype(np.int64)


def _decimal_hashes(array: pa.Array) -> Words:
    halves = np.frombuffer(array.buffers()[1], np.int64)[array.offset * 2 : (array.offset + len(array)) * 2]
    low, high = halves[0::2], halves[1::2]
    return xxhash_longs(low) if array.type.precision <= 18 else xxhash_longs(low) ^ xxhash_longs(high)


def _part_hashes(array: pa.Array) -> Words:
    """Hashes inside a larger value: of NULL zero."""
    return np.where(array.is_valid().to_numpy(zero_copy_only=False), _hashes(array), np.uint64(0))


def _row_hashes(array: pa.Array) -> Words:
    state = np.ones(len(array), np.uint64)
    with np.errstate(over="ignore"):
        for column in array.flatten():
            state = state * np.uint64(31) + _part_hashes(column)
    return state


def _list_hashes(array: pa.Array) -> Words:
    counts = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    parts = _part_hashes(array.flatten())
    starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64)
    state = np.zeros(len(array), np.uint64)
    active = np.flatnonzero(counts > 0)
    place = 0
    with np.errstate(over="ignore"):
        while len(active):
            state[active] = state[active] * np.uint64(31) + parts[starts[active] + place]
            place += 1
            active = active[counts[active] > place]
    return state


def _map_hashes(array: pa.Array) -> Words:
    entries = array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
    counts = pc.fill_null(pc.list_value_length(entries), 0).to_numpy(zero_copy_only=False)
    keys, items = entries.flatten().flatten()
    both = _part_hashes(keys) ^ _part_hashes(items)
    owners = np.repeat(np.arange(len(array)), counts)
    state = np.zeros(len(array), np.uint64)
    np.add.at(state, owners, both)
    return state


def checksum_terms(array: pa.Array) -> pa.Array:
    """What each value adds to a checksum, NULL too."""
    with np.errstate(over="ignore"):
        terms = np.where(array.is_valid().to_numpy(zero_copy_only=False), _hashes(array) * _P1, _P1)
    return pa.array(terms.view(np.int64))
