"""How the streams of a home behave: its limits, its durability, how long changes take."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from dataclasses import dataclass
from typing import Literal

Limits = Literal["off", "aws", "scaled"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings.

    Attributes:
        limits: Sizes and quotas: the service's, those times ``scale``, or none.
        rate_limits: Rates of each shard, by the home's clock: the service's, those times ``scale``, or none.
        scale: What ``scaled`` limits are multiplied by.
        fsync: Whether each put reaches the disk before it is acknowledged (``always``), or about every second.
        transition_seconds: How long a stream or consumer is CREATING, UPDATING or DELETING.
    """

    limits: Limits = "aws"
    rate_limits: Limits = "off"
    scale: float = 1.0
    fsync: Literal["always", "interval"] = "interval"
    transition_seconds: float = 0.0

    @property
    def rates(self) -> float | None:
        """What the service's rates are multiplied by; None where there are none."""
        return {"off": None, "aws": 1.0, "scaled": self.scale}[self.rate_limits]

    def sized(self, limit: int) -> int | None:
        """A size or quota as it holds; None where there is none."""
        if self.limits == "off":
            return None
        return limit if self.limits == "aws" else max(int(limit * self.scale), 1)


DEFAULT = Settings()


def read_settings(connection: sqlite3.Connection) -> Settings:
    """The settings that hold."""
    rows = connection.execute("SELECT name, value FROM settings").fetchall()
    known = {one.name for one in dataclasses.fields(Settings)}
    return Settings(**{name: json.loads(value) for name, value in rows if name in known})


def write_settings(connection: sqlite3.Connection, settings: Settings) -> None:
    """Let these settings hold."""
    for name, value in dataclasses.asdict(settings).items():
        connection.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, json.dumps(value)))
