"""Objects and lines of the error output to the byte, under a clock that stands: what each rule of the service says.

Names: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html and
https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html; the error output:
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html,
https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html and
https://docs.aws.amazon.com/firehose/latest/dev/retry.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

import owlake
from owlake.dbapi import Connection
from owlake.spi import hookimpl
from tests.connectors.firehose.conftest import ROLE, START, advance

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_RANDOM = re.compile(r"(?<=rnd=)[A-Za-z0-9]{11}(?=/)")

ARRIVED = 1772600767000
"""2026-03-04 05:06:07 UTC, when the first record arrives; the second comes a minute later."""
NAME = "2026-03-04-05-06-07-*"
HOUR = "2026/03/04/05/"


class Functions:
    """Functions that transform records."""

    @hookimpl
    def register_lambdas(self) -> Mapping[str, Callable[[Any], Any]]:
        return {"failing": _failing, "raising": _raising}


def _failing(event: Any) -> Any:
    """The first record is well, the second is given up, the third is forgotten, the fourth twice there."""
    ids = [one["recordId"] for one in event["records"]]
    data = base64.b64encode(b"well").decode()
    answers = [{"recordId": ids[0], "result": "Ok", "data": data}, {"recordId": ids[1], "result": "ProcessingFailed"}]
    return {"records": answers + [{"recordId": ids[3], "result": "Ok", "data": data}] * 2}


def _raising(_: Any) -> Any:
    text = "no"
    raise RuntimeError(text)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """One home for all: each rule has a bucket and a delivery stream of its own."""
    with owlake.connect(tmp_path_factory.mktemp("golden") / "home", plugins={"functions": Functions()}) as opened:
        opened.execute(f"CALL system.runtime.set_clock(TIMESTAMP '{START}')")
        opened.execute("CREATE DATABASE web")
        opened.execute("CREATE EXTERNAL TABLE web.t (id bigint) STORED AS PARQUET LOCATION 's3://tables/t/'")
        yield opened


def delivered(
    connection: Connection, stream: str, destination: dict[str, Any], *records: bytes, apart: int = 0
) -> dict[str, bytes]:
    """The objects of the delivery stream's own bucket, once it has delivered records that come some seconds apart."""
    connection.execute(f"CALL system.runtime.set_clock(TIMESTAMP '{START}')")
    connection.home.storage.create_bucket(stream)
    firehose = connection.client("firehose")
    place = {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{stream}"}
    if "S3BackupConfiguration" in destination:
        backup = {**place, **destination["S3BackupConfiguration"]}
        destination = {**destination, "S3BackupConfiguration": backup}
    firehose.create_delivery_stream(
        DeliveryStreamName=stream, ExtendedS3DestinationConfiguration={**place, **destination}
    )
    for number, one in enumerate(records):
        if number and apart:
            advance(connection, apart)
        firehose.put_record(DeliveryStreamName=stream, Record={"Data": one})
    firehose.flush(DeliveryStreamName=stream)
    root = connection.home.path / "buckets" / stream
    named = {
        _RANDOM.sub("?", _UUID.sub("*", str(one.relative_to(root)))).replace(f"{stream}-1-", "S-1-"): one.read_bytes()
        for one in root.rglob("*")
        if one.is_file()
    }
    connection.client("firehose").delete_delivery_stream(DeliveryStreamName=stream)
    return named


# Names --------------------------------------------------------------------------------------------------

NAMES: dict[str, tuple[dict[str, Any], str]] = {
    # <prefix><stream>-<version>-<time of the oldest record>-<uuid>; the prefix is the hour, in UTC.
    "the default prefix is the hour": ({}, f"{HOUR}S-1-{NAME}"),
    "an empty prefix is none": ({"Prefix": ""}, f"{HOUR}S-1-{NAME}"),
    "a custom time zone shifts prefix and suffix": (
        {"CustomTimeZone": "Asia/Tokyo"},
        "2026/03/04/14/S-1-2026-03-04-14-06-07-*",
    ),
    "a time zone can shift the day": (
        {"CustomTimeZone": "America/Los_Angeles"},
        "2026/03/03/21/S-1-2026-03-03-21-06-07-*",
    ),
    # Without an expression of time the hour is appended, and no slash before it.
    "a prefix without a slash": ({"Prefix": "myPrefix"}, f"myPrefix{HOUR}S-1-{NAME}"),
    "a prefix with a slash": ({"Prefix": "my/"}, f"my/{HOUR}S-1-{NAME}"),
    "a prefix with a random string alone": (
        {"Prefix": "rnd=!{firehose:random-string}/", "ErrorOutputPrefix": "e/"},
        f"rnd=?/{HOUR}S-1-{NAME}",
    ),
    # Java's patterns, of the moment at which the oldest record arrived.
    "a day": (
        {
            "Prefix": "data/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/",
            "ErrorOutputPrefix": "errors/",
        },
        f"data/year=2026/month=03/day=04/S-1-{NAME}",
    ),
    "the same instant each time": (
        {"Prefix": "!{timestamp:HH}-!{timestamp:mm}-!{timestamp:ss}/!{timestamp:HHmmss}/", "ErrorOutputPrefix": "e/"},
        f"05-06-07/050607/S-1-{NAME}",
    ),
    "quotes escape literals": (
        {"Prefix": "!{timestamp:'year='yyyy'/'MM}/", "ErrorOutputPrefix": "e/"},
        f"year=2026/03/S-1-{NAME}",
    ),
    "two quotes are one": (
        {"Prefix": "!{timestamp:h 'o''clock' a}/", "ErrorOutputPrefix": "e/"},
        f"5 o'clock AM/S-1-{NAME}",
    ),
    "the day of the year": ({"Prefix": "!{timestamp:yyyy-DDD}/", "ErrorOutputPrefix": "e/"}, f"2026-063/S-1-{NAME}"),
    "names of months and days": (
        {"Prefix": "!{timestamp:MMM}/!{timestamp:EEEE}/", "ErrorOutputPrefix": "e/"},
        f"Mar/Wednesday/S-1-{NAME}",
    ),
    "a prefix in a time zone": (
        {"Prefix": "!{timestamp:yyyy-MM-dd'T'HH}/", "ErrorOutputPrefix": "e/", "CustomTimeZone": "Asia/Kolkata"},
        "2026-03-04T10/S-1-2026-03-04-10-36-07-*",
    ),
    "two random strings are two": (
        {"Prefix": "rnd=!{firehose:random-string}/rnd=!{firehose:random-string}/", "ErrorOutputPrefix": "e/"},
        f"rnd=?/rnd=?/{HOUR}S-1-{NAME}",
    ),
    # Endings.
    "an ending of one's own": ({"FileExtension": ".json"}, f"{HOUR}S-1-{NAME}.json"),
    "GZIP": ({"CompressionFormat": "GZIP"}, f"{HOUR}S-1-{NAME}.gz"),
    "ZIP": ({"CompressionFormat": "ZIP"}, f"{HOUR}S-1-{NAME}.zip"),
    "Snappy": ({"CompressionFormat": "Snappy"}, f"{HOUR}S-1-{NAME}.snappy"),
    "Hadoop's Snappy": ({"CompressionFormat": "HADOOP_SNAPPY"}, f"{HOUR}S-1-{NAME}.snappy"),
    "an ending overrides that of the compression": (
        {"CompressionFormat": "GZIP", "FileExtension": ".log.gz"},
        f"{HOUR}S-1-{NAME}.log.gz",
    ),
}


@pytest.mark.parametrize("rule", NAMES)
def test_names(connection: Connection, rule: str) -> None:
    destination, name = NAMES[rule]
    stream = f"names-{list(NAMES).index(rule)}"
    found = delivered(connection, stream, destination, b"one;", b"two;", apart=60)
    assert list(found) == [name]
    if "CompressionFormat" not in destination:
        # Records stand one behind the other, with nothing between.
        assert found[name] == b"one;two;"


def test_a_backup_has_records_as_they_came(connection: Connection) -> None:
    found = delivered(
        connection,
        "backed-up",
        {
            "Prefix": "made/",
            "S3BackupMode": "Enabled",
            "S3BackupConfiguration": {"Prefix": "raw/"},
            "ProcessingConfiguration": processing("AppendDelimiterToRecord", Delimiter="\\n"),
        },
        b"a",
        b"b",
    )
    assert found == {f"made/{HOUR}S-1-{NAME}": b"a\nb\n", f"raw/{HOUR}S-1-{NAME}": b"ab"}


def processing(type_: str, **parameters: str) -> dict[str, Any]:
    given = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Enabled": True, "Processors": [{"Type": type_, "Parameters": given}]}


# Refused ------------------------------------------------------------------------------------------------

_PARTITIONS = {
    "DynamicPartitioningConfiguration": {"Enabled": True},
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
}
_KEYS = {"MetadataExtractionQuery": "{k: .k}", "JsonParsingEngine": "JQ-1.6"}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "what failed is no part of a prefix": (
        {"Prefix": "!{firehose:error-output-type}/", "ErrorOutputPrefix": "e/"},
        "!{firehose:error-output-type} can only be part of ErrorOutputPrefix.",
    ),
    "an error prefix must say what failed where it has expressions": (
        {"ErrorOutputPrefix": "e/!{timestamp:yyyy}/"},
        "ErrorOutputPrefix with expressions must contain !{firehose:error-output-type}.",
    ),
    "a prefix with expressions needs an error prefix": (
        {"Prefix": "!{timestamp:yyyy}/"},
        "ErrorOutputPrefix must be specified when Prefix contains expressions.",
    ),
    "keys need dynamic partitioning": (
        {"Prefix": "!{partitionKeyFromQuery:k}/", "ErrorOutputPrefix": "e/"},
        "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled.",
    ),
    "keys are no part of an error prefix": (
        {"Prefix": "a/", "ErrorOutputPrefix": "!{partitionKeyFromLambda:k}/!{firehose:error-output-type}/"},
        "ErrorOutputPrefix must not contain Dynamic Partitioning Namespaces.",
    ),
    "dynamic partitioning needs keys": (
        {**_PARTITIONS, "Prefix": "a/", "ErrorOutputPrefix": "e/"},
        "Prefix must have a Dynamic Partitioning Namespace when Dynamic Partitioning is enabled.",
    ),
    "keys are extracted for dynamic partitioning alone": (
        {"ProcessingConfiguration": processing("MetadataExtraction", **_KEYS)},
        "MetadataExtraction processor is only supported when Dynamic Partitioning is enabled.",
    ),
    "a namespace of nobody": (
        {"Prefix": "!{nobody:k}/", "ErrorOutputPrefix": "e/"},
        "The prefix has an expression that is none: '!{nobody:k}'",
    ),
    "an expression that does not end": (
        {"Prefix": "a!{timestamp:yyyy", "ErrorOutputPrefix": "e/"},
        "The prefix has an expression that is none: '!{timestamp:yyyy'",
    ),
    "zero buffering of partitions": (
        {**_PARTITIONS, "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 0}, "Prefix": "a/"},
        "BufferingHints.IntervalInSeconds must be greater than 0 when Dynamic Partitioning is enabled.",
    ),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_refused(connection: Connection, rule: str) -> None:
    destination, text = REFUSED[rule]
    with pytest.raises(ClientError) as caught:
        connection.client("firehose").create_delivery_stream(
            DeliveryStreamName="refused",
            ExtendedS3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", **destination},
        )
    found = caught.value.response["Error"]
    assert (found["Code"], found["Message"]) == ("InvalidArgumentException", text)


# The error output ---------------------------------------------------------------------------------------

LINE = {"attemptsMade": 1, "arrivalTimestamp": ARRIVED, "attemptEndingTimestamp": ARRIVED}
CATALOG = {
    "sequenceNumber": None,
    "subSequenceNumber": None,
    "dataCatalogTable": {
        "catalogId": "123456789012",
        "databaseName": "web",
        "tableName": "t",
        "region": "us-east-1",
        "versionId": "LATEST",
        "catalogArn": "arn:aws:glue:us-east-1:123456789012:catalog",
    },
}
CONVERSION = {
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
    "DataFormatConversionConfiguration": {
        "SchemaConfiguration": {"DatabaseName": "web", "TableName": "t"},
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    },
}
FAILING = "arn:aws:lambda:us-east-1:123456789012:function:failing"
RAISING = "arn:aws:lambda:us-east-1:123456789012:function:raising"


@dataclass(frozen=True)
class Failing:
    """A delivery stream whose records fail: the object of the error output, and its lines but for their messages."""

    destination: dict[str, Any]
    records: tuple[bytes, ...]
    name: str
    lines: list[dict[str, Any]]
    others: list[str] = field(default_factory=list)


def _line(data: bytes, code: str, **more: Any) -> dict[str, Any]:
    return {**LINE, "errorCode": code, "rawData": base64.b64encode(data).decode(), **more}


ERRORS: dict[str, Failing] = {
    "a function that fails records": Failing(
        {"ProcessingConfiguration": processing("Lambda", LambdaArn=FAILING, NumberOfRetries="0")},
        (b"a", b"b", b"c", b"d"),
        f"processing-failed/{HOUR}S-1-{NAME}",
        [
            _line(b"b", "Lambda.ProcessingFailedStatus", lambdaArn=FAILING),
            _line(b"c", "Lambda.MissingRecordId", lambdaArn=FAILING),
            _line(b"d", "Lambda.DuplicatedRecordId", lambdaArn=FAILING),
        ],
        [f"{HOUR}S-1-{NAME}"],
    ),
    "a function that cannot be called": Failing(
        {"ProcessingConfiguration": processing("Lambda", LambdaArn=RAISING)},
        (b"a",),
        f"processing-failed/{HOUR}S-1-{NAME}",
        # Three attempts behind the first.
        [{**_line(b"a", "Lambda.FunctionError", lambdaArn=RAISING), "attemptsMade": 4}],
    ),
    "a record that is no row": Failing(
        CONVERSION,
        (b"{",),
        f"format-conversion-failed/{HOUR}S-1-{NAME}",
        [_line(b"{", "DataFormatConversion.MalformedData", **CATALOG)],
    ),
    "a record without keys": Failing(
        {
            **_PARTITIONS,
            "Prefix": "k=!{partitionKeyFromQuery:k}/",
            "ErrorOutputPrefix": "e/!{firehose:error-output-type}/!{timestamp:yyyy}/",
            "ProcessingConfiguration": processing("MetadataExtraction", **_KEYS),
        },
        (b'{"k":null}',),
        f"e/processing-failed/2026/S-1-{NAME}",
        [_line(b'{"k":null}', "DynamicPartitioning.MetadataExtractionFailed")],
    ),
    "a record that is not compressed": Failing(
        {"ProcessingConfiguration": processing("Decompression", CompressionFormat="GZIP")},
        (b"plain",),
        f"processing-failed/{HOUR}S-1-{NAME}",
        [_line(b"plain", "Decompression.Failed")],
    ),
    # Where errors go: below the prefix while neither has expressions; else where the error prefix says.
    "errors below a prefix of plain text": Failing(
        {**CONVERSION, "Prefix": "data/"},
        (b"{",),
        f"data/format-conversion-failed/{HOUR}S-1-{NAME}",
        [_line(b"{", "DataFormatConversion.MalformedData", **CATALOG)],
    ),
    "an error prefix of plain text": Failing(
        {**CONVERSION, "ErrorOutputPrefix": "errors/"},
        (b"{",),
        f"errors/format-conversion-failed/{HOUR}S-1-{NAME}",
        [_line(b"{", "DataFormatConversion.MalformedData", **CATALOG)],
    ),
    "an error prefix with a random string": Failing(
        {**CONVERSION, "ErrorOutputPrefix": "!{firehose:error-output-type}/rnd=!{firehose:random-string}/"},
        (b"{",),
        f"format-conversion-failed/rnd=?/S-1-{NAME}",
        [_line(b"{", "DataFormatConversion.MalformedData", **CATALOG)],
    ),
    "an error prefix in a time zone": Failing(
        {**CONVERSION, "ErrorOutputPrefix": "errors/", "CustomTimeZone": "Asia/Tokyo"},
        (b"{",),
        "errors/format-conversion-failed/2026/03/04/14/S-1-2026-03-04-14-06-07-*",
        [_line(b"{", "DataFormatConversion.MalformedData", **CATALOG)],
    ),
}


@pytest.mark.parametrize("rule", ERRORS)
def test_the_error_output(connection: Connection, rule: str) -> None:
    one = ERRORS[rule]
    found = delivered(connection, f"errors-{list(ERRORS).index(rule)}", one.destination, *one.records)
    assert sorted(found) == sorted([one.name, *one.others])
    content = found[one.name]
    assert content.endswith(b"\n")
    lines = [json.loads(line) for line in content.splitlines()]
    messages = [line.pop("errorMessage") for line in lines]
    assert all(messages)
    assert lines == one.lines


def test_partitions_beyond_the_limit(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("owlake_connectors.firehose.gathering.MOST_PARTITIONS", 2)
    destination = {
        **_PARTITIONS,
        "Prefix": "k=!{partitionKeyFromQuery:k}/",
        "ErrorOutputPrefix": "errors/",
        "ProcessingConfiguration": processing("MetadataExtraction", **_KEYS),
    }
    records = [b'{"k":%d}' % number for number in (1, 2, 3, 1)]
    found = delivered(connection, "beyond", destination, *records)
    line = json.loads(found.pop(f"errors/activePartitionExceeded/{HOUR}S-1-{NAME}"))
    assert line.pop("errorMessage") == "There are 2 active partitions already"
    assert line == _line(b'{"k":3}', "DynamicPartitioning.ActivePartitionExceeded")
    assert found == {f"k=1/S-1-{NAME}": b'{"k":1}{"k":1}', f"k=2/S-1-{NAME}": b'{"k":2}'}
