"""Records of a log as columns."""

from __future__ import annotations

from typing import Any

import owlake
from owlake.spi import LogSpan
from owlake_connectors.kinesis.columns import COLUMNS, batch_of


def test_columns_have_everything_that_is_known_of_a_record(kinesis: Any, connection: owlake.dbapi.Connection) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    entries = [{"Data": b"%d" % number, "PartitionKey": f"k{number}"} for number in range(20)]
    entries[3]["ExplicitHashKey"] = "5"
    response = kinesis.put_records(StreamName="clicks", Records=entries)
    store = connection.home.catalogs.connector("kinesis")._store  # type: ignore[attr-defined]
    stream = store.stream("clicks")
    (runs,) = store.log(stream).reader.grouped(LogSpan())
    batch = batch_of(runs, stream.by_number, tuple(COLUMNS))
    rows = sorted(batch.to_pylist(), key=lambda row: int(row["data"]))
    for row, entry, put in zip(rows, entries, response["Records"], strict=True):
        assert row["shard_id"] == put["ShardId"]
        assert row["sequence_number"] == put["SequenceNumber"]
        assert (row["data"], row["partition_key"]) == (entry["Data"], entry["PartitionKey"])
        assert row["explicit_hash_key"] == entry.get("ExplicitHashKey")
        assert row["subsequence_number"] == 0
        assert row["approximate_arrival_timestamp"] is not None
