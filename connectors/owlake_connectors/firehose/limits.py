"""Rates of puts: buckets of tokens that fill with the home's time, shared by all processes of the home.

https://docs.aws.amazon.com/firehose/latest/dev/limits.html: the quotas of Direct PUT where they are highest, as in the
region of every home.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from owlake_connectors.firehose.configuration import LONGEST_RECORD
from owlake_connectors.firehose.model import DeliveryStream

Mode = Literal["off", "aws", "scaled"]

RECORDS, REQUESTS, BYTES = 500_000, 2_000, 5 << 20
"""Of one delivery stream, in a second."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How delivery streams behave.

    Attributes:
        rate_limits: Rates of puts by the API: the service's, those times ``scale``, or none.
        scale: What ``scaled`` rates are multiplied by.
    """

    rate_limits: Mode = "off"
    scale: float = 1.0

    @property
    def rates(self) -> float | None:
        """What the service's rates are multiplied by; None where there are none."""
        return {"off": None, "aws": 1.0, "scaled": self.scale}[self.rate_limits]


# Made here, once: two threads that make a decoder of one dataclass at the same time end the process.
_SETTINGS = msgspec.json.Decoder(Settings)


def read_settings(connection: sqlite3.Connection) -> Settings:
    """The settings that hold."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'puts'").fetchone()
    return Settings() if row is None else _SETTINGS.decode(row[0])


def write_settings(connection: sqlite3.Connection, settings: Settings) -> None:
    """Let these settings hold."""
    connection.execute("INSERT OR REPLACE INTO settings VALUES ('puts', ?)", (msgspec.json.encode(settings).decode(),))


def admit(
    connection: sqlite3.Connection, stream: DeliveryStream, sizes: Sequence[int], now: int, scale: float
) -> list[bool]:
    """Which of the records (of these sizes, in this order) one request puts at a time."""
    rates = RECORDS * scale, REQUESTS * scale, BYTES * scale
    # A bucket holds a second's worth, and at least one of what may be put.
    most = max(rates[0], 1.0), max(rates[1], 1.0), max(rates[2], LONGEST_RECORD)
    row = connection.execute(
        "SELECT records, requests, bytes, counted FROM rates WHERE stream_id = ?", (stream.id,)
    ).fetchone()
    held, counted = (row[:3], row[3]) if row is not None else (most, now)
    seconds = max(now - counted, 0) / 1e6
    records, requests, room = (
        min(tokens + rate * seconds, bound) for tokens, rate, bound in zip(held, rates, most, strict=True)
    )
    admitted = [False] * len(sizes)
    if requests >= 1:
        requests -= 1
        for place, size in enumerate(sizes):
            if records >= 1 and size <= room:
                admitted[place] = True
                records, room = records - 1, room - size
    connection.execute("INSERT OR REPLACE INTO rates VALUES (?, ?, ?, ?, ?)", (stream.id, records, requests, room, now))
    return admitted
