"""Hash keys, ranges and sequence numbers, against numbers of the real service and Python's own arithmetic."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from owlake_connectors.kinesis.hashing import MAX_HASH_KEY, Ring, even_ranges, hash_key
from owlake_connectors.kinesis.sequence_numbers import LAST_INDEX, SequenceNumber, parse, text_array, texts

REAL = "49546986683135544286507457936321625675700192471156785154"
"""Given out by the service, in its documentation."""

SECONDS = st.integers(0, (1 << 36) - 1)
SHARDS = st.integers(0, (1 << 31) - 1)
INDEXES = st.integers(0, LAST_INDEX)


def test_a_number_of_the_service_is_read_and_written_as_it_is() -> None:
    found = parse(REAL)
    assert found is not None
    # The service gave it out in January 2015.
    assert found.second // 86_400 // 365 == 45
    assert str(found) == REAL


@given(SECONDS, SHARDS, INDEXES, SECONDS)
def test_what_is_written_is_read(epoch: int, shard: int, index: int, second: int) -> None:
    number = SequenceNumber(epoch, shard, index, second)
    digits = f"2{epoch:09x}{shard & 15:x}{index:016x}00{second:09x}{shard:08x}2"
    assert int(number) == int(digits, 16)
    assert len(str(number)) == 56
    assert parse(str(number)) == number


def test_what_is_no_sequence_number_is_none() -> None:
    for text in ("", "0", "12", "x", REAL[:-1], REAL + "0", "-" + REAL, str(1 << 185), "9" * 100):
        assert parse(text) is None, text


@given(st.lists(st.tuples(SECONDS, SHARDS, INDEXES, st.integers(1, 20)), min_size=1, max_size=5))
def test_numbers_of_runs_are_the_same_as_arrays(runs: list[tuple[int, int, int, int]]) -> None:
    firsts = [int(SequenceNumber(epoch, shard, index >> 1, epoch)) for epoch, shard, index, _ in runs]
    counts = np.array([count for *_, count in runs])
    expected = [text for first, (*_, count) in zip(firsts, runs, strict=True) for text in texts(first, count)]
    assert text_array(firsts, counts).to_pylist() == expected


@given(st.integers(1, 40), st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=20))
def test_a_key_belongs_to_the_range_that_its_md5_is_in(shards: int, keys: list[str]) -> None:
    ranges = even_ranges(shards)
    ring = Ring([start for start, _ in ranges])
    places = ring.places(keys)
    for key, place in zip(keys, places, strict=True):
        number = int(hashlib.md5(key.encode()).hexdigest(), 16)  # noqa: S324
        assert hash_key(key) == number
        assert ranges[place][0] <= number <= ranges[place][1]


@given(st.integers(1, 300))
def test_ranges_tile_the_hash_space(shards: int) -> None:
    ranges = even_ranges(shards)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == MAX_HASH_KEY
    assert all(before[1] + 1 == after[0] for before, after in pairwise(ranges))
    ring = Ring([start for start, _ in ranges])
    assert [ring.place(start) for start, _ in ranges] == [ring.place(end) for _, end in ranges] == list(range(shards))
