"""Delivery streams by the service's operations: what is described, changed, tagged; what is refused, in its words.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from owlake.dbapi import Connection
from owlake.errors import OwlakeError
from tests.connectors.firehose.conftest import ROLE, advance, lake

Objects = Callable[[], dict[str, bytes]]

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BACKUP = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::backup"}


def create(firehose: Any, name: str = "clicks", **destination: Any) -> None:
    firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=lake(**destination))


def described(firehose: Any, name: str = "clicks") -> Any:
    return firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]


def update(firehose: Any, version: str = "1", **more: Any) -> None:
    firehose.update_destination(
        DeliveryStreamName="clicks",
        CurrentDeliveryStreamVersionId=version,
        DestinationId="destinationId-000000000001",
        **more,
    )


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# Described ----------------------------------------------------------------------------------------------


def test_a_destination_is_described_with_its_defaults(firehose: Any) -> None:
    create(firehose, Prefix="data/")
    found = described(firehose)
    assert found.pop("CreateTimestamp").isoformat() == "2026-03-04T05:06:07+00:00"
    place = {
        "RoleARN": ROLE,
        "BucketARN": "arn:aws:s3:::lake",
        "Prefix": "data/",
        "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
    }
    processing = {"ProcessingConfiguration": {"Enabled": False, "Processors": []}, "S3BackupMode": "Disabled"}
    assert found == {
        "DeliveryStreamName": "clicks",
        "DeliveryStreamARN": "arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks",
        "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamEncryptionConfiguration": {"Status": "DISABLED"},
        "DeliveryStreamType": "DirectPut",
        "VersionId": "1",
        "Destinations": [
            {
                "DestinationId": "destinationId-000000000001",
                "S3DestinationDescription": place,
                "ExtendedS3DestinationDescription": {**place, **processing},
            }
        ],
        "HasMoreDestinations": False,
    }


def test_the_older_form_of_a_destination_is_the_same_one(firehose: Any) -> None:
    firehose.create_delivery_stream(DeliveryStreamName="clicks", S3DestinationConfiguration=lake(Prefix="old/"))
    (destination,) = described(firehose)["Destinations"]
    assert destination["ExtendedS3DestinationDescription"]["Prefix"] == "old/"


def test_an_endpoint_is_described_without_its_key(firehose: Any) -> None:
    endpoint = {"Url": "https://example.com/in", "Name": "mine", "AccessKey": "secret"}
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        HttpEndpointDestinationConfiguration={"EndpointConfiguration": endpoint, "S3Configuration": lake()},
    )
    (destination,) = described(firehose)["Destinations"]
    found = destination["HttpEndpointDestinationDescription"]
    assert found["EndpointConfiguration"] == {"Url": "https://example.com/in", "Name": "mine"}
    assert found["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
    assert found["RetryOptions"] == {"DurationInSeconds": 300}
    assert (found["S3BackupMode"], found["RequestConfiguration"]) == ("FailedDataOnly", {"ContentEncoding": "NONE"})
    assert "secret" not in str(described(firehose))
    # A change that does not say the key leaves it as it is.
    update(firehose, HttpEndpointDestinationUpdate={"EndpointConfiguration": {"Url": "https://example.com/other"}})
    stream = firehose.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]
    assert stream["Destinations"][0]["HttpEndpointDestinationDescription"]["EndpointConfiguration"] == {
        "Url": "https://example.com/other"
    }


def test_names_are_listed_by_pages(firehose: Any) -> None:
    for name in ("b", "a", "c"):
        create(firehose, name)
    page = firehose.list_delivery_streams(Limit=2)
    assert (page["DeliveryStreamNames"], page["HasMoreDeliveryStreams"]) == (["a", "b"], True)
    rest = firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="b")
    assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (["c"], False)
    assert firehose.list_delivery_streams(DeliveryStreamType="KinesisStreamAsSource")["DeliveryStreamNames"] == []


# Changed ------------------------------------------------------------------------------------------------


def test_what_a_change_does_not_say_stays(connection: Connection, firehose: Any) -> None:
    create(firehose, Prefix="data/", CompressionFormat="GZIP", S3BackupMode="Enabled", S3BackupConfiguration=BACKUP)
    advance(connection, 60)
    update(firehose, ExtendedS3DestinationUpdate={"CompressionFormat": "ZIP", "S3BackupUpdate": {"Prefix": "b/"}})
    stream = described(firehose)
    assert stream["VersionId"] == "2"
    assert stream["LastUpdateTimestamp"].isoformat() == "2026-03-04T05:07:07+00:00"
    found = stream["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert (found["Prefix"], found["CompressionFormat"], found["S3BackupMode"]) == ("data/", "ZIP", "Enabled")
    backup = found["S3BackupDescription"]
    assert (backup["BucketARN"], backup["Prefix"]) == ("arn:aws:s3:::backup", "b/")


def test_a_change_of_another_version_is_refused(firehose: Any) -> None:
    create(firehose)
    update(firehose, ExtendedS3DestinationUpdate={"Prefix": "a/"})
    assert refused(lambda: update(firehose, ExtendedS3DestinationUpdate={"Prefix": "b/"})) == (
        "ConcurrentModificationException",
        "Cannot update firehose: clicks. The current version is 2.",
    )
    update(firehose, "2", ExtendedS3DestinationUpdate={"Prefix": "b/"})
    assert described(firehose)["VersionId"] == "3"


def test_another_kind_of_destination_takes_nothing_over(firehose: Any) -> None:
    create(firehose)
    assert refused(lambda: update(firehose, HttpEndpointDestinationUpdate={"S3Update": lake()})) == (
        "InvalidArgumentException",
        "All parameters of another kind of destination must be specified: endpoint_configuration",
    )
    endpoint = {"EndpointConfiguration": {"Url": "https://example.com"}, "S3Update": lake()}
    update(firehose, HttpEndpointDestinationUpdate=endpoint)
    (destination,) = described(firehose)["Destinations"]
    assert set(destination) == {"DestinationId", "HttpEndpointDestinationDescription"}


def test_what_is_gathered_goes_where_it_was_to_go(firehose: Any, objects: Objects) -> None:
    create(firehose, Prefix="old/", CompressionFormat="GZIP")
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"before"})
    update(firehose, ExtendedS3DestinationUpdate={"Prefix": "new/", "CompressionFormat": "UNCOMPRESSED"})
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"after"})
    firehose.flush(DeliveryStreamName="clicks")
    (new, old) = sorted(objects())
    assert new == "new/2026/03/04/05/clicks-2-2026-03-04-05-06-07-*"
    assert old == "old/2026/03/04/05/clicks-1-2026-03-04-05-06-07-*.gz"


def test_what_could_not_be_delivered_goes_where_it_was_to_go(connection: Connection, firehose: Any) -> None:
    create(firehose, BucketARN="arn:aws:s3:::missing", CompressionFormat="GZIP")
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"before"})
    update(firehose, ExtendedS3DestinationUpdate={"BucketARN": "arn:aws:s3:::lake", "CompressionFormat": "ZIP"})
    (connection.home.path / "buckets" / "missing").mkdir()
    firehose.flush(DeliveryStreamName="clicks")
    (file,) = (one for one in (connection.home.path / "buckets" / "missing").rglob("*") if one.is_file())
    assert file.suffix == ".gz"


@pytest.mark.parametrize(
    ("before", "change", "text"),
    [
        (
            {"S3BackupMode": "Enabled", "S3BackupConfiguration": BACKUP},
            {"S3BackupMode": "Disabled"},
            "S3 backup cannot be disabled once it is enabled.",
        ),
        (
            {},
            {"DynamicPartitioningConfiguration": {"Enabled": True}},
            "Dynamic Partitioning cannot be enabled on an existing delivery stream.",
        ),
    ],
)
def test_a_change_that_cannot_be(firehose: Any, before: Any, change: Any, text: str) -> None:
    create(firehose, **before)
    assert refused(lambda: update(firehose, ExtendedS3DestinationUpdate=change)) == ("InvalidArgumentException", text)
    assert described(firehose)["VersionId"] == "1"


# Refused ------------------------------------------------------------------------------------------------


def test_names_that_are_not_there_and_names_that_are(firehose: Any) -> None:
    create(firehose)
    missing = ("ResourceNotFoundException", "Firehose nowhere under account 123456789012 not found.")
    for call in (
        lambda: firehose.describe_delivery_stream(DeliveryStreamName="nowhere"),
        lambda: firehose.delete_delivery_stream(DeliveryStreamName="nowhere"),
        lambda: firehose.put_record(DeliveryStreamName="nowhere", Record={"Data": b"x"}),
        lambda: firehose.tag_delivery_stream(DeliveryStreamName="nowhere", Tags=[{"Key": "a"}]),
        lambda: firehose.start_delivery_stream_encryption(DeliveryStreamName="nowhere"),
    ):
        assert refused(call) == missing
    assert refused(lambda: create(firehose)) == (
        "ResourceInUseException",
        "Firehose clicks under accountId 123456789012 already exists",
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "Exactly one destination configuration is supported for a Firehose"),
        (
            {"S3DestinationConfiguration": lake(), "ExtendedS3DestinationConfiguration": lake()},
            "Exactly one destination configuration is supported for a Firehose",
        ),
        (
            {
                "ExtendedS3DestinationConfiguration": lake(),
                "KinesisStreamSourceConfiguration": {
                    "KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s",
                    "RoleARN": ROLE,
                },
            },
            "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream type",
        ),
    ],
)
def test_a_delivery_stream_that_cannot_be(firehose: Any, arguments: Any, text: str) -> None:
    found = refused(lambda: firehose.create_delivery_stream(DeliveryStreamName="clicks", **arguments))
    assert found == ("InvalidArgumentException", text)


def test_a_destination_id_of_nothing(firehose: Any) -> None:
    create(firehose)
    assert refused(
        lambda: firehose.update_destination(
            DeliveryStreamName="clicks",
            CurrentDeliveryStreamVersionId="1",
            DestinationId="destinationId-000000000002",
            ExtendedS3DestinationUpdate={},
        )
    ) == ("InvalidArgumentException", "Destination Id destinationId-000000000002 not found")


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], "ValidationException"),
        ([b"x"] * 501, "ValidationException"),
        ([b"x" * 1_024_001], "ValidationException"),
        ([b"x" * 1_024_000] * 5, "InvalidArgumentException"),
    ],
)
def test_a_batch_that_is_too_large_is_not_put(
    connection: Connection, firehose: Any, records: list[bytes], code: str
) -> None:
    create(firehose)
    entries = [{"Data": one} for one in records]
    assert refused(lambda: firehose.put_record_batch(DeliveryStreamName="clicks", Records=entries))[0] == code
    assert connection.execute("SELECT count(*) FROM firehose.delivery.clicks").fetchall() == [(0,)]


def test_each_record_of_a_batch_has_an_id_of_its_own(firehose: Any) -> None:
    create(firehose)
    entries = [{"Data": b"x" * 1_024_000}] * 4
    answer = firehose.put_record_batch(DeliveryStreamName="clicks", Records=entries)
    assert (answer["FailedPutCount"], answer["Encrypted"]) == (0, False)
    assert len({one["RecordId"] for one in answer["RequestResponses"]}) == 4
    assert {tuple(one) for one in answer["RequestResponses"]} == {("RecordId",)}


# Tags and encryption ------------------------------------------------------------------------------------


def tags(firehose: Any, **page: Any) -> tuple[list[tuple[str, str | None]], bool]:
    found = firehose.list_tags_for_delivery_stream(DeliveryStreamName="clicks", **page)
    return [(one["Key"], one.get("Value")) for one in found["Tags"]], found["HasMoreTags"]


def test_tags(firehose: Any) -> None:
    create(firehose)
    firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=[{"Key": "b", "Value": "1"}, {"Key": "a"}])
    firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=[{"Key": "b", "Value": "2"}, {"Key": "Ämter"}])
    firehose.untag_delivery_stream(DeliveryStreamName="clicks", TagKeys=["a", "never"])
    assert tags(firehose) == ([("b", "2"), ("Ämter", None)], False)
    assert tags(firehose, Limit=1) == ([("b", "2")], True)
    assert tags(firehose, ExclusiveStartTagKey="b") == ([("Ämter", None)], False)
    assert described(firehose)["VersionId"] == "1"


def test_more_tags_than_there_may_be(firehose: Any) -> None:
    create(firehose)
    firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=[{"Key": f"t{one}"} for one in range(50)])
    firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=[{"Key": "t0", "Value": "again"}])
    one_more = [{"Key": "t50"}]
    found = refused(lambda: firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=one_more))
    assert found[0] == "LimitExceededException"


@pytest.mark.parametrize("key", ["aws:mine", "a*b", ""])
def test_a_key_that_is_none(firehose: Any, key: str) -> None:
    create(firehose)
    found = refused(lambda: firehose.tag_delivery_stream(DeliveryStreamName="clicks", Tags=[{"Key": key}]))
    assert found[0] == "ValidationException"


def test_encryption_is_kept_and_shown(connection: Connection, firehose: Any) -> None:
    create(firehose)
    firehose.start_delivery_stream_encryption(DeliveryStreamName="clicks")
    found = described(firehose)
    assert found["DeliveryStreamEncryptionConfiguration"] == {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
    assert firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"x"})["Encrypted"] is True
    own = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": KEY}
    firehose.start_delivery_stream_encryption(
        DeliveryStreamName="clicks", DeliveryStreamEncryptionConfigurationInput=own
    )
    assert described(firehose)["DeliveryStreamEncryptionConfiguration"] == {**own, "Status": "ENABLED"}
    firehose.stop_delivery_stream_encryption(DeliveryStreamName="clicks")
    found = described(firehose)
    assert found["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    # Not the destination has changed.
    assert found["VersionId"] == "1"
    # 25 calls in 24 hours, and these were three.
    for _ in range(22):
        firehose.stop_delivery_stream_encryption(DeliveryStreamName="clicks")
    call = lambda: firehose.stop_delivery_stream_encryption(DeliveryStreamName="clicks")  # noqa: E731
    assert refused(call)[0] == "LimitExceededException"
    advance(connection, 24 * 3600)
    call()


def test_encryption_that_cannot_be(connection: Connection, firehose: Any) -> None:
    create(firehose)
    own = {"KeyType": "CUSTOMER_MANAGED_CMK"}
    call = lambda: firehose.start_delivery_stream_encryption(  # noqa: E731
        DeliveryStreamName="clicks", DeliveryStreamEncryptionConfigurationInput=own
    )
    assert refused(call) == (
        "InvalidArgumentException",
        "KeyARN must be specified for the KeyType CUSTOMER_MANAGED_CMK.",
    )
    connection.client("kinesis").create_stream(StreamName="events", ShardCount=1)
    source = {"KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/events", "RoleARN": ROLE}
    firehose.create_delivery_stream(
        DeliveryStreamName="read",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration=source,
        ExtendedS3DestinationConfiguration=lake(),
    )
    found = refused(lambda: firehose.start_delivery_stream_encryption(DeliveryStreamName="read"))
    assert found[0] == "InvalidArgumentException"
    found = refused(lambda: firehose.put_record(DeliveryStreamName="read", Record={"Data": b"x"}))
    assert found[0] == "InvalidSourceException"


# Rates --------------------------------------------------------------------------------------------------


def test_rates_refuse_records_one_by_one(connection: Connection, firehose: Any) -> None:
    create(firehose)
    connection.execute("CALL firehose.system.update_settings(rate_limits => 'aws')")
    # 5 MiB a second, of which this is 4,000,000 bytes.
    entries = [{"Data": b"x" * 1_000_000}] * 4
    assert firehose.put_record_batch(DeliveryStreamName="clicks", Records=entries)["FailedPutCount"] == 0
    entries = [{"Data": b"x" * 1_000_000}, {"Data": b"y" * 1_000_000}, {"Data": b"z"}]
    answer = firehose.put_record_batch(DeliveryStreamName="clicks", Records=entries)
    assert answer["FailedPutCount"] == 1
    refused_one = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
    assert [one if "ErrorCode" in one else "put" for one in answer["RequestResponses"]] == ["put", refused_one, "put"]
    shown = "SELECT metric, \"sum\" FROM firehose.system.metrics WHERE metric = 'ThrottledRecords'"
    assert connection.execute(shown).fetchall() == [("ThrottledRecords", 1.0)]
    rows = connection.execute("SELECT count(*) FROM firehose.delivery.clicks").fetchall()
    assert rows == [(6,)]
    advance(connection, 1)
    assert firehose.put_record_batch(DeliveryStreamName="clicks", Records=entries)["FailedPutCount"] == 0


def test_rates_refuse_requests(connection: Connection, firehose: Any) -> None:
    create(firehose)
    # 2,000 requests a second, and 2 where a thousandth is allowed.
    connection.execute("CALL firehose.system.update_settings(rate_limits => 'scaled', scale => 0.001)")

    def put() -> None:
        firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"x"})

    put()
    put()
    assert refused(put) == ("ServiceUnavailableException", "Slow down.")
    advance(connection, 1)
    put()
    with pytest.raises(OwlakeError, match="scale must be positive"):
        connection.execute("CALL firehose.system.update_settings(scale => 0e0)")
    connection.execute("CALL firehose.system.update_settings(rate_limits => 'off')")
    for _ in range(3):
        put()
