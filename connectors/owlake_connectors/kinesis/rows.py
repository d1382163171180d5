"""Streams and shards as rows of the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from owlake.spi import from_microseconds, to_microseconds
from owlake_connectors.kinesis.model import Consumer, Shard, Stream
from owlake_connectors.kinesis.settings import read_settings

_STREAM = (
    "name, created, status, settles, mode, retention_hours, horizon, key_id, shard_level_metrics,"
    " max_record_size_kib, warm_throughput_mibps, distribution"
)
_SHARD = "number, starting_hash_key, ending_hash_key, epoch, opened, closed, ended, parent, adjacent_parent"


def read_stream(connection: sqlite3.Connection, name: str, generation: int) -> Stream | None:
    """The stream of this name, with its shards; None where there is none."""
    row = connection.execute(f"SELECT id, {_STREAM} FROM streams WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    id_, _, created, status, settles, mode, hours, horizon, key, metrics, size, warm, distribution = row
    shards = connection.execute(f"SELECT {_SHARD} FROM shards WHERE stream_id = ? ORDER BY number", (id_,))
    return Stream(
        id=id_,
        generation=generation,
        name=name,
        created=from_microseconds(created),
        status=status,
        settles=_moment(settles),
        mode=mode,
        retention_hours=hours,
        horizon=from_microseconds(horizon),
        key_id=key,
        shard_level_metrics=tuple(json.loads(metrics)),
        max_record_size_kib=size,
        warm_throughput_mibps=warm,
        distribution=distribution,
        shards=tuple(map(_shard, shards)),
        settings=read_settings(connection),
    )


def insert_stream(connection: sqlite3.Connection, stream: Stream) -> int:
    """Add the row of a stream; its id."""
    values = (
        stream.name, to_microseconds(stream.created), stream.status, _microseconds(stream.settles), stream.mode,
        stream.retention_hours, to_microseconds(stream.horizon), stream.key_id,
        json.dumps(stream.shard_level_metrics), stream.max_record_size_kib, stream.warm_throughput_mibps,
        stream.distribution,
    )  # fmt: skip
    marks = ", ".join("?" * len(values))
    added = connection.execute(f"INSERT INTO streams ({_STREAM}) VALUES ({marks})", values)
    assert added.lastrowid is not None
    return added.lastrowid


def update_stream(connection: sqlite3.Connection, id_: int, columns: Mapping[str, object]) -> None:
    """Let columns of a stream's row have these values."""
    assignments = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE streams SET {assignments} WHERE id = ?", (*columns.values(), id_))


def insert_shard(connection: sqlite3.Connection, id_: int, shard: Shard) -> None:
    """Add the row of a shard, or write it anew."""
    values = (
        id_, shard.number, str(shard.start), str(shard.end), shard.epoch, to_microseconds(shard.opened),
        _microseconds(shard.closed), shard.ended, shard.parent, shard.adjacent_parent,
    )  # fmt: skip
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT OR REPLACE INTO shards (stream_id, {_SHARD}) VALUES ({marks})", values)


def read_consumers(connection: sqlite3.Connection, stream: Stream, now: datetime) -> list[Consumer]:
    """The consumers of a stream by name, each in the state in which it is by now."""
    rows = connection.execute(
        "SELECT name, created, status, settles FROM consumers WHERE stream_id = ? ORDER BY name", (stream.id,)
    )
    found = []
    for name, created, status, settles in rows:
        settled = settles is None or settles <= to_microseconds(now)
        if not (settled and status == "DELETING"):
            found.append(Consumer(name, stream.arn, from_microseconds(created), "ACTIVE" if settled else status))
    return found


def read_tags(connection: sqlite3.Connection, arn: str) -> dict[str, str]:
    """The tags of a resource, by key."""
    return dict(connection.execute("SELECT key, value FROM tags WHERE resource_arn = ? ORDER BY key", (arn,)))


def write_tags(connection: sqlite3.Connection, arn: str, tags: Mapping[str, str]) -> None:
    """Add tags to a resource, or overwrite them."""
    rows = [(arn, key, value) for key, value in tags.items()]
    connection.executemany("INSERT OR REPLACE INTO tags (resource_arn, key, value) VALUES (?, ?, ?)", rows)


def _shard(row: tuple[Any, ...]) -> Shard:
    number, start, end, epoch, opened, closed, ended, parent, adjacent = row
    return Shard(
        number, int(start), int(end), epoch, from_microseconds(opened), _moment(closed), ended, parent, adjacent
    )


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)
