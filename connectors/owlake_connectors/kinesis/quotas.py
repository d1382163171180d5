"""How many streams and shards an account may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.spi import ACCOUNT
from owlake_connectors.kinesis import errors

if TYPE_CHECKING:
    from owlake_connectors.kinesis.model import Stream
    from owlake_connectors.kinesis.store import StreamStore

SHARDS, ON_DEMAND_STREAMS, CREATING = 20_000, 50, 5
"""Open shards, streams on demand, and streams that are being created."""


def check_stream(store: StreamStore, stream: Stream) -> None:
    """Errors: LimitExceededException, where there are too many streams for another one like this."""
    settings = store.settings
    creating = settings.sized(CREATING)
    if creating is not None and store.stream_count("status", "CREATING") >= creating:
        raise errors.limit_exceeded(
            f"This request would exceed the limit of {creating} streams in CREATING state of account {ACCOUNT}."
        )
    if stream.mode != "ON_DEMAND":
        check_shards(store, len(stream.shards))
        return
    most = settings.sized(ON_DEMAND_STREAMS)
    if most is not None and store.stream_count("mode", "ON_DEMAND") >= most:
        raise errors.limit_exceeded(
            f"This request would exceed the limit of {most} on-demand streams of account {ACCOUNT}."
        )


def check_shards(store: StreamStore, more: int) -> None:
    """Errors: LimitExceededException, where there would be too many open shards with so many more."""
    limit, current = store.settings.sized(SHARDS), store.open_shard_count()
    if limit is not None and current + more > limit:
        raise errors.shard_limit_exceeded(current, more, limit)
