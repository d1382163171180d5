"""Streams as tables: the suite of all connectors, how much of the log is read, and INSERT with what can go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_kinesis_agg.aggregator import RecordAggregator

import owlake
from owlake.connector.log import reader
from owlake.connector.table import Scan
from owlake.dbapi import Connection
from owlake.testing import ConnectorContract
from owlake_connectors.kinesis.errors import INTERNAL_FAILURE, THROUGHPUT_EXCEEDED
from owlake_connectors.kinesis.records import Batch, PutResult, put
from owlake_connectors.kinesis.store import StreamStore
from owlake_connectors.kinesis.tables import putting

START = datetime(2024, 1, 5, 10, tzinfo=UTC)


class TestTablesOfStreams(ConnectorContract):
    setup = (
        """
        CREATE STREAM typed (id BIGINT, name VARCHAR, price DECIMAL(10, 2), ratio DOUBLE, day DATE, at TIMESTAMP)
        WITH (shard_count = 3, partition_key = 'name')
        """,
        """
        INSERT INTO kinesis.streams.typed VALUES
            (1, 'a', 1.50, 0.5, DATE '2024-02-29', TIMESTAMP '2024-01-01 00:00:00.001'),
            (2, '', -3.00, -2.25, NULL, NULL),
            (3, NULL, NULL, NULL, DATE '1969-12-31', TIMESTAMP '1950-01-01 00:00:00'),
            (4, 'é''', 0.00, 1e300, DATE '9999-12-31', NULL),
            (NULL, 'Z', 99.99, 2.5, DATE '2024-02-29', NULL)
        """,
        "CREATE STREAM lines (a BIGINT, b VARCHAR) WITH (format = 'csv')",
        "INSERT INTO kinesis.streams.lines VALUES (1, 'x,y'), (2, ''), (NULL, NULL)",
        "CREATE STREAM bytes WITH (shard_count = 2)",
        "INSERT INTO kinesis.streams.bytes VALUES (X'00'), (X'')",
        "CREATE STREAM empty (a BIGINT)",
    )
    tables = ("kinesis.streams.typed", "kinesis.streams.lines", "kinesis.streams.bytes", "kinesis.streams.empty")
    writable = "kinesis.streams.typed"


def rows(connection: Connection, statement: str) -> list[Any]:
    return connection.execute(statement).fetchall()


def at(connection: Connection, moment: datetime) -> None:
    connection.home.scheduler.set(moment)


# How much is read ------------------------------------------------------------------------------------------


@pytest.fixture
def many_segments(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A stream with ten segments: a hundred records each minute. Nobody has read it yet."""
    monkeypatch.setattr("owlake.connector.log.writer.LogWriter.__init__.__defaults__", (4096,))
    at(connection, START)
    connection.execute("CREATE STREAM ticks (minute BIGINT, n BIGINT) WITH (shard_count = 2)")
    for minute in range(10):
        at(connection, START + timedelta(minutes=minute))
        connection.execute(
            f"INSERT INTO kinesis.streams.ticks SELECT {minute}, n FROM UNNEST(sequence(1, 100)) AS t(n)"
        )
    with owlake.connect(connection.home.path) as opened:
        yield opened


