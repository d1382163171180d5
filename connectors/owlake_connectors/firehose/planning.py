"""Deliveries planned: a buffer is closed, and its object has its name, before a byte of it is written."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from owlake.spi import from_microseconds, to_microseconds
from owlake_connectors.firehose.configuration import Place
from owlake_connectors.firehose.conversion import ending_of as converted_ending
from owlake_connectors.firehose.model import BACKUP, RECORDS, Buffer, DeliveryStream, Keys, Kind
from owlake_connectors.firehose.names import object_name
from owlake_connectors.firehose.prefixes import Facts
from owlake_connectors.firehose.rows import read_keys, write_keys

_COLUMNS = "id, kind, keys, number, opened, first, before, target, version, records, bytes, planned, attempts, failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that is to be made: see the buffer that it was."""

    id: int
    kind: Kind
    keys: Keys
    number: int
    opened: datetime
    first: int
    before: int
    target: str
    version: int
    records: int
    bytes: int
    planned: datetime
    attempts: int
    failed: datetime | None


def plan(connection: sqlite3.Connection, stream: DeliveryStream, buffer: Buffer, now: int) -> None:
    """Close a buffer and plan its delivery."""
    if buffer.id:
        connection.execute("DELETE FROM buffers WHERE id = ?", (buffer.id,))
    if not buffer.records:
        return
    connection.execute(
        "INSERT INTO deliveries (stream_id, kind, state, keys, number, opened, first, before, target, version, records,"
        " bytes, planned, due) VALUES (?, ?, 'PLANNED', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stream.id,
            buffer.kind,
            write_keys(buffer.keys),
            buffer.number,
            to_microseconds(buffer.opened),
            buffer.first,
            buffer.before,
            target(stream, buffer.kind, buffer.keys, buffer.opened),
            stream.version,
            buffer.records,
            buffer.bytes,
            now,
            now,
        ),
    )


def planned(connection: sqlite3.Connection, stream: DeliveryStream, now: int) -> list[Delivery]:
    """The deliveries that are to be made now, in the order in which they were planned."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM deliveries WHERE stream_id = ? AND state = 'PLANNED' AND due <= ? ORDER BY id",
        (stream.id, now),
    ).fetchall()
    return [_delivery(*row) for row in rows]


def _delivery(id_: int, kind: Kind, keys: str, number: int, opened: int, *rest: Any) -> Delivery:
    first, before, target_, version, records, size, planned_, attempts, failed = rest
    return Delivery(
        id_, kind, read_keys(keys), number, from_microseconds(opened), first, before, target_, version, records, size,
        from_microseconds(planned_), attempts, None if failed is None else from_microseconds(failed),
    )  # fmt: skip


def target(stream: DeliveryStream, kind: Kind, keys: Keys, opened: datetime) -> str:
    """Where the records of a buffer go: the URI of an object, or the id of a buffer that goes elsewhere."""
    if stream.destination.lake is None and kind == RECORDS:
        return str(uuid.uuid4())
    place = stream.destination.place
    if kind == BACKUP and stream.destination.backup is not None:
        place = stream.destination.backup
    return object_uri(stream, place, kind, keys, opened)


def object_uri(stream: DeliveryStream, place: Place, kind: Kind, keys: Keys, opened: datetime) -> str:
    """The URI of an object."""
    is_error = kind not in (RECORDS, BACKUP)
    facts = Facts(opened, keys, kind if is_error else None)
    prefix = (place.error_prefix if is_error else place.prefix).evaluate(facts)
    ending = ending_of(stream, place, kind)
    name = object_name(stream.name, stream.version, opened, place.zone, uuid.uuid4(), ending)
    return f"s3://{place.bucket}/{prefix}{name}"


def ending_of(stream: DeliveryStream, place: Place, kind: Kind) -> str:
    """What the name of an object ends with."""
    conversion = stream.destination.conversion
    if kind == RECORDS and conversion is not None and place.ending is None:
        return converted_ending(conversion)
    return place.name_ending
