"""What a version of an open table holds: its files, what is known of each, and which of their rows are gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from owlake.lake.model import DataFile, Owner

Positions = npt.NDArray[np.int64]
"""Numbers of rows in a file, counted from 0, ascending."""


Count = Callable[[int], None]


class DeletedRows(Protocol):
    """Which rows of a file are deleted by their numbers; looked up when the file is read."""

    def positions(self, count: Count) -> Positions:
        """Their numbers. ``count`` is told of bytes that had to be read for them."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file of a version. ``format`` is ``parquet``, ``orc`` or ``avro``; ``owner`` whose words its errors have.

    ``constants`` are values that the metadata has in place of the file, by field id: those of its partition.
    """

    file: DataFile
    format: str
    owner: Owner
    constants: Mapping[int, Any] = field(default_factory=dict)
    deleted: DeletedRows | None = None