@pytest.fixture
def read_segments(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The segments whose frames are looked at from here on."""
    found: set[str] = set()
    read = reader._View._read

    def noted(view: Any, position: int) -> Any:
        found.add(view.segment.log.name)
        return read(view, position)

    monkeypatch.setattr(reader._View, "_read", noted)
    return found


def test_a_stream_has_the_segments_that_the_next_tests_count(
    many_segments: Connection, read_segments: set[str]
) -> None:
    assert rows(many_segments, "SELECT count(*), count(DISTINCT minute) FROM kinesis.streams.ticks") == [(1000, 10)]
    assert len(read_segments) == 10


CONDITIONS = [
    (">= TIMESTAMP '2024-01-05 10:09:00 UTC'", {9}),
    ("> TIMESTAMP '2024-01-05 10:08:00 UTC'", {9}),
    ("< TIMESTAMP '2024-01-05 10:01:00 UTC'", {0}),
    ("BETWEEN TIMESTAMP '2024-01-05 10:03:00 UTC' AND TIMESTAMP '2024-01-05 10:04:59 UTC'", {3, 4}),
    ("= TIMESTAMP '2024-01-05 12:03:00 +02:00'", {3}),
    (">= TIMESTAMP '2024-01-05 10:09:00.000001 UTC'", set()),
    (">= current_timestamp - INTERVAL '2' MINUTE", {7, 8, 9}),
    ("> TIMESTAMP '2024-01-05 11:00:00 UTC'", set()),
]


@pytest.mark.parametrize(("condition", "minutes"), CONDITIONS, ids=[one[0] for one in CONDITIONS])
def test_conditions_on_time_read_the_segments_of_that_time(
    many_segments: Connection, read_segments: set[str], condition: str, minutes: set[int]
) -> None:
    wanted = f'"$approximate_arrival_timestamp" {condition}'
    found = rows(many_segments, f"SELECT minute, count(*) FROM kinesis.streams.ticks WHERE {wanted} GROUP BY 1")
    assert sorted(found) == [(minute, 100) for minute in sorted(minutes)]
    assert len(read_segments) == len(minutes)


def test_conditions_on_numbers_of_a_shard_read_from_there_on(
    many_segments: Connection, read_segments: set[str]
) -> None:
    shard = "shardId-000000000001"
    numbered = f"FROM kinesis.streams.ticks WHERE \"$shard_id\" = '{shard}'"
    everything = rows(many_segments, f'SELECT "$sequence_number", minute {numbered} ORDER BY 1')
    for number, minute in (everything[0], everything[len(everything) // 2], everything[-1]):
        for condition, expected in (
            (f"= '{number}'", [one for one in everything if one[0] == number]),
            (f">= '{number}'", [one for one in everything if one[0] >= number]),
            (f"> '{number}'", [one for one in everything if one[0] > number]),
            (f"< '{number}'", [one for one in everything if one[0] < number]),
        ):
            # The frame that was looked at last is not looked at again: each is asked by a connection of its own.
            read_segments.clear()
            with owlake.connect(many_segments.home.path) as other:
                statement = (
                    f'SELECT "$sequence_number", minute {numbered} AND "$sequence_number" {condition} ORDER BY 1'
                )
                assert rows(other, statement) == expected, condition
            assert len(read_segments) <= len({one[1] for one in expected} | {minute})


def test_a_limit_reads_no_further(many_segments: Connection, read_segments: set[str]) -> None:
    assert len(rows(many_segments, "SELECT n FROM kinesis.streams.ticks LIMIT 5")) == 5
    assert len(read_segments) == 1


def test_explain_shows_what_is_read(many_segments: Connection) -> None:
    condition = "\"$approximate_arrival_timestamp\" >= TIMESTAMP '2024-01-05 10:08:00 UTC'"
    statement = (
        f"EXPLAIN SELECT n FROM kinesis.streams.ticks WHERE {condition} AND \"$shard_id\" = 'shardId-000000000000'"
    )
    text = "\n".join(line for (line,) in rows(many_segments, statement))
    assert "shards: 1 of 2" in text
    assert "segments: 2 of 10" in text


def test_parts_have_each_record_once(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("owlake_connectors.kinesis.tables.stream_table._AT_ONCE", 16)
    connection.execute("CREATE STREAM s (n BIGINT) WITH (shard_count = 3)")
    for start in range(0, 1000, 100):
        connection.execute(
            f"INSERT INTO kinesis.streams.s SELECT n FROM UNNEST(sequence({start}, {start + 99})) AS t(n)"
        )
    table = connection.home.catalogs.connector("kinesis").table("streams", "s")
    assert table is not None
    for most in (1, 2, 3, 8, 100):
        parts = table.parts(Scan(("n",)), most)
        assert len(parts) == 1 if most in (1, 100) else 2 <= len(parts) <= most
        found = [value for part in parts for batch in part() for value in batch.column("n").to_pylist()]
        assert sorted(found) == list(range(1000)), most


# Aggregates ------------------------------------------------------------------------------------------------


def test_records_of_the_producer_library_are_rows_of_their_own(connection: Connection, kinesis: Any) -> None:
    connection.execute("CREATE STREAM s (n BIGINT)")
    aggregator = RecordAggregator()
    for number in range(3):
        aggregator.add_user_record(f"key{number}", b'{"n":%d}' % number)
    key, hash_key, data = aggregator.clear_and_get().get_contents()
    assert hash_key is None
    kinesis.put_record(StreamName="s", Data=data, PartitionKey=key)
    kinesis.put_record(StreamName="s", Data=b'{"n":7}', PartitionKey="alone")
    columns = 'n, "$subsequence_number", "$partition_key", from_utf8("$data")'
    assert rows(connection, f"SELECT {columns} FROM kinesis.streams.s ORDER BY n") == [
        (0, 0, "key0", '{"n":0}'),
        (1, 1, "key1", '{"n":1}'),
        (2, 2, "key2", '{"n":2}'),
        (7, 0, "alone", '{"n":7}'),
    ]
    assert rows(connection, 'SELECT count(*), count(DISTINCT "$sequence_number") FROM kinesis.streams.s') == [(4, 2)]


# INSERT ----------------------------------------------------------------------------------------------------


class _Refusing:
    """Puts, but refuses some records some times, as a shard that is written to too fast."""

    def __init__(self, refusals: int, code: str = THROUGHPUT_EXCEEDED) -> None:
        self._left = refusals
        self._code = code

    def __call__(self, store: StreamStore, name: str, batch: Batch) -> PutResult:
        if not self._left:
            return put(store, name, batch)
        self._left -= 1
        half = len(batch.data) // 2
        taken = put(store, name, Batch(batch.data[:half], batch.partition_keys[:half]))
        rest = len(batch.data) - half
        text = f"Rate exceeded for shard shardId-000000000000 in stream {name} under account 123456789012."
        refusals = {half + number: (self._code, text) for number in range(rest)}
        nothing: list[str | None] = [None] * rest
        return PutResult(taken.stream, taken.shard_ids + nothing, taken.sequence_numbers + nothing, refusals)


@pytest.mark.parametrize("code", [THROUGHPUT_EXCEEDED, INTERNAL_FAILURE])
def test_records_that_are_refused_for_a_moment_are_put_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(putting, "put", _Refusing(3, code))
    monkeypatch.setattr(putting, "_PAUSE", 0.001)
    connection.execute("CREATE STREAM s (n BIGINT)")
    answer = rows(connection, "INSERT INTO kinesis.streams.s SELECT n FROM UNNEST(sequence(1, 100)) AS t(n)")
    there = rows(connection, 'SELECT "$shard_id", "$sequence_number", n FROM kinesis.streams.s')
    assert sorted(one[2] for one in there) == list(range(1, 101))
    assert sorted(answer) == sorted(one[:2] for one in there)


def test_where_time_stands_still_an_error_says_how_many_were_put(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(putting, "put", _Refusing(1))
    monkeypatch.setattr(putting, "_PAUSE", 0.001)
    at(connection, START)
    connection.execute("CREATE STREAM s (n BIGINT)")
    with pytest.raises(owlake.Error) as caught:
        connection.execute("INSERT INTO kinesis.streams.s SELECT n FROM UNNEST(sequence(1, 100)) AS t(n)")
    assert caught.value.code == THROUGHPUT_EXCEEDED
    assert caught.value.hint == "50 records had been put before"
    assert rows(connection, "SELECT count(*) FROM kinesis.streams.s") == [(50,)]


def test_a_query_that_fails_late_says_how_many_were_put(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(putting, "_HELD_ROWS", 100)
    connection.execute("CREATE STREAM s (n BIGINT)")
    numbers = "UNNEST(sequence(0, 99)) AS t(a) CROSS JOIN UNNEST(sequence(0, 999)) AS u(b)"
    failing = f"SELECT 10 / (99999 - a * 1000 - b) FROM {numbers}"
    with pytest.raises(owlake.Error) as caught:
        connection.execute(f"INSERT INTO kinesis.streams.s {failing}")
    assert caught.value.code == "DIVISION_BY_ZERO"
    put_before = rows(connection, "SELECT count(*) FROM kinesis.streams.s")[0][0]
    assert (caught.value.hint or "").startswith(f"{put_before:,} records had been put before" if put_before else "")


def test_a_record_over_the_limit_is_refused(connection: Connection) -> None:
    connection.execute("CREATE STREAM s")
    with pytest.raises(owlake.Error) as caught:
        connection.execute("INSERT INTO kinesis.streams.s VALUES (X'00'), (to_utf8(rpad('x', 1048576, 'x')))")
    assert caught.value.code == "ValidationException"
    assert "at 'records.2.member.data' failed to satisfy constraint: Member must have length less than" in str(
        caught.value
    )
    assert rows(connection, "SELECT count(*) FROM kinesis.streams.s") == [(0,)]
    connection.execute("CREATE STREAM t WITH (max_record_size_in_kib = 2048)")
    connection.execute("INSERT INTO kinesis.streams.t VALUES (to_utf8(rpad('x', 1048576, 'x')))")
    assert rows(connection, "SELECT length(data) FROM kinesis.streams.t") == [(1048576,)]


def test_large_records_are_put_in_pieces(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[int] = []

    def noted(store: StreamStore, name: str, batch: Batch) -> PutResult:
        pieces.append(sum(map(len, batch.data)))
        return put(store, name, batch)

    monkeypatch.setattr(putting, "put", noted)
    monkeypatch.setattr(putting, "_BYTES", 1000)
    connection.execute("CREATE STREAM s (line VARCHAR) WITH (format = 'raw')")
    lengths = "VALUES 400, 400, 300, 1500, 1000, 1, 999"
    connection.execute(f"INSERT INTO kinesis.streams.s SELECT rpad('x', n, 'x') FROM ({lengths}) AS t(n)")
    assert pieces == [800, 300, 1500, 1000, 1000]
    assert rows(connection, "SELECT sum(length(line)) FROM kinesis.streams.s") == [(4600,)]


def test_the_answer_of_many_rows_waits_on_disk_and_counts_as_written(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(putting, "_KEPT_ROWS", 1000)
    monkeypatch.setattr(putting, "_ROWS", 300)
    connection.execute("CREATE STREAM s (n BIGINT) WITH (shard_count = 4)")
    cursor = connection.execute("INSERT INTO kinesis.streams.s SELECT n FROM UNNEST(sequence(1, 5000)) AS t(n)")
    assert cursor.rowcount == 5000
    assert [column[0] for column in cursor.description or ()] == ["shard_id", "sequence_number"]
    answer = cursor.fetchall()
    assert sorted(answer) == sorted(rows(connection, 'SELECT "$shard_id", "$sequence_number" FROM kinesis.streams.s'))


def test_rows_go_in_whether_the_answer_is_taken_or_not(connection: Connection) -> None:
    connection.execute("CREATE STREAM s (n BIGINT)")
    connection.execute("INSERT INTO kinesis.streams.s VALUES (1), (2)").close()
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO kinesis.streams.s VALUES (?)", [(3,), (4,)])
    assert sorted(rows(connection, "SELECT n FROM kinesis.streams.s")) == [(1,), (2,), (3,), (4,)]


def test_partition_keys_may_be_an_expression_over_the_columns(connection: Connection) -> None:
    key = "lower(tenant) || ''-'' || CAST(n % 3 AS varchar)"
    connection.execute(f"CREATE STREAM s (tenant VARCHAR, n BIGINT) WITH (partition_key = '{key}')")
    # More rows than are put at once.
    connection.execute(
        "INSERT INTO kinesis.streams.s SELECT IF(n % 2 = 0, 'ACME', 'Acme'), n FROM UNNEST(sequence(1, 9000)) AS t(n)"
    )
    found = rows(connection, 'SELECT n, "$partition_key" FROM kinesis.streams.s')
    assert sorted(found) == [(n, f"acme-{n % 3}") for n in range(1, 9001)]
    connection.execute("INSERT INTO kinesis.streams.s VALUES (NULL, 0), (NULL, 0)")
    random = rows(connection, 'SELECT DISTINCT "$partition_key" FROM kinesis.streams.s WHERE n = 0')
    assert [len(one) for (one,) in random] == [32, 32]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("lower(nobody)", "COLUMN_NOT_FOUND"),
        ("nobody(tenant)", "FUNCTION_NOT_FOUND"),
        ("tenant ||", "MALFORMED_QUERY"),
        ("ROW(n)", "TYPE_MISMATCH"),
        ("tenant, nobody", "COLUMN_NOT_FOUND"),
    ],
)
def test_keys_that_cannot_be_are_refused_before_there_is_a_stream(
    connection: Connection, expression: str, code: str
) -> None:
    with pytest.raises(owlake.Error) as caught:
        connection.execute(f"CREATE STREAM s (tenant VARCHAR, n BIGINT) WITH (partition_key = '{expression}')")
    assert caught.value.code == code
    assert rows(connection, "SHOW STREAMS") == []


def test_a_column_that_the_key_needs_is_not_dropped(connection: Connection) -> None:
    connection.execute("CREATE STREAM s (tenant VARCHAR, n BIGINT) WITH (partition_key = 'lower(tenant)')")
    with pytest.raises(owlake.Error) as caught:
        connection.execute("ALTER STREAM s DROP COLUMN tenant")
    assert caught.value.code == "COLUMN_NOT_FOUND"
    assert "partition_key 'lower(tenant)'" in caught.value.message


# Streams of the API ----------------------------------------------------------------------------------------


def test_a_stream_that_the_api_made_is_a_table_of_bytes(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="Orders", ShardCount=1)
    kinesis.put_record(StreamName="Orders", Data=b"\x00\xff", PartitionKey="k")
    assert rows(connection, "SELECT data FROM kinesis.streams.orders") == [(b"\x00\xff",)]
    assert rows(connection, "SHOW STREAMS") == [("orders",)]
    connection.execute("ALTER STREAM orders ADD COLUMN total DOUBLE")
    kinesis.put_record(StreamName="Orders", Data=b'{"total":1.5}', PartitionKey="k")
    assert rows(connection, 'SELECT total, "$error" FROM kinesis.streams.orders ORDER BY "$sequence_number"') == [
        (None, "not a JSON object"),
        (1.5, None),
    ]
    kinesis.delete_stream(StreamName="Orders")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    assert [column[0] for column in connection.execute("SELECT * FROM kinesis.streams.orders").description or ()] == [
        "data"
    ]


def test_names_that_differ_in_case_only_cannot_be_told_apart(connection: Connection, kinesis: Any) -> None:
    for name in ("Orders", "ORDERS"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
    with pytest.raises(owlake.Error, match="There are several streams called 'orders': ORDERS, Orders"):
        connection.execute("SELECT * FROM kinesis.streams.orders")


def test_another_process_sees_the_stream_with_its_columns(connection: Connection) -> None:
    connection.execute("CREATE STREAM s (n BIGINT)")
    with owlake.connect(connection.home.path) as other:
        other.execute("INSERT INTO kinesis.streams.s VALUES (1)")
        connection.execute("ALTER STREAM s ADD COLUMN m BIGINT")
        assert rows(other, "SELECT n, m FROM kinesis.streams.s") == [(1, None)]
