"""What was read of a file before, as long as the file is the same. Bounded, for all threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from owlake.lake.model import DataFile
from owlake.lake.storage import Storage

_PARALLEL_REQUESTS = 16

What = TypeVar("What")


class Remembered(Generic[What]):
    """Values that ``read`` takes from files, by file."""

    def __init__(self, read: Callable[[Storage, DataFile], What], limit: int = 100_000) -> None:
        self._read = read
        self._limit = limit
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int, int], What] = OrderedDict()

    def of_all(self, storage: Storage, files: Sequence[DataFile]) -> Iterable[What]:
        """The value of each file, in their order."""
        if storage.endpoint is None:
            return [self.of(storage, file) for file in files]
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (only where a request takes milliseconds)

        with ThreadPoolExecutor(_PARALLEL_REQUESTS, "owlake-footers") as threads:
            return list(threads.map(lambda file: self.of(storage, file), files))

    def forget(self) -> None:
        """Read every file again when it is asked for."""
        with self._lock:
            self._known.clear()

    def of(self, storage: Storage, file: DataFile) -> What:
        """The file's value."""
        place = storage.local_path(file.uri) or (storage.endpoint and storage.endpoint.endpoint_url, file.uri)
        key = (str(place), file.size, file.modified)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = self._read(storage, file)
        with self._lock:
            self._known[key] = found
            if len(self._known) > self._limit:
                self._known.popitem(last=False)
        return found
