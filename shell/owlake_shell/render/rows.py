"""What there is to render: a statement's result, or rows that a command puts together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from owlake.planning.plan import ResultColumn
from owlake.types.arrow import arrow_type
from owlake.types.model import VARCHAR, Type


class Rows(Protocol):
    """Columns, and batches of rows in them that come as they are asked for."""

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        """The columns."""

    def __iter__(self) -> Iterator[pa.RecordBatch]: ...


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows that are all there, of text columns unless told otherwise."""

    names: Sequence[str]
    rows: Sequence[Sequence[object]]
    types: Sequence[Type] | None = None

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        """The columns."""
        types = self.types or [VARCHAR] * len(self.names)
        return tuple(ResultColumn(name, type_) for name, type_ in zip(self.names, types, strict=True))

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        columns = self.columns
        arrays = [
            pa.array([row[index] for row in self.rows], arrow_type(column.type)) for index, column in enumerate(columns)
        ]
        yield pa.RecordBatch.from_arrays(arrays, [column.name for column in columns])


@dataclass(frozen=True, slots=True)
class Kept:
    """The first rows of a result, kept for what comes after it."""

    columns: tuple[ResultColumn, ...]
    batches: list[pa.RecordBatch]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return iter(self.batches)
