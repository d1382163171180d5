"""Aggregates against DuckDB, in groups and over windows, on random rows with NULLs."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from owlake.functions.aggregate.approximate import _numeric_histogram
from owlake.functions.hashing import hash_values, murmur_pairs, xxhash_bytes, xxhash_longs
from owlake.functions.segment_order import order_of
from owlake.functions.segments import Segments, distinct
from owlake.home import Home
from owlake.session import Session


def _values(rows: int) -> str:
    source = random.Random(7)

    def shown(value: Any) -> str:
        if value is None or source.random() < 0.15:
            return "NULL"
        return f"'{value}'" if isinstance(value, str) else str(value)

    lines = []
    for index in range(rows):
        number, fraction = source.randint(-9, 9), source.randint(-40, 40) / 8
        parts = (index, source.randint(0, 4), number, fraction, source.choice(["a", "b", "ä", ""]), number > 2)
        cells = [str(parts[0]), str(parts[1]), *(shown(part) for part in parts[2:])]
        cells[3] = f"CAST({cells[3]} AS double)"
        lines.append(f"({', '.join(cells)})")
    return f"(VALUES {', '.join(lines)}) AS t(i, k, n, d, s, b)"


ROWS = _values(200)

# What owlake is asked, and DuckDB's words for the same.
PAIRS = [
    ("count(n)", "count(n)"),
    ("count_if(b)", "count_if(b)"),
    ("sum(n)", "sum(n)"),
    ("sum(d)", "sum(d)"),
    ("sum(DISTINCT n)", "sum(DISTINCT n)"),
    ("avg(d)", "avg(d)"),
    ("avg(DISTINCT n)", "avg(DISTINCT n)"),
    ("min(s)", "min(s)"),
    ("max(d)", "max(d)"),
    ("bool_and(b)", "bool_and(b)"),
    ("bool_or(b)", "bool_or(b)"),
    ("bitwise_and_agg(n)", "bit_and(n)"),
    ("bitwise_or_agg(n)", "bit_or(n)"),
    ("bitwise_xor_agg(n)", "bit_xor(n)"),
    ("array_agg(n ORDER BY i)", "array_agg(n ORDER BY i)"),
    ("array_agg(s ORDER BY d DESC, i)", "array_agg(s ORDER BY d DESC NULLS LAST, i)"),
    ("array_agg(s ORDER BY n NULLS FIRST, i)", "array_agg(s ORDER BY n NULLS FIRST, i)"),
    ("array_agg(DISTINCT n ORDER BY n)", "array_agg(DISTINCT n ORDER BY n NULLS LAST)"),
    ("array_agg(i ORDER BY i) FILTER (WHERE n > 0)", "array_agg(i ORDER BY i) FILTER (WHERE n > 0)"),
    ("max_by(i, n * 1000 + i)", "arg_max(i, n * 1000 + i)"),
    ("min_by(s, n * 1000 + i)", "arg_min_null(s, n * 1000 + i)"),
    ("max(n, 3)", "max(n, 3)"),
    ("min(d, 4)", "min(d, 4)"),
    ("max_by(i, n * 1000 + i, 3)", "max_by(i, n * 1000 + i, 3)"),
    ("histogram(n)", "histogram(n)"),
    ("histogram(s)", "histogram(s)"),
    ("stddev(d)", "stddev_samp(d)"),
    ("stddev_pop(n)", "stddev_pop(n)"),
    ("variance(d)", "var_samp(d)"),
    ("var_pop(DISTINCT n)", "var_pop(DISTINCT n)"),
    ("corr(d, n)", "corr(d, n)"),
    ("covar_pop(d, n)", "covar_pop(d, n)"),
    ("covar_samp(d, n)", "covar_samp(d, n)"),
    ("regr_slope(d, n)", "regr_slope(d, n)"),
    ("regr_intercept(d, n)", "regr_intercept(d, n)"),
    ("kurtosis(d)", "kurtosis(d)"),
    ("listagg(s, '-') WITHIN GROUP (ORDER BY i)", "string_agg(s, '-' ORDER BY i)"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with Home.open(tmp_path_factory.mktemp("home")) as home, Session(home) as session:
        yield session


def _rows(session: Session, text: str) -> list[tuple[Any, ...]]:
    with session.execute(text) as result:
        return [tuple(row.values()) for row in result.table().to_pylist(maps_as_pydicts="strict")]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if one in ({}, []) or other in ({}, []):
        # Of no rows Trino's collections are NULL, DuckDB's empty.
        return not one and not other
    return bool(one == other)


@pytest.mark.parametrize(("asked", "known"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_groups_are_aggregated_as_duckdb_does(engine: Session, asked: str, known: str) -> None:
    found = _rows(engine, f"SELECT k, {asked} AS r FROM {ROWS} GROUP BY k ORDER BY k")
    expected = duckdb.sql(f"SELECT k, {known} AS r FROM {ROWS} GROUP BY k ORDER BY k").fetchall()
    assert len(found) == len(expected)
    assert all(_same(one[1], other[1]) for one, other in zip(found, expected, strict=True)), (found, expected)


def test_a_map_of_a_group_holds_its_keys_and_values(engine: Session) -> None:
    found = _rows(engine, f"SELECT k, map_agg(i, d), multimap_agg(s, i ORDER BY i) FROM {ROWS} GROUP BY k ORDER BY k")
    rows = duckdb.sql(f"SELECT k, i, d, s FROM {ROWS} ORDER BY i").fetchall()
    for group, pairs, lists in found:
        mine = [row for row in rows if row[0] == group]
        assert pairs == {row[1]: row[2] for row in mine}
        assert lists == {s: [row[1] for row in mine if row[3] == s] for s in {row[3] for row in mine} - {None}}


def test_hashes_are_the_published_ones() -> None:
    texts = pa.array(["", "a", "abc", "Nobody inspects the spammish repetition"])
    expected = [0xEF46DB3751D8E999, 0xD24EC4F1A98C6E5B, 0x44BC2CF5AD770999, 0xFBCEA83C8A378BF1]
    assert xxhash_bytes(texts).tolist() == expected
    first, second = murmur_pairs(pa.array(["", "hello", "hello, world"]))
    assert first.tolist() == [0, 0xCBD8A7B341BD9B02, 0x342FAC623A5EBC8E]
    assert second.tolist() == [0, 0x5B1E906A48AE1D19, 0x4CDCBC079642414D]


def test_a_number_is_hashed_as_its_bytes() -> None:
    numbers = [0, 1, -1, 2**62, -(2**63)]
    as_bytes = pa.array([number.to_bytes(8, "little", signed=True) for number in numbers])
    assert xxhash_longs(np.array(numbers)).tolist() == xxhash_bytes(as_bytes).tolist()


def test_long_texts_are_hashed_in_blocks_as_one_by_one() -> None:
    texts = ["x" * length for length in range(200)]
    together = xxhash_bytes(pa.array(texts)).tolist()
    assert together == [xxhash_bytes(pa.array([text])).tolist()[0] for text in texts]
    # Shifted in their buffer, the texts have the same hashes.
    assert xxhash_bytes(pa.array(["yyy", *texts]).slice(1)).tolist() == together


def test_equal_values_hash_alike_and_null_stays_null() -> None:
    assert len(set(hash_values(pa.array([0.0, -0.0])).to_pylist())) == 1
    assert hash_values(pa.array(["a", None])).to_pylist()[1] is None


def test_distinct_keeps_the_first_of_each_segment() -> None:
    rows = Segments(np.array([0, 3, 3, 6]), (pa.array(["a", "b", "a", "a", None, None]),))
    found = distinct(rows)
    assert found.first.tolist() == [0, 1, 3, 4]
    assert found.counts.tolist() == [2, 1, 1, 2]
    assert found.members.tolist() == [0, 2, 1, 3, 4, 5]


def test_rows_are_ordered_within_their_segment_and_stay_in_place_where_equal() -> None:
    rows = Segments(np.array([0, 4, 6]), (pa.array([2, 1, 2, None, 9, 8]),))
    assert order_of(rows, [(rows.columns[0], (True, False))]).tolist() == [1, 0, 2, 3, 5, 4]
    assert order_of(rows, [(rows.columns[0], (False, True))]).tolist() == [3, 0, 2, 1, 4, 5]


def _greedy(values: list[float], buckets: int) -> list[tuple[float, float]]:
    """Ben-Haim and Tom-Tov's merging, one pair at a time: the definition, where speed does not matter."""
    bins = sorted((value, float(values.count(value))) for value in set(values))
    while len(bins) > buckets:
        costs = [
            left[1] * right[1] / (left[1] + right[1]) * (right[0] - left[0]) ** 2
            for left, right in itertools.pairwise(bins)
        ]
        at = costs.index(min(costs))
        (value, weight), (other, more) = bins[at], bins[at + 1]
        bins[at : at + 2] = [((value * weight + other * more) / (weight + more), weight + more)]
    return bins


def test_histogram_buckets_are_those_of_merging_pair_by_pair() -> None:
    source = random.Random(3)
    groups = [[source.gauss(0, 10) for _ in range(size)] for size in (1, 2, 5, 40, 200)]
    offsets = np.cumsum([0, *(len(group) for group in groups)])
    rows = Segments(offsets, (pa.array([value for group in groups for value in group]),))
    found = _numeric_histogram(rows, pa.scalar(7)).to_pylist()
    for pairs, group in zip(found, groups, strict=True):
        assert np.allclose(pairs, _greedy(group, 7))
