"""The values that the lake hands to planning and execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from owlake.catalog.model import StorageDescriptor

Value = str | int | float | bool | date | datetime | Decimal | bytes
"""A value of a column's Trino type; a timestamp with time zone is a ``datetime`` in UTC."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file with rows in it. ``uri`` is ``s3://bucket/key`` or ``file:///path``; ``modified`` in ns since 1970."""

    uri: str
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of values; None is unbounded."""

    low: Value | None = None
    high: Value | None = None
    low_inclusive: bool = True
    high_inclusive: bool = True


@dataclass(frozen=True, slots=True)
class Domain:
    """What a predicate lets a column be: one of ``values``, or inside one of ``ranges``.

    Exactly one of the two is set. NULL is let through only with ``null_allowed``. A domain may be wider than
    the predicate (the engine applies that again), never narrower.
    """

    values: frozenset[Value] | None = None
    ranges: tuple[Range, ...] | None = None
    null_allowed: bool = False


Constraint = Mapping[str, Domain]
"""Column name to domain; a column that is absent is not constrained. All must hold."""


@dataclass(frozen=True, slots=True)
class TablePartition:
    """A partition to read: its values as text (None for Hive's default partition) and where its files are.

    An unpartitioned table is one of these with no values.
    """

    values: tuple[str | None, ...]
    storage: StorageDescriptor


@dataclass(frozen=True, slots=True)
class Owner:
    """The kind of table that files are of, for errors about them: its name, and the codes."""

    name: str
    bad_data: str
    cannot_open: str


HIVE = Owner("Hive", "HIVE_BAD_DATA", "HIVE_CANNOT_OPEN_SPLIT")
ICEBERG = Owner("Iceberg", "ICEBERG_BAD_DATA", "ICEBERG_CANNOT_OPEN_SPLIT")
DELTA_LAKE = Owner("Delta Lake", "DELTA_LAKE_BAD_DATA", "DELTA_LAKE_CANNOT_OPEN_SPLIT")


@dataclass(frozen=True, slots=True)
class NativeScan:
    """Files that DataFusion reads itself.

    ``schema`` is what it reads them as (the files' own column names); ``columns`` says for each table column the
    DataFusion SQL expression over those names. ``format`` is ``parquet``, ``avro``, ``csv`` or ``json``. ``rounded``
    names the table columns whose expression rounds the file's timestamps, each with the file's own column: the two
    are less than a millisecond apart, which a planner may use to prune by the file's statistics. ``owner`` is whose
    words the errors about the files have.
    """

    format: str
    files: tuple[DataFile, ...]
    schema: pa.Schema
    columns: Mapping[str, str]
    options: Mapping[str, Any]
    rounded: Mapping[str, str] = field(default_factory=dict)
    owner: Owner = HIVE

    @property
    def names_files(self) -> bool:
        """Whether the scan has the column ``$file``, as a ``DatasetScan``; if not, ``input_file_name()`` tells it."""
        return self.format == "avro"


@dataclass(frozen=True, slots=True)
class DatasetScan:
    """Rows that our own reader streams: a ``pyarrow.dataset.Dataset`` whose columns are the table's.

    ``columns`` as in ``NativeScan``: expressions over the dataset's columns. The dataset has one more, ``$file``:
    the URI of the file that the row is from.
    """

    files: tuple[DataFile, ...]
    dataset: Any
    columns: Mapping[str, str]

    @property
    def names_files(self) -> bool:
        """It does; see ``NativeScan``."""
        return True


FileScan = NativeScan | DatasetScan

FILE_COLUMN = "$file"
"""The column of a scan that tells the file of each row."""
