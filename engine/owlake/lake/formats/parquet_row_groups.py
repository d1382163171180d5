"""The row groups of Parquet files: what each column takes, and which values it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pyarrow as pa

from owlake.catalog.partition_values import contains
from owlake.errors import error
from owlake.lake.formats.remembered import Remembered
from owlake.lake.model import DataFile, Domain, Range
from owlake.lake.storage import Storage


class Values(NamedTuple):
    """What a footer says of the values of a column in a row group; None where it does not say."""

    least: Any
    greatest: Any
    has_null: bool | None
    has_value: bool


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A row group.

    Attributes:
        sizes: Stored bytes by top-level column.
        values: By column, where there is one of that name without others inside.
    """

    sizes: Mapping[str, int]
    values: Mapping[str, Values]

    def can_hold(self, column: str, domain: Domain) -> bool:
        """Whether a row may have a value of the domain. Errors: TypeError, for values of another kind."""
        values = self.values.get(column)
        if values is None:
            return True
        if domain.null_allowed and values.has_null is not False:
            return True
        if not values.has_value:
            return False
        if values.least is None:
            return domain.values is None or bool(domain.values)
        if domain.values is not None:
            between = Domain(ranges=(Range(values.least, values.greatest),))
            return any(contains(between, one) for one in domain.values)
        return any(_overlaps(one, values) for one in domain.ranges or ())


class Footer(NamedTuple):
    """What a file says of itself: its row groups, and how large the index of its pages is; 0 is none."""

    row_groups: tuple[RowGroup, ...] = ()
    page_index_size: int = 0


def footers(storage: Storage, files: Sequence[DataFile]) -> Iterable[Footer]:
    """The footer of each file. Errors: HIVE_BAD_DATA."""
    return _KNOWN.of_all(storage, files)


def _overlaps(range_: Range, values: Values) -> bool:
    from_low, to_high = replace(range_, high=None), replace(range_, low=None)
    return contains(Domain(ranges=(from_low,)), values.greatest) and contains(Domain(ranges=(to_high,)), values.least)


def _read(storage: Storage, file: DataFile) -> Footer:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (statements that are only run do without)

    if not file.size:
        return Footer()
    try:
        with storage.open_input(file.uri) as stream:
            metadata = ParquetFile(stream).metadata
    except (pa.ArrowException, OSError) as problem:
        raise error("HIVE_BAD_DATA", f"Not valid Parquet file: {file.uri} ({problem})") from problem
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    found = tuple(map(_row_group, groups))
    if not any(chunk.has_column_index for chunk in chunks):
        return Footer(found)
    # The index is what lies between the columns and the footer.
    columns = sum(chunk.total_compressed_size for chunk in chunks)
    return Footer(found, file.size - columns - metadata.serialized_size - _MARKS)


_MARKS = 12
"""Bytes of a file that say that it is one, and where its footer begins."""


def _row_group(group: Any) -> RowGroup:
    sizes: dict[str, int] = {}
    values: dict[str, Values] = {}
    for number in range(group.num_columns):
        chunk = group.column(number)
        path = chunk.path_in_schema
        name = path.partition(".")[0]
        sizes[name] = sizes.get(name, 0) + chunk.total_compressed_size
        if path == name:
            values[name] = _values(chunk.statistics, group.num_rows)
    return RowGroup(sizes, values)


def _values(statistics: Any, rows: int) -> Values:
    if statistics is None:
        return Values(None, None, None, has_value=True)
    nulls = statistics.null_count if statistics.has_null_count else None
    least, greatest = (statistics.min, statistics.max) if statistics.has_min_max else (None, None)
    return Values(least, greatest, None if nulls is None else nulls > 0, has_value=nulls is None or nulls < rows)


_KNOWN = Remembered(_read, 20_000)
