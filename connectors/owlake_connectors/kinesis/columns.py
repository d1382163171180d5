"""What there is of each record of a stream, as columns made of the runs of its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from owlake.spi import LogRecords
from owlake_connectors.kinesis.model import Shard
from owlake_connectors.kinesis.sequence_numbers import compose, text_array

COLUMNS: Mapping[str, pa.DataType] = {
    "shard_id": pa.string(),
    "sequence_number": pa.string(),
    "subsequence_number": pa.int64(),
    "partition_key": pa.string(),
    "explicit_hash_key": pa.string(),
    "approximate_arrival_timestamp": pa.timestamp("us", "UTC"),
    "data": pa.binary(),
}
"""What there is of each record."""


def batch_of(runs: list[LogRecords], shards: Mapping[int, Shard], columns: Sequence[str]) -> pa.RecordBatch:
    """The records of runs as a batch with these columns (see ``COLUMNS``)."""
    schema = pa.schema([(name, COLUMNS[name]) for name in columns])
    return pa.RecordBatch.from_arrays([_MAKERS[name](runs, shards) for name in columns], schema=schema)


Maker = Callable[[list[LogRecords], Mapping[int, Shard]], pa.Array]


def _counts(runs: list[LogRecords]) -> NDArray[np.int64]:
    return np.array([len(one.data) for one in runs], np.int64)


def _joined(arrays: list[pa.Array]) -> pa.Array:
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)


def _sequence_numbers(runs: list[LogRecords], shards: Mapping[int, Shard]) -> pa.Array:
    return text_array([first_number(one.entry, shards) for one in runs], _counts(runs))


def first_number(entry: Any, shards: Mapping[int, Shard]) -> int:
    """The sequence number of the first record of a run."""
    shard = int(entry["shard"])
    return compose(shards[shard].epoch, shard, int(entry["ordinal"]), int(entry["arrival"]) // 1_000_000)


def _shard_ids(runs: list[LogRecords], shards: Mapping[int, Shard]) -> pa.Array:
    ids = pa.array([shards[int(one.entry["shard"])].id for one in runs], pa.string())
    return ids.take(pa.array(np.repeat(np.arange(len(runs)), _counts(runs))))


def _arrivals(runs: list[LogRecords], _: Mapping[int, Shard]) -> pa.Array:
    moments = np.array([one.entry["arrival"] for one in runs], np.int64)
    return pa.array(np.repeat(moments, _counts(runs))).cast(COLUMNS["approximate_arrival_timestamp"])


def _hash_keys(runs: list[LogRecords], _: Mapping[int, Shard]) -> pa.Array:
    return _joined([_hash_keys_of(one) for one in runs])


def _hash_keys_of(run: LogRecords) -> pa.Array:
    if run.explicit_hash_key is None:
        return pa.nulls(len(run.data), pa.string())
    return pa.compute.if_else(pa.compute.equal(run.explicit_hash_key, ""), None, run.explicit_hash_key)


def _subsequence_numbers(runs: list[LogRecords], _: Mapping[int, Shard]) -> pa.Array:
    return pa.array(np.zeros(int(_counts(runs).sum()), np.int64))


_MAKERS: Mapping[str, Maker] = {
    "shard_id": _shard_ids,
    "sequence_number": _sequence_numbers,
    "subsequence_number": _subsequence_numbers,
    "partition_key": lambda runs, _: _joined([one.partition_key for one in runs]),
    "explicit_hash_key": _hash_keys,
    "approximate_arrival_timestamp": _arrivals,
    "data": lambda runs, _: _joined([one.data for one in runs]),
}
