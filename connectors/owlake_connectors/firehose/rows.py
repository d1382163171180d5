"""Delivery streams and what they have gathered, as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

import msgspec

from owlake.spi import from_microseconds, to_microseconds
from owlake_connectors.firehose.model import Buffer, DeliveryStream, Destination, Encryption, Keys
from owlake_connectors.firehose.shapes import KinesisStreamSourceConfiguration, Tag

# Made here, once: two threads that make a decoder of one dataclass at the same time end the process.
_SOURCES = msgspec.json.Decoder(KinesisStreamSourceConfiguration)
_DESTINATIONS = msgspec.json.Decoder(Destination)
_TAGS = msgspec.json.Decoder(list[Tag])
_ENCRYPTIONS = msgspec.json.Decoder(Encryption)

MINUTE = 60_000_000
"""Metrics are counted by it."""

Metrics = Iterable[tuple[str, float]]
"""Values of metrics by CloudWatch's names."""

_STREAM = "id, name, type, created, updated, version, source, destination, tags, encryption"
_BUFFER = "id, kind, keys, number, opened, first, before, records, bytes"


def insert_stream(connection: sqlite3.Connection, stream: DeliveryStream) -> int:
    """Add a delivery stream; its id."""
    cursor = connection.execute(
        "INSERT INTO delivery_streams (name, type, created, source, destination, tags, encryption)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            stream.name,
            stream.type,
            to_microseconds(stream.created),
            None if stream.source is None else as_json(stream.source),
            as_json(stream.destination),
            as_json(stream.tags),
            as_json(stream.encryption),
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def update_stream(connection: sqlite3.Connection, stream: DeliveryStream) -> None:
    """Let a delivery stream be like this, in its next version; where the one before delivers is kept."""
    connection.execute(
        "INSERT INTO destinations SELECT id, version, destination FROM delivery_streams WHERE id = ?", (stream.id,)
    )
    connection.execute(
        "UPDATE delivery_streams SET destination = ?, updated = ?, version = version + 1 WHERE id = ?",
        (
            as_json(stream.destination),
            None if stream.updated is None else to_microseconds(stream.updated),
            stream.id,
        ),
    )


def save_stream(connection: sqlite3.Connection, stream: DeliveryStream) -> None:
    """Let a delivery stream have these tags and this encryption: no other version for that."""
    connection.execute(
        "UPDATE delivery_streams SET tags = ?, encryption = ? WHERE id = ?",
        (as_json(stream.tags), as_json(stream.encryption), stream.id),
    )


def read_stream(connection: sqlite3.Connection, name: str) -> DeliveryStream | None:
    """The delivery stream of this name."""
    row = connection.execute(f"SELECT {_STREAM} FROM delivery_streams WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    id_, name, type_, created, updated, version, source, destination, tags, encryption = row
    return DeliveryStream(
        id_,
        name,
        type_,
        from_microseconds(created),
        None if updated is None else from_microseconds(updated),
        version,
        None if source is None else _SOURCES.decode(source),
        _DESTINATIONS.decode(destination),
        _TAGS.decode(tags),
        Encryption() if encryption is None else _ENCRYPTIONS.decode(encryption),
    )


def read_destination(connection: sqlite3.Connection, stream: DeliveryStream, version: int) -> Destination:
    """The destination of an earlier version."""
    row = connection.execute(
        "SELECT destination FROM destinations WHERE stream_id = ? AND version = ?", (stream.id, version)
    ).fetchone()
    return _DESTINATIONS.decode(row[0])


def read_buffers(connection: sqlite3.Connection, stream: DeliveryStream) -> list[Buffer]:
    """What a delivery stream has gathered, oldest first."""
    rows = connection.execute(
        f"SELECT {_BUFFER} FROM buffers WHERE stream_id = ? ORDER BY opened, id", (stream.id,)
    ).fetchall()
    return [
        Buffer(id_, kind, read_keys(keys), number, from_microseconds(opened), first, before, records, bytes_)
        for id_, kind, keys, number, opened, first, before, records, bytes_ in rows
    ]


def as_json(value: object) -> str:
    """A value of the API's shapes as text."""
    return msgspec.json.encode(value).decode()


def write_keys(keys: Keys) -> str:
    """The keys of a partition as text: the same for the same keys."""
    return json.dumps([[namespace, name, keys[namespace, name]] for namespace, name in sorted(keys)])


def read_keys(text: str) -> Keys:
    """The keys of a partition."""
    return {(namespace, name): value for namespace, name, value in json.loads(text)}


def read_gaps(connection: sqlite3.Connection, stream: DeliveryStream) -> list[tuple[int, int]]:
    """The spans of processed records that do not count."""
    return connection.execute(
        "SELECT first, before FROM gaps WHERE stream_id = ? ORDER BY first", (stream.id,)
    ).fetchall()


def add_metrics(connection: sqlite3.Connection, stream: DeliveryStream, now: int, values: Metrics) -> None:
    """Count values of metrics in the minute of a time in microseconds."""
    connection.executemany(
        "INSERT INTO metrics (stream_id, name, minute, samples, total, greatest) VALUES (?, ?, ?, 1, ?, ?)"
        " ON CONFLICT (stream_id, name, minute) DO UPDATE SET samples = samples + 1, total = total + excluded.total,"
        " greatest = max(greatest, excluded.greatest)",
        [(stream.id, name, now // MINUTE, value, value) for name, value in values],
    )
