"""Objects under a clock that stands: their names, their contents, when they are there.

https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html and
https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import botocore.session
import cramjam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.validate import ParamValidator
from pyarrow import orc

from owlake.dbapi import Connection
from tests.connectors.firehose.conftest import ROLE, advance, lake

Objects = Callable[[], dict[str, bytes]]


_CREATE = botocore.session.Session().get_service_model("firehose").operation_model("CreateDeliveryStream").input_shape


def create(firehose: Any, name: str = "clicks", **destination: Any) -> None:
    """Create a delivery stream by arguments that boto3 takes as they stand."""
    arguments = {"DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": lake(**destination)}
    problems = ParamValidator().validate(arguments, _CREATE)
    assert not problems.has_errors(), problems.generate_report()
    firehose.create_delivery_stream(**arguments)


def put(firehose: Any, *records: bytes, name: str = "clicks") -> None:
    answer = firehose.put_record_batch(DeliveryStreamName=name, Records=[{"Data": one} for one in records])
    assert answer["FailedPutCount"] == 0


def test_records_are_one_object_after_the_interval(connection: Connection, firehose: Any, objects: Objects) -> None:
    create(firehose)
    put(firehose, b"one\n", b"two\n")
    advance(connection, 60)
    put(firehose, b"three\n")
    advance(connection, 239)
    assert objects() == {}
    advance(connection, 1)
    assert objects() == {"2026/03/04/05/clicks-1-2026-03-04-05-06-07-*": b"one\ntwo\nthree\n"}


def test_records_are_delivered_when_they_have_the_size(firehose: Any, objects: Objects) -> None:
    create(firehose, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900})
    for number in range(3):
        put(firehose, b"%d" % number * 600_000)
    (content,) = objects().values()
    assert content == b"0" * 600_000 + b"1" * 600_000


def test_a_record_that_comes_late_is_not_in_the_object_whose_time_was_over(
    connection: Connection, firehose: Any, objects: Objects
) -> None:
    create(firehose, BufferingHints={"SizeInMBs": 5, "IntervalInSeconds": 60})
    put(firehose, b"a")
    advance(connection, 60)
    put(firehose, b"b")
    advance(connection, 60)
    assert objects() == {
        "2026/03/04/05/clicks-1-2026-03-04-05-06-07-*": b"a",
        "2026/03/04/05/clicks-1-2026-03-04-05-07-07-*": b"b",
    }


@pytest.mark.parametrize(
    ("form", "ending", "read"),
    [
        ("GZIP", ".gz", gzip.decompress),
        ("ZIP", ".zip", lambda data: _only_file(zipfile.ZipFile(io.BytesIO(data)))),
        ("Snappy", ".snappy", lambda data: bytes(cramjam.snappy.decompress(data))),
        ("HADOOP_SNAPPY", ".snappy", lambda data: bytes(pa.decompress(data[8:], 6, codec="snappy", asbytes=True))),
    ],
)
def test_compressed(firehose: Any, objects: Objects, form: str, ending: str, read: Callable[[bytes], bytes]) -> None:
    create(firehose, CompressionFormat=form)
    put(firehose, b"abc", b"def")
    firehose.flush(DeliveryStreamName="clicks")
    ((name, content),) = objects().items()
    assert name.endswith(f"*{ending}")
    assert read(content) == b"abcdef"


def _only_file(archive: zipfile.ZipFile) -> bytes:
    (name,) = archive.namelist()
    return archive.read(name)


def test_the_definition_of_everyday(connection: Connection, firehose: Any, objects: Objects) -> None:
    connection.execute("CREATE DATABASE web")
    connection.execute(
        "CREATE EXTERNAL TABLE web.clicks (id bigint, at timestamp, page string, price decimal(9,2))"
        " STORED AS PARQUET LOCATION 's3://lake/data/'"
    )
    definition = {
        "Prefix": "data/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/",
        "ErrorOutputPrefix": "errors/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 300},
    }
    create(firehose, "plain", **definition, CompressionFormat="GZIP")
    create(firehose, "columns", **definition, DataFormatConversionConfiguration=conversion("clicks"))
    lines = [b'{"id": 1, "at": "2026-03-04 01:02:03", "page": "/", "price": 1.50}', b'{"id": 2}', b"{"]
    put(firehose, *lines, name="plain")
    put(firehose, *lines, name="columns")
    advance(connection, 300)
    # The error output is gathered like the rest, from when the record arrived.
    advance(connection, 300)
    found = objects()
    day = "data/year=2026/month=03/day=04/"
    assert sorted(found) == [
        f"{day}columns-1-2026-03-04-05-06-07-*.parquet",
        f"{day}plain-1-2026-03-04-05-06-07-*.gz",
        "errors/format-conversion-failed/2026/03/04/05/columns-1-2026-03-04-05-06-07-*",
    ]
    assert gzip.decompress(found[f"{day}plain-1-2026-03-04-05-06-07-*.gz"]) == b"".join(lines)
    table = pq.read_table(pa.BufferReader(found[f"{day}columns-1-2026-03-04-05-06-07-*.parquet"]))
    assert table.column("id").to_pylist() == [1, 2]
    assert [str(one) for one in table.column("price").to_pylist()] == ["1.50", "None"]
    assert str(table.column("at")[0].as_py()) == "2026-03-04 01:02:03"
    (error,) = found["errors/format-conversion-failed/2026/03/04/05/columns-1-2026-03-04-05-06-07-*"].splitlines()
    said = json.loads(error)
    assert base64.b64decode(said["rawData"]) == b"{"
    assert said["arrivalTimestamp"] == 1772600767000
    assert (said["attemptsMade"], said["errorCode"]) == (1, "DataFormatConversion.MalformedData")


def conversion(table: str, **serializer: Any) -> dict[str, Any]:
    return {
        "SchemaConfiguration": {"DatabaseName": "web", "TableName": table, "RoleARN": ROLE},
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": serializer or {"ParquetSerDe": {"Compression": "SNAPPY"}}},
    }


def test_records_become_orc(connection: Connection, firehose: Any, objects: Objects) -> None:
    connection.execute("CREATE DATABASE web")
    connection.execute("CREATE EXTERNAL TABLE web.t (a int, b array<string>) STORED AS ORC LOCATION 's3://lake/t/'")
    create(firehose, DataFormatConversionConfiguration=conversion("t", OrcSerDe={"Compression": "ZLIB"}))
    put(firehose, b'{"a": 1, "b": ["x", "y"]}', b'{"A": 2}')
    firehose.flush(DeliveryStreamName="clicks")
    ((name, content),) = objects().items()
    assert name.endswith("*.orc")
    assert orc.ORCFile(pa.BufferReader(content)).read().to_pylist() == [{"a": 1, "b": ["x", "y"]}, {"a": 2, "b": None}]


def test_records_by_keys_of_their_own(connection: Connection, firehose: Any, objects: Objects) -> None:
    create(
        firehose,
        Prefix="c=!{partitionKeyFromQuery:customer}/d=!{partitionKeyFromQuery:device}/",
        ErrorOutputPrefix="e/!{firehose:error-output-type}/",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration={
            "Enabled": True,
            "Processors": [
                {
                    "Type": "MetadataExtraction",
                    "Parameters": [
                        {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{customer: .c, device: .t.d}"},
                        {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
                    ],
                },
                {
                    "Type": "AppendDelimiterToRecord",
                    "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}],
                },
            ],
        },
    )
    put(
        firehose,
        b'{"c":1,"t":{"d":"x"}}',
        b'{"c":2,"t":{"d":"x"}}',
        b'{"c":1,"t":{"d":"x"},"n":3}',
        b'{"c":null}',
        b"no",
    )
    advance(connection, 60)
    found = objects()
    name = "clicks-1-2026-03-04-05-06-07-*"
    assert found.pop(f"c=1/d=x/{name}") == b'{"c":1,"t":{"d":"x"}}\n{"c":1,"t":{"d":"x"},"n":3}\n'
    assert found.pop(f"c=2/d=x/{name}") == b'{"c":2,"t":{"d":"x"}}\n'
    ((error_name, lines),) = found.items()
    assert error_name == f"e/processing-failed/{name}"
    assert [base64.b64decode(json.loads(line)["rawData"]) for line in lines.splitlines()] == [b'{"c":null}', b"no"]


def test_keys_that_make_too_long_a_prefix_fail_their_records(firehose: Any, objects: Objects) -> None:
    parameters = [
        {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{k: .k}"},
        {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
    ]
    create(
        firehose,
        Prefix="k=!{partitionKeyFromQuery:k}/",
        ErrorOutputPrefix="e/",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration={
            "Enabled": True,
            "Processors": [{"Type": "MetadataExtraction", "Parameters": parameters}],
        },
    )
    fits, too_long = (b'{"k":"%s"}' % (b"k/" * 255)[:length] for length in (509, 510))
    put(firehose, too_long, fits, too_long)
    firehose.flush(DeliveryStreamName="clicks")
    found = objects()
    (kept,) = [one for name, one in found.items() if name.startswith("k=")]
    assert kept == fits
    (lines,) = [one for name, one in found.items() if name.startswith("e/processing-failed/")]
    failed = [json.loads(line) for line in lines.splitlines()]
    assert [base64.b64decode(one["rawData"]) for one in failed] == [too_long] * 2
    assert failed[0]["errorCode"] == "DynamicPartitioning.PrefixTooLong"


def test_records_are_kept_as_they_came_too(firehose: Any, objects: Objects) -> None:
    create(
        firehose,
        ProcessingConfiguration={"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
        S3BackupMode="Enabled",
        S3BackupConfiguration=lake(Prefix="raw/", CompressionFormat="GZIP"),
    )
    put(firehose, b"a", b"b")
    firehose.flush(DeliveryStreamName="clicks")
    found = objects()
    assert found["2026/03/04/05/clicks-1-2026-03-04-05-06-07-*"] == b"a\nb\n"
    assert gzip.decompress(found["raw/2026/03/04/05/clicks-1-2026-03-04-05-06-07-*.gz"]) == b"ab"


def test_a_stream_is_read_on_through_a_split(connection: Connection, firehose: Any, objects: Objects) -> None:
    kinesis = connection.client("kinesis")
    kinesis.create_stream(StreamName="events", ShardCount=1)
    kinesis.put_record(StreamName="events", Data=b"before;", PartitionKey="k")
    advance(connection, 1)
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={
            "KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/events",
            "RoleARN": ROLE,
        },
        ExtendedS3DestinationConfiguration=lake(BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 60}),
    )
    for number in range(3):
        kinesis.put_record(StreamName="events", Data=b"%d;" % number, PartitionKey="k")
    kinesis.split_shard(StreamName="events", ShardToSplit="0", NewStartingHashKey=str(1 << 127))
    kinesis.put_record(StreamName="events", Data=b"3;", PartitionKey="k")
    advance(connection, 120)
    assert b"".join(objects().values()) == b"0;1;2;3;"


def test_what_cannot_be_delivered_is_tried_again(connection: Connection, firehose: Any) -> None:
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration={**lake(), "BucketARN": "arn:aws:s3:::missing"},
    )
    put(firehose, b"x")
    advance(connection, 301)
    state = "SELECT state, attempts > 0, error_code FROM firehose.system.deliveries"
    assert connection.execute(state).fetchall() == [("PLANNED", True, "HIVE_WRITER_OPEN_ERROR")]
    (connection.home.path / "buckets" / "missing").mkdir()
    advance(connection, 200)
    assert connection.execute("SELECT state FROM firehose.system.deliveries").fetchall() == [("DELIVERED",)]


def test_rows_are_put_by_insert(connection: Connection, firehose: Any, objects: Objects) -> None:
    create(firehose)
    connection.execute("INSERT INTO firehose.delivery.clicks SELECT CAST('a' AS varbinary) UNION ALL SELECT X'62'")
    rows = connection.execute('SELECT data, "$kind" FROM firehose.delivery.clicks').fetchall()
    assert sorted(rows) == [(b"a", "incoming"), (b"b", "incoming")]
    connection.execute("CALL firehose.system.flush('clicks')")
    assert sorted(b"".join(objects().values())) == sorted(b"ab")
    assert connection.execute("SELECT count(*) FROM firehose.delivery.clicks").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("destination", "text"),
    [
        ({"Prefix": "!{x:y}/"}, "an expression that is none"),
        ({"Prefix": "!{timestamp:yyyy}/"}, "ErrorOutputPrefix must be specified"),
        ({"Prefix": "!{partitionKeyFromQuery:a}/", "ErrorOutputPrefix": "e/"}, "only be part of a prefix expression"),
        ({"BufferingHints": {"SizeInMBs": 5}}, "must be specified together"),
        ({"CustomTimeZone": "Nowhere"}, "not a time zone"),
        ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "at least 64"),
        ({"Prefix": "!{firehose:error-output-type}/", "ErrorOutputPrefix": "e/"}, "only be part of ErrorOutputPrefix"),
        ({"Prefix": "p" * 503}, "Prefix must have at most 512 characters"),
        ({"ErrorOutputPrefix": "e" * 513}, "ErrorOutputPrefix must have at most 512 characters"),
    ],
)
def test_a_configuration_that_cannot_be(firehose: Any, destination: dict[str, Any], text: str) -> None:
    with pytest.raises(Exception, match=text):
        create(firehose, **destination)
    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == []
