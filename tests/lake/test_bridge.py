from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from owlake.errors import OwlakeError, error
from owlake.lake.formats.bridge import StreamDataset
from tests.lake.engine import context

SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.string()), ("c d", pa.float64())])


class Part:
    """Batches made when they are asked for; remembers how many, of what, and that it was closed."""

    def __init__(self, batches: int = 3, rows: int = 4, start: int = 0):
        self.batches, self.rows, self.start = batches, rows, start
        self.made, self.asked, self.closed = 0, [], threading.Event()

    def __call__(self, columns, wanted):
        self.asked.append((list(columns), wanted))
        try:
            for number in range(self.batches):
                first = self.start + number * self.rows
                values = {
                    "a": pa.array(range(first, first + self.rows)),
                    "b": pa.array([None if row % 3 == 0 else f"b{row}" for row in range(first, first + self.rows)]),
                    "c d": pa.array([row / 2 for row in range(first, first + self.rows)]),
                }
                self.made += 1
                names = list(columns) or ["a"]
                yield pa.RecordBatch.from_arrays([values[name] for name in names], names=names)
        finally:
            self.closed.set()


def query(dataset: StreamDataset, sql: str) -> list[tuple]:
    session = context()
    session.register_dataset("t", dataset)
    found = session.sql(sql).to_arrow_table()
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


def test_all_parts_are_read():
    dataset = StreamDataset(SCHEMA, [Part(start=0), Part(start=100)])
    assert query(dataset, "SELECT count(*), min(a), max(a) FROM t") == [(24, 0, 111)]


def test_no_parts_are_no_rows():
    assert query(StreamDataset(SCHEMA, []), "SELECT * FROM t") == []


def test_only_wanted_columns_are_asked_for():
    part = Part()
    query(StreamDataset(SCHEMA, [part]), 'SELECT max("c d") FROM t')
    assert part.asked[0][0] == ["c d"]


def test_counting_needs_no_columns():
    part = Part()
    assert query(StreamDataset(SCHEMA, [part]), "SELECT count(*) FROM t") == [(12,)]
    assert part.asked[0][0] == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a = 5", [5]),
        ("a > 3 AND a <= 5", [4, 5]),
        ("a IN (1, 7, 99)", [1, 7]),
        ("NOT (a >= 1)", [0]),
        ("b = 'b7' OR b = 'b2'", [2, 7]),
        ("b IS NULL", [0, 3, 6, 9]),
        ("b IS NOT NULL AND a < 3", [1, 2]),
        ("b <> 'b1' AND a < 5", [2, 4]),
        ("b LIKE 'b1%'", [1, 10, 11]),
        ("a BETWEEN 2 AND 3", [2, 3]),
        ('"c d" = 2.5', [5]),
        ("a + 1 = 4", [3]),
        ("a = NULL", []),
    ],
)
def test_filters_are_applied_whatever_the_part_yields(condition, expected):
    found = query(StreamDataset(SCHEMA, [Part()]), f"SELECT a FROM t WHERE {condition} ORDER BY a")
    assert [a for (a,) in found] == expected


def test_a_filter_on_a_column_that_is_not_selected():
    part = Part()
    assert query(StreamDataset(SCHEMA, [part]), "SELECT b FROM t WHERE a = 5") == [("b5",)]
    assert part.asked[0][0] == ["a", "b"]


def test_the_part_is_told_the_filter():
    part = Part()
    query(StreamDataset(SCHEMA, [part]), "SELECT b FROM t WHERE a = 5")
    assert "a == 5" in str(part.asked[0][1])


def test_reading_stops_when_there_is_enough():
    part = Part(batches=10_000, rows=10_000)
    assert len(query(StreamDataset(SCHEMA, [part]), "SELECT a FROM t LIMIT 5")) == 5
    assert part.closed.wait(5)
    assert part.made < 100


def test_memory_stays_bounded():
    before = pa.total_allocated_bytes()
    dataset = StreamDataset(SCHEMA, [Part(batches=60, rows=10_000)])
    peak = 0
    for _ in dataset.to_batches():
        peak = max(peak, pa.total_allocated_bytes() - before)
    assert peak < 5_000_000


def test_large_batches_are_cut():
    batches = list(StreamDataset(SCHEMA, [Part(batches=1, rows=150_000)]).scanner(batch_size=8192).to_batches())
    assert [batch.num_rows for batch in batches] == [65_536, 65_536, 18_928]


def test_our_own_error_is_remembered():
    def failing(_columns, _wanted):
        raise error("HIVE_BAD_DATA", "Malformed thing")
        yield

    dataset = StreamDataset(SCHEMA, [failing])
    with pytest.raises(Exception, match="Malformed thing"):
        query(dataset, "SELECT a FROM t")
    assert isinstance(dataset.failure, OwlakeError)
    assert dataset.failure.code == "HIVE_BAD_DATA"
    assert dataset.failure.__traceback__ is None


def test_it_can_be_read_without_an_engine():
    dataset = StreamDataset(SCHEMA, [Part(), Part()])
    assert dataset.count_rows() == 24
    assert dataset.to_table(["a"]).num_rows == 24
    with pytest.raises(NotImplementedError):
        dataset.head(1)
