"""How streams are kept: states, retention, modes, encryption, tags, consumers, metrics, scaling on demand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from owlake.dbapi import Connection
from owlake_connectors.kinesis import scaling
from tests.connectors.kinesis.test_records import read
from tests.connectors.kinesis.test_shards import ACCOUNT, check_lineage, refusal, shards

ARN = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/clicks"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock(connection: Connection) -> Any:
    connection.home.scheduler.set(NOON)
    return connection.home.scheduler


@pytest.fixture
def stream(clock: Any, kinesis: Any) -> str:
    assert clock is not None
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    return "clicks"


def summary(kinesis: Any) -> dict[str, Any]:
    found: dict[str, Any] = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]
    return found


def open_shards(kinesis: Any) -> set[str]:
    found = kinesis.list_shards(StreamName="clicks", ShardFilter={"Type": "AT_LATEST"})["Shards"]
    return {one["ShardId"] for one in found}


# States -------------------------------------------------------------------------------------------------


def test_transitions_take_as_long_as_is_set(kinesis: Any, clock: Any) -> None:
    kinesis.update_settings(TransitionSeconds=10)
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    assert summary(kinesis)["StreamStatus"] == "CREATING"
    missing = ("ResourceNotFoundException", f"Stream clicks under account {ACCOUNT} not found.")
    assert refusal(kinesis.put_record, StreamName="clicks", Data=b"", PartitionKey="a") == missing
    assert refusal(kinesis.split_shard, StreamName="clicks", ShardToSplit="0", NewStartingHashKey="9") == (
        "ResourceInUseException",
        f"Stream clicks under account {ACCOUNT} not ACTIVE, instead in state CREATING",
    )
    clock.advance(timedelta(seconds=10))
    assert summary(kinesis)["StreamStatus"] == "ACTIVE"
    kinesis.split_shard(StreamName="clicks", ShardToSplit="0", NewStartingHashKey="9")
    assert summary(kinesis)["StreamStatus"] == "UPDATING"
    kinesis.put_record(StreamName="clicks", Data=b"", PartitionKey="a")
    clock.advance(timedelta(seconds=10))
    kinesis.delete_stream(StreamName="clicks")
    assert summary(kinesis)["StreamStatus"] == "DELETING"
    clock.advance(timedelta(seconds=10))
    assert refusal(kinesis.describe_stream, StreamName="clicks") == missing
    assert kinesis.list_streams()["StreamNames"] == []


def test_the_sixth_stream_that_is_being_created_is_refused(kinesis: Any, clock: Any) -> None:
    kinesis.update_settings(TransitionSeconds=10)
    for number in range(5):
        kinesis.create_stream(StreamName=f"s{number}", ShardCount=1)
    assert refusal(kinesis.create_stream, StreamName="s5", ShardCount=1)[0] == "LimitExceededException"
    clock.advance(timedelta(seconds=10))
    kinesis.create_stream(StreamName="s5", ShardCount=1)


def test_more_shards_than_an_account_may_have_are_refused(kinesis: Any, stream: str) -> None:
    code, text = refusal(kinesis.create_stream, StreamName="large", ShardCount=20_000)
    assert code == "LimitExceededException"
    assert text.startswith(
        f"This request would exceed the shard limit for the account {ACCOUNT} in us-east-1. Current shard count for the"
        " account: 1. Limit: 20000."
    )
    limits = kinesis.describe_limits()
    assert (limits["ShardLimit"], limits["OpenShardCount"], limits["OnDemandStreamCount"]) == (20_000, 1, 0)
    assert stream == "clicks"


# Retention, mode, encryption ----------------------------------------------------------------------------


def test_retention_is_refused_in_the_services_words(kinesis: Any, stream: str) -> None:
    increase, decrease = kinesis.increase_stream_retention_period, kinesis.decrease_stream_retention_period
    for hours, text in (
        (
            23,
            "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
        ),
        (
            8761,
            "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
        ),
    ):
        for call in (increase, decrease):
            told = refusal(call, StreamName=stream, RetentionPeriodHours=hours)
            assert told == ("InvalidArgumentException", text)
    increase(StreamName=stream, RetentionPeriodHours=48)
    assert refusal(increase, StreamName=stream, RetentionPeriodHours=47)[1] == (
        "Requested retention period (47 hours) for stream clicks can not be shorter than existing retention period (48"
        " hours). Use DecreaseRetentionPeriod API."
    )
    assert refusal(decrease, StreamName=stream, RetentionPeriodHours=49)[1] == (
        "Requested retention period (49 hours) for stream clicks can not be longer than existing retention period (48"
        " hours). Use IncreaseRetentionPeriod API."
    )
    assert summary(kinesis)["RetentionPeriodHours"] == 48


def test_segments_are_deleted_as_the_clock_goes_on(connection: Connection, kinesis: Any, stream: str) -> None:
    logs = connection.home.path / "connectors" / "kinesis" / "logs"
    record = {"Data": b"x" * 1_000_000, "PartitionKey": "a"}
    for _ in range(3):
        for _ in range(8):
            kinesis.put_records(StreamName=stream, Records=[record] * 10)
        connection.home.scheduler.advance(timedelta(hours=1))
    assert len(list(logs.rglob("*.log"))) > 2
    connection.home.scheduler.advance(timedelta(hours=30))
    # Only the segment that is written to is left, and nothing in it is read.
    assert len(list(logs.rglob("*.log"))) == 1
    assert read(kinesis, stream, 0) == []


def test_modes_are_switched_twice_a_day(kinesis: Any, clock: Any, stream: str) -> None:
    def switch(mode: str) -> None:
        kinesis.update_stream_mode(StreamARN=ARN, StreamModeDetails={"StreamMode": mode})

    switch("ON_DEMAND")
    switch("PROVISIONED")
    assert (
        refusal(kinesis.update_stream_mode, StreamARN=ARN, StreamModeDetails={"StreamMode": "ON_DEMAND"})[0]
        == "LimitExceededException"
    )
    clock.advance(timedelta(days=1))
    switch("ON_DEMAND")
    assert summary(kinesis)["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert len(shards(kinesis, stream)) == 1


def test_records_know_whether_they_were_encrypted(kinesis: Any, stream: str) -> None:
    record = {"Data": b"x", "PartitionKey": "a"}
    assert kinesis.put_record(StreamName=stream, **record)["EncryptionType"] == "NONE"
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert kinesis.put_record(StreamName=stream, **record)["EncryptionType"] == "KMS"
    assert summary(kinesis)["KeyId"] == "alias/aws/kinesis"
    kinesis.stop_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert [one.get("EncryptionType") for one in read(kinesis, stream, 0)] == [None, "KMS"]


def test_keys_do_not_matter_where_records_are_distributed(kinesis: Any, clock: Any) -> None:
    assert clock is not None
    kinesis.create_stream(StreamName="clicks", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    kinesis.update_stream_record_distribution_strategy(StreamARN=ARN, RecordDistributionStrategy="AUTO")
    response = kinesis.put_records(StreamName="clicks", Records=[{"Data": b"%d" % number} for number in range(8)])
    assert sorted(one["ShardId"][-1] for one in response["Records"]) == list("00112233")


def test_streams_on_demand_are_split_where_they_are_hot(kinesis: Any, clock: Any) -> None:
    kinesis.create_stream(StreamName="clicks", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    large = [{"Data": b"x" * 1_000_000, "PartitionKey": "hot"}] * 10
    place = kinesis.put_record(StreamName="clicks", Data=b"", PartitionKey="hot")["ShardId"]
    for _ in range(4):
        kinesis.put_records(StreamName="clicks", Records=large)
    clock.advance(timedelta(minutes=16))
    found = shards(kinesis, "clicks")
    assert [one["ShardId"] for one in found if one.get("ParentShardId") == place] == [
        "shardId-000000000004",
        "shardId-000000000005",
    ]
    check_lineage(found)
    clock.advance(timedelta(hours=23))
    assert len(shards(kinesis, "clicks")) == 6
    # A day later nobody needs more than four any more.
    clock.advance(timedelta(hours=2))
    assert len(open_shards(kinesis)) == 4
    (merged,) = [one for one in shards(kinesis, "clicks") if one["ShardId"].endswith("6")]
    assert merged.keys() >= {"ParentShardId", "AdjacentParentShardId"}


def test_streams_on_demand_keep_room_for_twice_what_they_took_in_thirty_days(
    connection: Connection, kinesis: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A shard takes 10 bytes a second here, and is hot with more than 5.
    monkeypatch.setattr(scaling, "HOT_BYTES", 5)
    monkeypatch.setattr(scaling, "SHARD_BYTES", 10)
    kinesis.create_stream(StreamName="clicks", ShardCount=8)
    kinesis.update_stream_mode(StreamARN=ARN, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    store = connection.home.catalogs.connector("kinesis")._store  # type: ignore[attr-defined]
    for number in range(30):
        # 30 bytes a second over all of them: 6 shards.
        key = str(number * 2**128 // 30)
        kinesis.put_record(StreamName="clicks", Data=b"x" * 59, PartitionKey="a", ExplicitHashKey=key)
    # Not every quarter of an hour, for the test's time.
    clock.cancel("kinesis.scale")
    counts = []
    for hours in (23, 2, 24 * 28, 24 * 3):
        clock.advance(timedelta(hours=hours))
        scaling.scale_on_demand(store)
        counts.append(len(open_shards(kinesis)))
    assert counts == [8, 6, 6, 4]


# Tags, policies, consumers ------------------------------------------------------------------------------


def test_tags_are_listed_by_key_and_limited(kinesis: Any, stream: str) -> None:
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"team": "web", "env": "test"})
    listed = kinesis.list_tags_for_stream(StreamName=stream, Limit=1)
    assert (listed["Tags"], listed["HasMoreTags"]) == ([{"Key": "env", "Value": "test"}], True)
    listed = kinesis.list_tags_for_stream(StreamName=stream, ExclusiveStartTagKey="env")
    assert (listed["Tags"], listed["HasMoreTags"]) == ([{"Key": "team", "Value": "web"}], False)
    kinesis.remove_tags_from_stream(StreamName=stream, TagKeys=["team"])
    assert kinesis.list_tags_for_resource(ResourceARN=ARN)["Tags"] == [{"Key": "env", "Value": "test"}]
    assert refusal(kinesis.add_tags_to_stream, StreamName=stream, Tags={str(one): "" for one in range(50)}) == (
        "InvalidArgumentException",
        (
            f"Failed to add tags to stream clicks under account {ACCOUNT} because a given stream cannot have more than"
            " 50 tags associated with it."
        ),
    )
    assert refusal(kinesis.tag_resource, ResourceARN=ARN, Tags={"a*": "b"})[1] == (
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @"
        " :."
    )


def test_policies_are_kept_as_they_were_put(kinesis: Any, stream: str) -> None:
    assert stream == "clicks"
    assert kinesis.get_resource_policy(ResourceARN=ARN)["Policy"] == "{}"
    kinesis.put_resource_policy(ResourceARN=ARN, Policy='{"Version": "2012-10-17"}')
    assert kinesis.get_resource_policy(ResourceARN=ARN)["Policy"] == '{"Version": "2012-10-17"}'
    kinesis.delete_resource_policy(ResourceARN=ARN)
    assert refusal(kinesis.delete_resource_policy, ResourceARN=ARN)[0] == "ResourceNotFoundException"


def test_consumers_are_registered_once_and_anew_with_another_arn(kinesis: Any, clock: Any, stream: str) -> None:
    first = kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="app")["Consumer"]
    assert first["ConsumerARN"] == f"{ARN}/consumer/app:{int(NOON.timestamp())}"
    assert first["ConsumerStatus"] == "ACTIVE"
    assert refusal(kinesis.register_stream_consumer, StreamARN=ARN, ConsumerName="app")[0] == "ResourceInUseException"
    assert refusal(kinesis.delete_stream, StreamName=stream)[0] == "ResourceInUseException"
    kinesis.deregister_stream_consumer(ConsumerARN=first["ConsumerARN"])
    assert kinesis.list_stream_consumers(StreamARN=ARN)["Consumers"] == []
    clock.advance(timedelta(seconds=1))
    again = kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="app")["Consumer"]
    assert again["ConsumerARN"] != first["ConsumerARN"]
    assert refusal(kinesis.describe_stream_consumer, ConsumerARN=first["ConsumerARN"])[0] == "ResourceNotFoundException"
    for number in range(19):
        kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName=f"c{number}")
    assert refusal(kinesis.register_stream_consumer, StreamARN=ARN, ConsumerName="more")[0] == "LimitExceededException"
    page = kinesis.list_stream_consumers(StreamARN=ARN, MaxResults=15)
    rest = kinesis.list_stream_consumers(StreamARN=ARN, NextToken=page["NextToken"])
    assert len(page["Consumers"]) + len(rest["Consumers"]) == 20
    kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)


# Metrics ------------------------------------------------------------------------------------------------


def test_metrics_of_the_stream_and_where_asked_of_its_shards(
    connection: Connection, kinesis: Any, clock: Any, stream: str
) -> None:
    records = [{"Data": b"12345", "PartitionKey": "a"}] * 3
    kinesis.put_records(StreamName=stream, Records=records)
    response = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes"])
    assert (response["CurrentShardLevelMetrics"], response["DesiredShardLevelMetrics"]) == ([], ["IncomingBytes"])
    clock.advance(timedelta(minutes=1))
    kinesis.put_records(StreamName=stream, Records=records)
    kinesis.put_records(StreamName=stream, Records=records[:1])
    assert len(read(kinesis, stream, 0)) == 7
    rows = connection.execute(
        "SELECT shard_id, metric_name, minute, sum, sample_count FROM kinesis.system.metrics"
        " WHERE metric_name LIKE 'Incoming%' ORDER BY minute, metric_name, shard_id NULLS FIRST"
    ).fetchall()
    later = NOON + timedelta(minutes=1)
    assert rows == [
        (None, "IncomingBytes", NOON, 18.0, 1),
        (None, "IncomingRecords", NOON, 3.0, 1),
        (None, "IncomingBytes", later, 24.0, 2),
        ("shardId-000000000000", "IncomingBytes", later, 24.0, 2),
        (None, "IncomingRecords", later, 4.0, 2),
    ]
    kinesis.disable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["ALL"])
    assert summary(kinesis)["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]


def test_settings_are_the_homes(connection: Connection, kinesis: Any, stream: str) -> None:
    connection.execute("CALL kinesis.system.update_settings(fsync => 'always', scale => 2.5)")
    rows = dict(connection.execute("SELECT name, value FROM kinesis.system.settings").fetchall())
    assert (rows["fsync"], rows["scale"], rows["limits"]) == ("always", "2.5", "aws")
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="a")
    assert len(read(kinesis, stream, 0)) == 1
    assert refusal(kinesis.update_settings, Scale=0.0)[0] == "InvalidArgumentException"
