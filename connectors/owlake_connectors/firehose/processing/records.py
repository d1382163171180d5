"""Records between the steps of processing: columns, so that what is the same for all is done for all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from owlake.spi import from_microseconds
from owlake_connectors.firehose.error_records import ErrorType

Keys = Mapping[tuple[str, str], str]
"""Values of partition keys by namespace and name."""


@dataclass(frozen=True, slots=True)
class Source:
    """Records as they came.

    Attributes:
        data: What was put.
        arrived: When, in microseconds.
        positions: Of records of a stream: columns shard_id, partition_key, sequence_number, subsequence_number.
    """

    data: pa.BinaryArray
    arrived: NDArray[np.int64]
    positions: pa.RecordBatch | None = None

    def moment(self, origin: int) -> datetime:
        """When a record arrived."""
        return from_microseconds(int(self.arrived[origin]))

    def position(self, origin: int) -> Mapping[str, Any] | None:
        """Where in its stream a record was."""
        return None if self.positions is None else self.positions.slice(origin, 1).to_pylist()[0]


@dataclass(frozen=True, slots=True)
class Records:
    """Records on their way.

    Attributes:
        data: What each has become.
        origins: Which record of the source each came from; in order.
        keys: The partition keys of each; None before any step found some.
    """

    source: Source
    data: pa.BinaryArray
    origins: NDArray[np.int64]
    keys: Sequence[Keys] | None = None

    @classmethod
    def of(cls, source: Source) -> Self:
        """The records as they came."""
        return cls(source, source.data, np.arange(len(source.data)))

    def __len__(self) -> int:
        return len(self.data)

    def picked(self, places: Sequence[int]) -> Records:
        """Some of the records."""
        if len(places) == len(self):
            return self
        keys = None if self.keys is None else [self.keys[place] for place in places]
        return replace(self, data=self.data.take(pa.array(places, pa.int64())), origins=self.origins[places], keys=keys)


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that a step could not process."""

    origin: int
    code: str
    message: str
    type: ErrorType = ErrorType.PROCESSING
    attempts: int = 1
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step made of records; those in neither were dropped."""

    records: Records
    failures: Sequence[Failure] = ()


Step = Callable[[Records], Outcome]


def run(steps: Sequence[Step], records: Records) -> Outcome:
    """One step after the other."""
    failures: list[Failure] = []
    for step in steps:
        if not len(records):
            break
        outcome = step(records)
        records = outcome.records
        failures += outcome.failures
    return Outcome(records, failures)
