"""The tables of ``kinesis.system``: what streams there are, and what they are like."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from owlake.spi import (
    MOMENT,
    TEXTS,
    TEXTS_BY_NAME,
    Asked,
    Row,
    RowsDefinition,
    from_microseconds,
    rows_definition,
    types,
)
from owlake_connectors.kinesis.groups.member import Groups
from owlake_connectors.kinesis.model import Stream, shard_id
from owlake_connectors.kinesis.settings import Settings
from owlake_connectors.kinesis.store import StreamStore

_TEXT = types.VARCHAR


def tables(store: StreamStore) -> Mapping[str, RowsDefinition]:
    """The tables by name."""
    return {
        "checkpoints": _checkpoints(store),
        "consumers": _consumers(store),
        "leases": _leases(store),
        "metrics": _metrics(store),
        "settings": _settings(store),
        "shards": _shards(store),
        "streams": _streams(store),
    }


def _all(store: StreamStore) -> Iterator[Stream]:
    for name in store.names():
        stream = store.find(name)
        if stream is not None:
            yield stream


def _streams(store: StreamStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        for one in _all(store):
            reader = store.log(one).reader
            yield (
                one.name, one.arn, one.status, one.mode, one.retention_hours, one.created, len(one.open_shards),
                len(store.consumers(one)), one.encryption_type, one.key_id, list(one.shard_level_metrics),
                one.max_record_size_kib, one.warm_throughput_mibps, one.distribution, reader.size(),
                list(store.tags(one.arn).items()),
            )  # fmt: skip

    return rows_definition(
        rows,
        ("stream_name", _TEXT, "Its name"),
        ("stream_arn", _TEXT, "Its Amazon resource name"),
        ("stream_status", _TEXT, "CREATING, ACTIVE, UPDATING or DELETING"),
        ("stream_mode", _TEXT, "PROVISIONED or ON_DEMAND"),
        ("retention_period_hours", types.BIGINT, "How long records are kept"),
        ("stream_creation_timestamp", MOMENT, "When it was made"),
        ("open_shard_count", types.BIGINT, "Shards that take records"),
        ("consumer_count", types.BIGINT, "Registered consumers"),
        ("encryption_type", _TEXT, "NONE or KMS"),
        ("key_id", _TEXT, "The key"),
        ("shard_level_metrics", TEXTS, "Metrics that are kept of each shard"),
        ("max_record_size_in_kib", types.BIGINT, "How large a record may be"),
        ("warm_throughput_mibps", types.BIGINT, "What it is ready for, on demand"),
        ("record_distribution_strategy", _TEXT, "USER_PARTITION_KEY, or AUTO: keys do not matter"),
        ("size_bytes", types.BIGINT, "What it takes on disk"),
        ("tags", TEXTS_BY_NAME, "Tags"),
    )


def _shards(store: StreamStore) -> RowsDefinition:
    def rows(asked: Asked) -> Iterator[Row]:
        now = asked.home.clock.now()
        for stream in _all(store):
            for one in stream.listed(now):
                yield (
                    stream.name, one.id, "OPEN" if one.is_open else "CLOSED",
                    None if one.parent is None else shard_id(one.parent),
                    None if one.adjacent_parent is None else shard_id(one.adjacent_parent),
                    str(one.start), str(one.end),
                    one.starting_sequence_number, one.ending_sequence_number, one.opened, one.closed,
                )  # fmt: skip

    return rows_definition(
        rows,
        ("stream_name", _TEXT, "The stream"),
        ("shard_id", _TEXT, "Its id"),
        ("state", _TEXT, "OPEN or CLOSED"),
        ("parent_shard_id", _TEXT, "The shard that it came from by a split, or the first of a merge"),
        ("adjacent_parent_shard_id", _TEXT, "The second shard of a merge"),
        ("starting_hash_key", _TEXT, "The first hash key"),
        ("ending_hash_key", _TEXT, "The last hash key"),
        ("starting_sequence_number", _TEXT, "Less than that of any record in it"),
        ("ending_sequence_number", _TEXT, "Greater than that of any record in it; NULL while it is open"),
        ("opened", MOMENT, "Since when it takes records"),
        ("closed", MOMENT, "When it was split or merged"),
    )


def _consumers(store: StreamStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        for stream in _all(store):
            for one in store.consumers(stream):
                yield stream.name, one.name, one.arn, one.status, one.created, list(store.tags(one.arn).items())

    return rows_definition(
        rows,
        ("stream_name", _TEXT, "The stream"),
        ("consumer_name", _TEXT, "Its name"),
        ("consumer_arn", _TEXT, "Its Amazon resource name"),
        ("consumer_status", _TEXT, "CREATING, ACTIVE or DELETING"),
        ("consumer_creation_timestamp", MOMENT, "When it was registered"),
        ("tags", TEXTS_BY_NAME, "Tags"),
    )


def _leases(store: StreamStore) -> RowsDefinition:
    def rows(asked: Asked) -> Iterator[Row]:
        now = asked.home.clock.now()
        for stream, one in Groups(store).leases():
            state = "SHARD_END" if one.is_ended else "HELD" if one.is_held(now) else "FREE"
            yield (
                one.group_name, stream.name, shard_id(one.shard), state, one.owner, one.wanted_by, one.counter,
                from_microseconds(one.renewed) if one.counter else None, one.owner_switches,
                [shard_id(parent) for parent in stream.by_number[one.shard].parents],
            )  # fmt: skip

    return rows_definition(
        rows,
        ("group_name", _TEXT, "The group"),
        ("stream_name", _TEXT, "The stream that it reads"),
        ("shard_id", _TEXT, "The shard"),
        ("state", _TEXT, "HELD, FREE (nobody has it, or it ran out) or SHARD_END (the group is through with it)"),
        ("lease_owner", _TEXT, "The member that has it, or had it last"),
        ("wanted_by", _TEXT, "The member that is to have it next"),
        ("lease_counter", types.BIGINT, "How often it was renewed, taken or checked in"),
        ("renewed", MOMENT, "When that was the last time"),
        ("owner_switches_since_checkpoint", types.BIGINT, "How many members took it since the last checkpoint"),
        ("parent_shard_ids", TEXTS, "The shards that had to be read first"),
    )


def _checkpoints(store: StreamStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        for stream, one in Groups(store).leases():
            yield (
                one.group_name, stream.name, shard_id(one.shard), one.checkpoint, one.subsequence, one.given,
                one.given_subsequence,
            )  # fmt: skip

    return rows_definition(
        rows,
        ("group_name", _TEXT, "The group"),
        ("stream_name", _TEXT, "The stream that it reads"),
        ("shard_id", _TEXT, "The shard"),
        ("checkpoint", _TEXT, "The last record that is done with; TRIM_HORIZON, LATEST, AT_TIMESTAMP or SHARD_END"),
        ("checkpoint_subsequence_number", types.BIGINT, "Of an aggregated record; NULL: all of it"),
        ("given_sequence_number", _TEXT, "The last record that the lease's owner was given"),
        ("given_subsequence_number", types.BIGINT, "Of an aggregated record"),
    )


def _metrics(store: StreamStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        store.metrics.flush()
        with store.database.read() as connection:
            found = connection.execute(
                "SELECT name, shard_id, metric, minute, samples, total, least, greatest FROM metrics JOIN streams"
                " ON stream_id = id ORDER BY name, shard_id, metric, minute"
            ).fetchall()
        for stream, shard, metric, minute, samples, total, least, greatest in found:
            moment = from_microseconds(minute)
            yield stream, shard or None, metric, moment, samples, total, total / samples, least, greatest

    return rows_definition(
        rows,
        ("stream_name", _TEXT, "The stream"),
        ("shard_id", _TEXT, "The shard; NULL for the whole stream"),
        ("metric_name", _TEXT, "CloudWatch's name"),
        ("minute", MOMENT, "The minute that was counted"),
        ("sample_count", types.BIGINT, "How many values there were"),
        ("sum", types.DOUBLE, "Their sum"),
        ("average", types.DOUBLE, "Their average"),
        ("minimum", types.DOUBLE, "The least"),
        ("maximum", types.DOUBLE, "The greatest"),
    )


_SETTINGS = {
    "limits": "Sizes and quotas: the service's (aws), those times scale (scaled), or none (off)",
    "rate_limits": "Rates of each shard, by the home's clock: off, aws or scaled",
    "scale": "What scaled limits are multiplied by",
    "fsync": "Whether each put reaches the disk before it is acknowledged (always), or about every second (interval)",
    "transition_seconds": "How long a stream or consumer is CREATING, UPDATING or DELETING",
}


def _settings(store: StreamStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        settings = store.settings
        for one in dataclasses.fields(Settings):
            yield one.name, str(getattr(settings, one.name)), str(one.default), _SETTINGS[one.name]

    return rows_definition(
        rows,
        ("name", _TEXT, "The setting, as update_settings takes it"),
        ("value", _TEXT, "What it is now"),
        ("default_value", _TEXT, "What it is where nobody says"),
        ("description", _TEXT, "What it does"),
    )
