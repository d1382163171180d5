"""What the operations have in common: the streams, and which of them is meant."""

from __future__ import annotations

import re

from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.model import Shard, Stream, shard_id
from owlake_connectors.kinesis.store import StreamStore

_SHARD = re.compile(r"(?:[^-]*-)?(\d+)", re.ASCII)


class OfStreams:
    """Operations on the streams of a home."""

    def __init__(self, store: StreamStore) -> None:
        self._store = store

    def _stream(self, name: str | None, arn: str | None) -> Stream:
        """The stream that a request names. Errors: ResourceNotFoundException, InvalidArgumentException."""
        return self._store.stream(named(name, arn))


def named(name: str | None, arn: str | None) -> str:
    """The name of the stream that a request means. Errors: InvalidArgumentException."""
    said = None if arn is None else arn.split(":stream/", 1)[-1].split("/", 1)[0]
    if name is None and said is None:
        raise errors.invalid_argument("Either StreamName or StreamARN must be specified.")
    if name is not None and said is not None and name != said:
        raise errors.invalid_argument(f"StreamName {name} and StreamARN {arn} name different streams.")
    return name or said or ""


def shard_number(text: str) -> int | None:
    """The number in ``shardId-000000000007``, ``shardId-7`` or ``7``; None for what is no shard."""
    found = _SHARD.fullmatch(text)
    number = int(found[1]) if found else -1
    return number if 0 <= number < 1 << 31 else None


def readable_shard(stream: Stream, text: str) -> Shard:
    """The shard to read. Errors: ResourceNotFoundException."""
    number = shard_number(text)
    if number is None:
        raise errors.shard_not_found(text, stream.name)
    shard = stream.by_number.get(number)
    if shard is None:
        raise errors.shard_does_not_exist(shard_id(number), stream.name)
    return shard


def refuse_dry_run(dry_run: bool | None) -> None:
    """Errors: DryRunOperationException, for a request that was only to be tried, and is right."""
    if dry_run:
        raise errors.dry_run()
