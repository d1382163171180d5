"""Records transformed by SQL."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import owlake
from owlake.dbapi import Connection
from owlake.errors import OwlakeError
from owlake_connectors.firehose.processing.records import Outcome, Records, Source
from owlake_connectors.firehose.processing.sql import SqlTransformation
from tests.connectors.firehose.conftest import lake

Objects = Callable[[], dict[str, bytes]]
Transform = Callable[..., Outcome]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    path: Path = tmp_path_factory.mktemp("home")
    (path / "buckets" / "lake").mkdir(parents=True)
    with owlake.connect(path) as opened:
        opened.execute("CREATE DATABASE ref")
        opened.execute("CREATE TABLE ref.names WITH (external_location = 's3://lake/n/') AS SELECT 1 id, 'one' name")
        yield opened


@pytest.fixture
def transform(home: Connection) -> Transform:
    def transform(sql: str, *data: bytes, positions: pa.RecordBatch | None = None) -> Outcome:
        arrived = np.arange(len(data), dtype=np.int64) * 1_000_000
        source = Source(pa.array(data, pa.binary()), arrived, positions)
        return SqlTransformation(home.home, f"sql:{sql}")(Records.of(source))

    return transform


def data_of(outcome: Outcome) -> list[bytes]:
    found: list[bytes] = outcome.records.data.to_pylist()
    return found


def test_an_expression_is_the_data(transform: Transform) -> None:
    assert data_of(transform("upper(text)", b"a", b"b")) == [b"A", b"B"]
    assert data_of(transform("to_utf8('x') || data", b"\xff", b"b")) == [b"x\xff", b"xb"]
    assert data_of(transform("json_parse(text)", b'{"a" : 1}')) == [b'{"a":1}']


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("(text || '!')", b"a!"),
        ("(SELECT '!') || text", b"!a"),
        ("(SELECT text || '?' AS data, record_id FROM records)", b"a?"),
    ],
)
def test_what_is_in_parentheses_is_an_expression_or_a_query(transform: Transform, sql: str, made: bytes) -> None:
    assert data_of(transform(sql, b"a")) == [made]


def test_records_without_a_row_are_dropped(transform: Transform) -> None:
    outcome = transform("SELECT * FROM records WHERE json_extract_scalar(text, '$.a') = '1'", b'{"a":1}', b'{"a":2}')
    assert data_of(outcome) == [b'{"a":1}']
    assert outcome.records.origins.tolist() == [0]
    assert outcome.failures == []


def test_several_columns_are_an_object(transform: Transform) -> None:
    sql = "SELECT CAST(json_extract_scalar(text, '$.a') AS bigint) AS a, 'x' AS kind FROM records r"
    assert [json.loads(one) for one in data_of(transform(sql, b'{"a":5}', b"{}"))] == [
        {"a": 5, "kind": "x"},
        {"a": None, "kind": "x"},
    ]


def test_a_record_for_which_the_query_fails_is_failed_alone(transform: Transform) -> None:
    data = [b"%d" % number for number in range(100)]
    data[3], data[77] = b"x", b"\xff\xfe"
    outcome = transform("CAST(CAST(text AS integer) + 1 AS varchar)", *data)
    assert data_of(outcome) == [b"%d" % (number + 1) for number in range(100) if number not in (3, 77)]
    assert [(one.origin, one.code) for one in sorted(outcome.failures, key=lambda one: one.origin)] == [
        (3, "INVALID_CAST_ARGUMENT"),
        (77, "Lambda.ProcessingFailedStatus"),
    ]
    assert outcome.failures[0].details == {"lambdaArn": "sql:CAST(CAST(text AS integer) + 1 AS varchar)"}


def test_the_query_says_what_becomes_of_a_record(transform: Transform) -> None:
    sql = "SELECT data, text AS result FROM records"
    outcome = transform(sql, b"Ok", b"Dropped", b"ProcessingFailed", b"Perhaps")
    assert data_of(outcome) == [b"Ok"]
    assert [(one.origin, one.code) for one in outcome.failures] == [
        (2, "Lambda.ProcessingFailedStatus"),
        (3, "Lambda.JsonProcessingException"),
    ]


def test_several_rows_for_a_record_fail_it(transform: Transform) -> None:
    sql = "SELECT data FROM records CROSS JOIN UNNEST(split(text, ','))"
    outcome = transform(sql, b"a", b"a,b")
    assert data_of(outcome) == [b"a"]
    assert [(one.origin, one.code) for one in outcome.failures] == [(1, "Lambda.DuplicatedRecordId")]


def test_partition_keys(transform: Transform) -> None:
    sql = "SELECT data, text AS partition_key_kind, length(text) AS partition_key_size FROM records"
    outcome = transform(sql, b"ab", b"c")
    kind, size = ("partitionKeyFromLambda", "kind"), ("partitionKeyFromLambda", "size")
    assert outcome.records.keys == [{kind: "ab", size: "2"}, {kind: "c", size: "1"}]


def test_when_and_where_records_came_from(transform: Transform) -> None:
    positions = pa.RecordBatch.from_pydict(
        {
            "shard_id": ["s"] * 2,
            "partition_key": ["p", "q"],
            "sequence_number": ["7", "8"],
            "subsequence_number": pa.array([0, 1], pa.int64()),
        }
    )
    sql = (
        "concat_ws('/', shard_id, partition_key, sequence_number, CAST(subsequence_number AS varchar),"
        " date_format(approximate_arrival_timestamp, '%s'))"
    )
    assert data_of(transform(sql, b"a", b"b", positions=positions)) == [b"s/p/7/0/00", b"s/q/8/1/01"]


def test_tables_of_the_lake_can_be_joined(transform: Transform) -> None:
    sql = "SELECT n.name FROM records JOIN ref.names n ON CAST(n.id AS varchar) = text"
    assert [json.loads(one) for one in data_of(transform(sql, b"1", b"2"))] == [{"name": "one"}]


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT x FROM records", "line 1:8: Column 'x' cannot be resolved"),
        ("SELECT data,\n FROM records", "line 2:2"),
        ("SELECT data FROM other", "other"),
        ("SELECT count(*) FROM records", "line 1:1: 'record_id' must be an aggregate"),
        ("SELECT DISTINCT data FROM records", "line 1:1: The query must give the column record_id"),
        ("SELECT data, text AS t FROM records", "means nothing: t"),
        ("SELECT data, 1 AS result FROM records", "The column result must be varchar"),
        ("length(text)", "The data must be varchar, varbinary or json: bigint"),
        ("SELECT data, data FROM records", "two columns of one name"),
    ],
)
def test_sql_that_cannot_be(home: Connection, sql: str, text: str) -> None:
    with pytest.raises(OwlakeError) as caught:
        SqlTransformation(home.home, f"sql:{sql}")
    assert text in caught.value.message
    assert caught.value.code == "InvalidArgumentException"


def test_sql_may_be_said_in_short(connection: Connection) -> None:
    connection.execute("CREATE DATABASE web")
    connection.execute("CREATE EXTERNAL TABLE web.t (id bigint, kind string) STORED AS PARQUET LOCATION 's3://lake/t/'")
    connection.execute(
        "CALL firehose.system.create_delivery_stream(delivery_stream_name => 'clicks', destination_table => 'web.t',"
        " transformation => 'SELECT CAST(text AS bigint) AS id, ''number'' AS kind FROM records WHERE text <> ''''')"
    )
    connection.execute("INSERT INTO firehose.delivery.clicks VALUES CAST('7' AS varbinary), X''")
    connection.execute("CALL firehose.system.flush('clicks')")
    assert connection.execute("SELECT id, kind FROM web.t").fetchall() == [(7, "number")]
    described = connection.client("firehose").describe_delivery_stream(DeliveryStreamName="clicks")
    (destination,) = described["DeliveryStreamDescription"]["Destinations"]
    (processor,) = destination["TableDestinationDescription"]["ProcessingConfiguration"]["Processors"]
    assert processor["Parameters"][0]["ParameterValue"].startswith("sql:SELECT")


def test_a_delivery_stream_transforms_by_sql(firehose: Any, objects: Objects) -> None:
    parameters = [{"ParameterName": "LambdaArn", "ParameterValue": "sql:CAST(10 / CAST(text AS integer) AS varchar)"}]
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration=lake(
            ProcessingConfiguration={"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}]}
        ),
    )
    firehose.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": one} for one in (b"1", b"0", b"5")])
    firehose.flush(DeliveryStreamName="clicks")
    found = objects()
    name = "clicks-1-2026-03-04-05-06-07-*"
    assert found[f"2026/03/04/05/{name}"] == b"102"
    said = json.loads(found[f"processing-failed/2026/03/04/05/{name}"])
    assert base64.b64decode(said["rawData"]) == b"0"
    assert (said["errorCode"], said["lambdaArn"]) == ("DIVISION_BY_ZERO", parameters[0]["ParameterValue"])
