"""Operations on the account: its limits and settings, and how the streams of this home behave."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from owlake.spi import from_microseconds, operation, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.operations.base import OfStreams
from owlake_connectors.kinesis.quotas import ON_DEMAND_STREAMS, SHARDS
from owlake_connectors.kinesis.settings import Settings

_COMMITMENT = "minimum_throughput_billing_commitment"


@dataclass(frozen=True, slots=True)
class DescribeLimitsOutput:
    """The limits of the account, and what of them is used."""

    shard_limit: int
    open_shard_count: int
    on_demand_stream_count: int
    on_demand_stream_count_limit: int


@dataclass(frozen=True, slots=True)
class MinimumThroughputBillingCommitmentInput:
    """Whether the account is billed for a throughput at least."""

    status: Literal["ENABLED", "DISABLED"]


@dataclass(frozen=True, slots=True)
class MinimumThroughputBillingCommitmentOutput:
    """Whether the account is billed for a throughput at least, and since when."""

    status: Literal["ENABLED", "DISABLED", "ENABLED_UNTIL_EARLIEST_ALLOWED_END"]
    started_at: datetime | None = None
    ended_at: datetime | None = None
    earliest_allowed_end_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountSettingsOutput:
    """The settings of the account."""

    minimum_throughput_billing_commitment: MinimumThroughputBillingCommitmentOutput


class Account(OfStreams):
    """Operations on the account and on this home."""

    @operation
    def describe_limits(self) -> DescribeLimitsOutput:
        """The limits of shards and on-demand streams, and how many there are."""
        on_demand = self._store.stream_count("mode", "ON_DEMAND")
        return DescribeLimitsOutput(SHARDS, self._store.open_shard_count(), on_demand, ON_DEMAND_STREAMS)

    @operation
    def describe_account_settings(self) -> AccountSettingsOutput:
        """The settings of the account."""
        return AccountSettingsOutput(self._commitment())

    @operation
    def update_account_settings(
        self, minimum_throughput_billing_commitment: MinimumThroughputBillingCommitmentInput
    ) -> AccountSettingsOutput:
        """Change the settings of the account."""
        wanted, known, now = minimum_throughput_billing_commitment.status, self._commitment(), self._store.now()
        if wanted != known.status:
            moment = to_microseconds(now)
            started = moment if wanted == "ENABLED" else known.started_at and to_microseconds(known.started_at)
            told = json.dumps([wanted, started, None if wanted == "ENABLED" else moment])
            with self._store.writing() as connection:
                connection.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (_COMMITMENT, told))
        return AccountSettingsOutput(self._commitment())

    @operation
    def update_settings(
        self,
        limits: Literal["off", "aws", "scaled"] | None = None,
        rate_limits: Literal["off", "aws", "scaled"] | None = None,
        scale: float | None = None,
        fsync: Literal["always", "interval"] | None = None,
        transition_seconds: float | None = None,
    ) -> Settings:
        """Change how the streams of this home behave: what is not given stays as it is."""
        if scale is not None and scale <= 0:
            raise errors.invalid_argument(f"scale must be positive, not {scale}")
        if transition_seconds is not None and transition_seconds < 0:
            raise errors.invalid_argument(f"transition_seconds must not be negative, not {transition_seconds}")
        given = {
            "limits": limits,
            "rate_limits": rate_limits,
            "scale": scale,
            "fsync": fsync,
            "transition_seconds": transition_seconds,
        }
        changed: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        settings = replace(self._store.settings, **changed)
        self._store.configure(settings)
        return settings

    def _commitment(self) -> MinimumThroughputBillingCommitmentOutput:
        with self._store.database.read() as connection:
            row = connection.execute("SELECT value FROM settings WHERE name = ?", (_COMMITMENT,)).fetchone()
        told: tuple[Any, ...] = json.loads(row[0]) if row is not None else ("DISABLED", None, None)
        status, started, ended = told
        moments = (None if one is None else from_microseconds(one) for one in (started, ended))
        return MinimumThroughputBillingCommitmentOutput(status, *moments)
