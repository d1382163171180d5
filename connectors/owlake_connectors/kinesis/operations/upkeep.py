"""Operations that change how a stream is kept: retention, mode, encryption, monitoring, sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from owlake.spi import ACCOUNT, Length, operation, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.changes import Change
from owlake_connectors.kinesis.model import Distribution, MetricName, Stream
from owlake_connectors.kinesis.operations.base import OfStreams
from owlake_connectors.kinesis.operations.shapes import (
    KeyId,
    MaxRecordSize,
    StreamArn,
    StreamId,
    StreamModeDetails,
    StreamName,
    WarmThroughput,
    WarmThroughputObject,
)
from owlake_connectors.kinesis.resharding import Lineage
from owlake_connectors.kinesis.store import StreamStore

LEAST_HOURS, MOST_HOURS = 24, 8760
SWITCHES_A_DAY, KEYS_A_DAY = 2, 25
SHARD_MIBPS = 1
"""What one shard takes."""
_EACH: tuple[MetricName, ...] = tuple(one for one in get_args(MetricName) if one != "ALL")


@dataclass(frozen=True, slots=True)
class EnhancedMonitoringOutput:
    """The metrics of each shard, before and after."""

    stream_name: StreamName
    current_shard_level_metrics: list[MetricName]
    desired_shard_level_metrics: list[MetricName]
    stream_arn: StreamArn


@dataclass(frozen=True, slots=True)
class UpdateStreamWarmThroughputOutput:
    """What the stream is ready for."""

    stream_arn: StreamArn
    stream_name: StreamName
    warm_throughput: WarmThroughputObject


class Upkeep(OfStreams):
    """Operations that change how a stream is kept."""

    @operation
    def increase_stream_retention_period(
        self,
        stream_name: StreamName | None = None,
        *,
        retention_period_hours: int,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Keep records for longer; what has expired stays so."""
        check_hours(self._store, retention_period_hours)
        with self._store.changing(self._stream(stream_name, stream_arn).name) as change:
            stream = _active(change)
            if retention_period_hours < stream.retention_hours:
                raise errors.invalid_argument(
                    f"Requested retention period ({retention_period_hours} hours) for stream {stream.name} can not be"
                    f" shorter than existing retention period ({stream.retention_hours} hours). Use"
                    " DecreaseRetentionPeriod API."
                )
            horizon = to_microseconds(stream.trim_horizon(change.now))
            change.set(retention_hours=retention_period_hours, horizon=horizon)
            change.begin("UPDATING")

    @operation
    def decrease_stream_retention_period(
        self,
        stream_name: StreamName | None = None,
        *,
        retention_period_hours: int,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Keep records for less long; older ones are gone at once."""
        check_hours(self._store, retention_period_hours)
        with self._store.changing(self._stream(stream_name, stream_arn).name) as change:
            stream = _active(change)
            if retention_period_hours > stream.retention_hours:
                raise errors.invalid_argument(
                    f"Requested retention period ({retention_period_hours} hours) for stream {stream.name} can not be"
                    f" longer than existing retention period ({stream.retention_hours} hours). Use"
                    " IncreaseRetentionPeriod API."
                )
            change.set(retention_hours=retention_period_hours)
            change.begin("UPDATING")
        self._store.reclaim(stream.name)

    @operation
    def update_stream_mode(
        self,
        stream_arn: StreamArn,
        stream_id: StreamId | None = None,
        *,
        stream_mode_details: StreamModeDetails,
        warm_throughput_mibps: WarmThroughput | None = None,
    ) -> None:
        """Switch a stream between provisioned and on demand; it keeps its shards."""
        mode = stream_mode_details.stream_mode
        with self._store.changing(self._stream(None, stream_arn).name) as change:
            stream = _active(change)
            text = (
                f"Stream {stream.name} under account {ACCOUNT} has switched its mode {SWITCHES_A_DAY} times in the last"
                " 24 hours, which is the limit."
            )
            if mode != stream.mode:
                change.count("mode", self._store.settings.sized(SWITCHES_A_DAY), text)
            if mode == "PROVISIONED" and warm_throughput_mibps is not None:
                raise errors.invalid_argument("WarmThroughputMiBps is for streams in ON_DEMAND mode only.")
            if mode == "PROVISIONED":
                change.set(mode=mode, warm_throughput_mibps=None, distribution="USER_PARTITION_KEY")
            else:
                change.set(mode=mode)
                _warm(change, warm_throughput_mibps)
            change.begin("UPDATING")
        self._store.watch_on_demand()

    @operation
    def update_stream_warm_throughput(
        self,
        stream_arn: StreamArn | None = None,
        stream_name: StreamName | None = None,
        stream_id: StreamId | None = None,
        *,
        warm_throughput_mibps: WarmThroughput,
    ) -> UpdateStreamWarmThroughputOutput:
        """Make an on-demand stream ready for so much."""
        with self._store.changing(self._stream(stream_name, stream_arn).name) as change:
            stream = _on_demand(_active(change))
            _warm(change, warm_throughput_mibps)
            change.begin("UPDATING")
        ready = max(len(stream.open_shards) * SHARD_MIBPS, warm_throughput_mibps)
        return UpdateStreamWarmThroughputOutput(
            stream.arn, stream.name, WarmThroughputObject(warm_throughput_mibps, ready)
        )

    @operation
    def update_stream_record_distribution_strategy(
        self,
        stream_arn: StreamArn,
        stream_id: StreamId | None = None,
        *,
        record_distribution_strategy: Distribution,
    ) -> None:
        """Let records go where their keys say, or evenly to all shards."""
        with self._store.changing(self._stream(None, stream_arn).name) as change:
            stream = _active(change)
            if record_distribution_strategy == "AUTO" and stream.mode != "ON_DEMAND":
                raise errors.invalid_argument(
                    f"Stream {stream.name} under account {ACCOUNT} is in PROVISIONED mode: its record distribution"
                    " strategy cannot be AUTO."
                )
            change.set(distribution=record_distribution_strategy)

    @operation
    def update_max_record_size(
        self,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
        *,
        max_record_size_in_kib: MaxRecordSize,
    ) -> None:
        """Let the records of a stream be so large."""
        with self._store.changing(self._stream(None, stream_arn).name) as change:
            _active(change)
            change.set(max_record_size_kib=max_record_size_in_kib)
            change.begin("UPDATING")

    @operation
    def start_stream_encryption(
        self,
        stream_name: StreamName | None = None,
        *,
        encryption_type: Literal["NONE", "KMS"],
        key_id: KeyId,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Mark the records of a stream from here on as encrypted by a key; in the home they lie as they are."""
        self._encrypt(self._stream(stream_name, stream_arn).name, encryption_type, key_id, key_id)

    @operation
    def stop_stream_encryption(
        self,
        stream_name: StreamName | None = None,
        *,
        encryption_type: Literal["NONE", "KMS"],
        key_id: KeyId,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Mark the records of a stream from here on as not encrypted."""
        self._encrypt(self._stream(stream_name, stream_arn).name, encryption_type, key_id, None)

    @operation
    def enable_enhanced_monitoring(
        self,
        stream_name: StreamName | None = None,
        *,
        shard_level_metrics: Annotated[Sequence[MetricName], Length(1, 7)],
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> EnhancedMonitoringOutput:
        """Keep metrics of each shard."""
        return self._monitor(self._stream(stream_name, stream_arn).name, shard_level_metrics, ())

    @operation
    def disable_enhanced_monitoring(
        self,
        stream_name: StreamName | None = None,
        *,
        shard_level_metrics: Annotated[Sequence[MetricName], Length(1, 7)],
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> EnhancedMonitoringOutput:
        """Keep metrics of each shard no more."""
        return self._monitor(self._stream(stream_name, stream_arn).name, (), shard_level_metrics)

    def _encrypt(self, name: str, encryption_type: str, told: str, key_id: str | None) -> None:
        if encryption_type != "KMS":
            raise errors.validation(
                f"1 validation error detected: Value '{encryption_type}' at 'encryptionType' failed to satisfy"
                " constraint: Member must satisfy enum value set: [KMS]"
            )
        with self._store.changing(name) as change:
            stream = _active(change)
            if key_id is None and stream.key_id is None:
                # As the service has it: nothing is to stop.
                return
            if key_id is None and told != stream.key_id:
                raise errors.invalid_argument(f"Stream {name} under account {ACCOUNT} is not encrypted by {told}.")
            kind = "encryption" if key_id is not None else "decryption"
            text = (
                f"The encryption of stream {name} under account {ACCOUNT} was changed {KEYS_A_DAY} times in 24 hours."
            )
            change.count(kind, self._store.settings.sized(KEYS_A_DAY), text)
            change.set(key_id=key_id)
            change.begin("UPDATING")

    def _monitor(
        self, name: str, enabled: Sequence[MetricName], disabled: Sequence[MetricName]
    ) -> EnhancedMonitoringOutput:
        with self._store.changing(name) as change:
            stream = _active(change)
            before = stream.shard_level_metrics
            wanted = {*before, *_metrics(enabled)} - set(_metrics(disabled))
            after = [one for one in _EACH if one in wanted]
            change.set_metrics(after)
            change.begin("UPDATING")
        return EnhancedMonitoringOutput(stream.name, list(before), after, stream.arn)


def _metrics(named: Sequence[MetricName]) -> tuple[MetricName, ...]:
    return _EACH if "ALL" in named else tuple(named)


def _active(change: Change) -> Stream:
    """The stream, which is not on its way to another state. Errors: ResourceInUseException."""
    stream = change.stream
    if stream.status != "ACTIVE":
        raise errors.stream_not_active(stream.name, stream.status)
    return stream


def _on_demand(stream: Stream) -> Stream:
    if stream.mode != "ON_DEMAND":
        raise errors.validation(
            f"Request is invalid. Stream {stream.name} under account {ACCOUNT} is in Provisioned mode."
        )
    return stream


def _warm(change: Change, throughput: int | None) -> None:
    """Have as many shards as a throughput needs; there are never fewer than before."""
    if throughput is None:
        return
    change.set(warm_throughput_mibps=throughput)
    if throughput > len(change.stream.open_shards) * SHARD_MIBPS:
        lineage = Lineage(change.stream.shards, change.now, change.head.ordinal)
        lineage.scale(throughput // SHARD_MIBPS)
        change.reshard(lineage)


def check_hours(store: StreamStore, hours: int) -> None:
    """Errors: InvalidArgumentException, for a retention that cannot be."""
    if store.settings.limits == "off" and hours > 0:
        return
    if hours < LEAST_HOURS:
        raise errors.invalid_argument(
            f"Minimum allowed retention period is {LEAST_HOURS} hours. Requested retention period ({hours} hours)"
            " is too short."
        )
    if hours > MOST_HOURS:
        raise errors.invalid_argument(
            f"Maximum allowed retention period is {MOST_HOURS} hours. Requested retention period ({hours} hours)"
            " is too long."
        )
