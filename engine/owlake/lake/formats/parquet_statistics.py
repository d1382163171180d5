"""What the footers of Parquet files say of the values in them."""

from __future__ import annotations

import math
from collections import OrderedDict
from decimal import Decimal
from threading import Lock
from typing import Any

import pyarrow as pa

from owlake.lake.model import DataFile
from owlake.lake.storage import Storage

MOST_FILES = 100
"""Beyond these, reading every file's footer costs more than what it could save."""

_REMEMBERED = 100_000


def greatest_magnitude(storage: Storage, file: DataFile, column: str) -> int | None:
    """A whole number that no value of a top-level column of numbers lies beyond, on either side of zero.

    None where the file does not say.
    """
    return _KNOWN.get(storage, file, column)


def _of_file(storage: Storage, file: DataFile, column: str) -> int | None:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (statements without Parquet do not pay for it)

    try:
        with storage.open_input(file.uri) as stream:
            metadata = ParquetFile(stream).metadata
    except (pa.ArrowException, OSError):
        # Whoever reads the file will say what is wrong with it.
        return None
    if not metadata.num_row_groups:
        return 0
    first = metadata.row_group(0)
    places = [number for number in range(first.num_columns) if first.column(number).path_in_schema == column]
    if len(places) != 1:
        return None
    found = [_of_chunk(metadata.row_group(group), places[0]) for group in range(metadata.num_row_groups)]
    known = [one for one in found if one is not None]
    return max(known) if len(known) == len(found) else None


def _of_chunk(group: Any, place: int) -> int | None:
    statistics = group.column(place).statistics
    if statistics is None:
        return None
    if not statistics.has_min_max:
        return 0 if statistics.has_null_count and statistics.null_count == group.num_rows else None
    bounds = (statistics.min, statistics.max)
    if not all(isinstance(one, int | Decimal) and not isinstance(one, bool) for one in bounds):
        return None
    return int(max(math.ceil(abs(one)) for one in bounds))


class _Known:
    """What was read before, by file as it was then. Bounded, for all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[tuple[Any, ...], int | None] = OrderedDict()

    def get(self, storage: Storage, file: DataFile, column: str) -> int | None:
        place = storage.local_path(file.uri) or (storage.endpoint and storage.endpoint.endpoint_url, file.uri)
        key = (str(place), file.size, file.modified, column)
        with self._lock:
            if key in self._found:
                return self._found[key]
        found = _of_file(storage, file, column)
        with self._lock:
            self._found[key] = found
            if len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
        return found


_KNOWN = _Known()
