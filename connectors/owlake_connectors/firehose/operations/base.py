"""What the operations have in common: the delivery streams and their work."""

from __future__ import annotations

from owlake_connectors.firehose.store import DeliveryStore
from owlake_connectors.firehose.worker import Worker


class OfDeliveryStreams:
    """Operations on the delivery streams of a home."""

    def __init__(self, store: DeliveryStore, worker: Worker) -> None:
        self._store = store
        self._worker = worker
