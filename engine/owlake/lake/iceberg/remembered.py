"""What manifests say, read once: none is ever written again. Bounded, for all threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from pyiceberg.manifest import ManifestEntry, ManifestFile

_MOST_ENTRIES = 10_000
"""A file with the statistics of its columns takes some kilobytes."""

_Key = tuple[str, str, int, int | None]


class RememberedEntries:
    """The entries of the manifests that were asked for last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[_Key, list[ManifestEntry]] = OrderedDict()
        self._count = 0

    def of(self, place: str, manifest: ManifestFile, read: Callable[[], list[ManifestEntry]]) -> list[ManifestEntry]:
        """The entries of a manifest; ``place`` is whose storage it lies in."""
        key = (place, manifest.manifest_path, manifest.manifest_length, manifest.added_snapshot_id)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        entries = read()
        if len(entries) <= _MOST_ENTRIES:
            self._keep(key, entries)
        return entries

    def forget(self) -> None:
        """Read every manifest again when it is asked for."""
        with self._lock:
            self._known.clear()
            self._count = 0

    def _keep(self, key: _Key, entries: list[ManifestEntry]) -> None:
        with self._lock:
            self._count += len(entries) - len(self._known.get(key, ()))
            self._known[key] = entries
            while self._count > _MOST_ENTRIES:
                _, oldest = self._known.popitem(last=False)
                self._count -= len(oldest)


ENTRIES = RememberedEntries()
"""Of this process."""
