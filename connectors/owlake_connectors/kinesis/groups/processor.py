"""What a program has to say to read a stream as a member of a group: the life of a processor of one shard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class GivenRecord(NamedTuple):
    """A record that a member is given; those of one aggregate are told apart by the subsequence number."""

    shard_id: str
    sequence_number: str
    subsequence_number: int
    partition_key: str
    approximate_arrival_timestamp: datetime
    data: bytes


class Checkpointer(Protocol):
    """Says how far the group has come in a shard."""

    def checkpoint(self, record: GivenRecord | None = None) -> None:
        """Let the group go on behind a record; behind all that the processor was given, where none is named.

        In ``shard_ended``: the group is through with the shard, and its children may be read.

        Errors: ShutdownException, once the lease is lost; InvalidArgumentException, for a record that lies behind the
        last checkpoint.
        """


class Processor:
    """Processes the records of one shard, for as long as its member has the lease."""

    def initialize(self, shard_id: str) -> None:
        """The member has the lease of this shard."""

    def process_records(self, records: Sequence[GivenRecord], checkpointer: Checkpointer) -> None:
        """Some records, in their order."""
        raise NotImplementedError

    def lease_lost(self) -> None:
        """Another member has the lease, or is about to: no checkpoint is possible any more."""

    def shard_ended(self, checkpointer: Checkpointer) -> None:
        """Everything in the shard was given: whoever is done with it must say so."""
        checkpointer.checkpoint()

    def shutdown_requested(self, checkpointer: Checkpointer) -> None:
        """The member is about to leave: the last chance of a checkpoint."""
