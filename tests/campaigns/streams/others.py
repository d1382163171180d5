"""Those who split and merge shards, and those who ask the stream by SQL, beside all others."""

from __future__ import annotations

import random
import time
from pathlib import Path

from botocore.exceptions import ClientError

import owlake
from tests.campaigns.streams.journal import STREAM, Journal
from tests.campaigns.streams.producing import acknowledged

FEW, MANY = 3, 12
_REFUSED = ("ResourceInUseException", "InvalidArgumentException")
"""What somebody else has split or merged a moment ago."""


def reshard(folder: Path, seed: int, number: int, life: int) -> None:
    """Split and merge at random, for ever."""
    chance = random.Random(f"{seed}/resharder/{number}/{life}")
    journal = Journal(folder / f"resharder-{number}.txt")
    with owlake.connect(folder.parent / "home") as connection:
        client = connection.client("kinesis")
        while True:
            listed = client.list_shards(StreamName=STREAM, ShardFilter={"Type": "AT_LATEST"})["Shards"]
            ranges = {one["ShardId"]: one["HashKeyRange"] for one in listed}
            found = sorted(ranges, key=lambda one: int(ranges[one]["StartingHashKey"]))
            splits = len(found) <= FEW or (len(found) < MANY and chance.random() < 0.5)
            try:
                if splits:
                    shard = chance.choice(found)
                    start, end = (int(ranges[shard][f"{one}HashKey"]) for one in ("Starting", "Ending"))
                    key = str(chance.randint(start + 2, end - 1))
                    client.split_shard(StreamName=STREAM, ShardToSplit=shard, NewStartingHashKey=key)
                else:
                    at = chance.randrange(len(found) - 1)
                    pair = {"ShardToMerge": found[at], "AdjacentShardToMerge": found[at + 1]}
                    client.merge_shards(StreamName=STREAM, **pair)
            except ClientError as problem:
                if problem.response["Error"]["Code"] not in _REFUSED:
                    raise
            else:
                journal.say("split" if splits else "merge")
            time.sleep(chance.uniform(0.0, 4.0))


def ask(folder: Path, number: int) -> None:
    """Count, for ever: what was acknowledged before a query is seen by it, and what was seen once stays."""
    journal = Journal(folder / f"reader-{number}.txt")
    before = 0
    with owlake.connect(folder.parent / "home") as connection:
        while True:
            told = max(before, sum(len(places) for _, _, places in acknowledged(folder)))
            query = f'SELECT count(*), count(place), count("$error") FROM kinesis.streams.{STREAM}'
            (count, places, errors), *_ = connection.execute(query).fetchall()
            if count < told or places < count or errors:
                journal.say("X", f"{count} records, {places} of them whole, {errors} errors; {told} were there before")
            journal.say("Q", count)
            before = count
            time.sleep(5.0)
