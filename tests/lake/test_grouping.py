from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.lake.writing.grouping import as_hive_partition, grouped

ROW = st.tuples(st.sampled_from(["a", "b", None]), st.none() | st.integers(-2, 2))


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, max_size=60), st.integers(1, 7), st.integers(1, 400))
def test_places_lie_together_and_keep_the_order_of_their_rows(rows, size, run):
    table = pa.table(
        {
            "k": pa.array([row[0] for row in rows], pa.string()),
            "n": pa.array([row[1] for row in rows], pa.int64()),
            "row": pa.array(range(len(rows)), pa.int64()),
        }
    )
    found = pa.Table.from_batches(grouped(table.to_batches(size), lambda batch: batch.columns[:2], run), table.schema)
    expected = defaultdict(list)
    for number, (k, n) in enumerate(rows):
        expected[k is None, k or "", n is None, n or 0].append(number)
    assert found["row"].to_pylist() == [number for place in sorted(expected) for number in expected[place]]
    assert found.sort_by("row").equals(table)


KEYS = {
    "boolean": [True, False, None],
    "date": [dt.date(2020, 1, 2), dt.date(1, 1, 1), None],
    "decimal": [Decimal("1.50"), Decimal("-1.50"), None],
    "timestamp": [dt.datetime.fromisoformat("2020-01-01 00:00:00.001"), None],
    "double": [1.5, -0.5, None],
    "binary": [b"\xff", b"", None],
}


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_every_type_tell_places_apart(kind):
    values = KEYS[kind] * 3
    table = pa.table({"k": pa.array(values), "row": range(len(values))})
    batches = list(grouped(table.to_batches(2), lambda batch: [batch.column("k")], 1))
    assert [len(set(batch["k"].to_pylist())) for batch in batches] == [1] * len(KEYS[kind])
    assert sorted(row for batch in batches for row in batch["row"].to_pylist()) == list(range(len(values)))


def test_nested_columns_come_along():
    rows = [
        {"k": number % 3, "l": [number, None], "m": [("x", number)], "r": {"a": str(number)}} for number in range(50)
    ]
    types = pa.schema(
        [
            ("k", pa.int32()),
            ("l", pa.list_(pa.int64())),
            ("m", pa.map_(pa.string(), pa.int64())),
            ("r", pa.struct([("a", pa.string())])),
        ]
    )
    table = pa.Table.from_pylist(rows, types)
    found = pa.Table.from_batches(grouped(table.to_batches(7), lambda batch: [batch.column("k")], 500))
    assert found.to_pylist() == sorted(rows, key=lambda row: row["k"])


def test_the_empty_text_is_null_for_a_partition_as_in_hive():
    assert as_hive_partition(pa.array(["", "a", None])).to_pylist() == [None, "a", None]
    assert as_hive_partition(pa.array([0, None])).to_pylist() == [0, None]


def test_an_error_of_the_rows_comes_through():
    def failing():
        yield pa.record_batch({"k": [1]})
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(grouped(failing(), lambda batch: [batch.column("k")], 1))
