"""Rows that we read ourselves, streamed to the engine: a ``pyarrow.dataset.Dataset`` over Python iterators.

DataFusion asks a dataset for its fragments (one partition of the plan each, run in parallel), tells each the columns
and the filter it wants, and pulls batches until it has enough. It takes the filter as applied exactly, so the bridge
applies it to whatever a part yields. Nothing is read before it is pulled; dropping a stream closes its part.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.dataset as ds

from owlake.errors import OwlakeError
from owlake.lake.formats.base import quoted
from owlake.runtime.gate import Gated

Filter = Any
"""A ``pyarrow.compute.Expression``."""

ReadPart = Callable[[Sequence[str], Filter | None], Iterator[pa.RecordBatch]]
"""Reads one part of a table: given the columns to yield and the filter that will be applied (it may be used to read
less), yields batches with at least these columns. Runs on a thread of the engine; closed when no more is wanted."""

_MOST_ROWS_OF_A_BATCH = 65_536
"""Larger than the engine's own batches: handing one over costs more than the engine gains by smaller ones."""


def kept_here(column: str, type_: pa.DataType) -> str:
    """A streamed column in SQL, so that conditions on it stay in the engine where Arrow compares otherwise.

    To the engine NaN is greater than all numbers, and its optimizer counts on that; to Arrow it is not comparable. The
    engine passes on no condition over a function.
    """
    return f"nanvl({column}, {column})" if pa.types.is_floating(type_) else column


def shown_columns(schema: pa.Schema, names: Iterable[str]) -> dict[str, str]:
    """The columns of these names in SQL."""
    return {name: kept_here(quoted(name), schema.field(name).type) for name in names}


class StreamDataset(ds.Dataset):  # type: ignore[misc]  # (pyarrow ships no types)
    """A dataset whose rows come from ``parts``, in no order between them."""

    def __init__(self, schema: pa.Schema, parts: Sequence[ReadPart]) -> None:
        self._schema = schema
        self._parts = tuple(parts)
        self._lock = threading.Lock()
        self._failure: OwlakeError | None = None
        self._stopped = False

    @property
    def schema(self) -> pa.Schema:
        """The columns of the whole."""
        return self._schema

    def get_fragments(self, filter: Filter | None = None) -> Iterator[_Fragment]:  # noqa: A002, ARG002  (pyarrow's name)
        """The parts. Which of them a filter rules out is the planner's question, asked before."""
        return iter([_Fragment(self, part) for part in self._parts])

    def scanner(
        self,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,  # noqa: A002  (pyarrow's name)
        batch_size: int | None = None,
        **_options: object,
    ) -> _Scanner:
        """Everything, one part after the other."""
        return _Scanner(self, self._parts, columns, filter, batch_size)

    def to_batches(self, columns: Sequence[str] | None = None, **options: Any) -> Iterator[pa.RecordBatch]:
        """All rows, as ``scanner`` gives them."""
        return self.scanner(columns, **options).to_batches()

    def to_table(self, columns: Sequence[str] | None = None, **options: Any) -> pa.Table:
        """All rows at once."""
        scanner = self.scanner(columns, **options)
        return pa.Table.from_batches(scanner.to_batches(), scanner.projected_schema)

    def count_rows(self, **options: Any) -> int:
        """How many rows there are."""
        return sum(batch.num_rows for batch in self.scanner([], **options).to_batches())

    @property
    def failure(self) -> OwlakeError | None:
        """The first of our own errors that a part raised: the engine passes on no more than its text."""
        # Without its traceback: that would keep every frame of the read alive.
        return self._failure and self._failure.with_traceback(None)

    def stop(self) -> None:
        """Nobody wants more of the rows. Called on another thread than those that read."""
        self._stopped = True
        # What they hold is let go of at once, though they know this dataset.
        self._parts = ()

    def read_part(self, part: ReadPart, columns: Sequence[str], wanted: Filter | None) -> Iterator[pa.RecordBatch]:
        """The part's batches, its error remembered."""
        try:
            yield from part(columns, wanted)
        except OwlakeError as problem:
            with self._lock:
                # An error of one who was stopped tells nobody anything, and would keep what its frames hold.
                self._failure = None if self._stopped else self._failure or problem
            raise

    def _not_ours(self, *_arguments: object, **_options: object) -> NoReturn:
        """What pyarrow's own implementation would look for behind this object is not there."""
        raise NotImplementedError("a streamed dataset is only scanned")

    head = take = filter = sort_by = join = join_asof = replace_schema = _not_ours
    __reduce__ = _not_ours

    @property
    def partition_expression(self) -> Filter:
        """Nothing is known of all rows."""
        return ds.scalar(True)


class _Fragment:
    """One part, as DataFusion asks it."""

    def __init__(self, dataset: StreamDataset, part: ReadPart) -> None:
        self._dataset = dataset
        self._part = part

    def scanner(
        self,
        schema: pa.Schema | None = None,  # noqa: ARG002  (the dataset's, always)
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,  # noqa: A002  (pyarrow's name)
        batch_size: int | None = None,
        **_options: object,
    ) -> _Scanner:
        return _Scanner(self._dataset, (self._part,), columns, filter, batch_size)


class _Scanner:
    """Reads parts: only the wanted columns, only the rows of the filter, in batches of bounded size."""

    def __init__(
        self,
        dataset: StreamDataset,
        parts: Sequence[ReadPart],
        columns: Sequence[str] | None,
        wanted: Filter | None,
        batch_size: int | None,
    ) -> None:
        self._dataset = dataset
        self._parts = parts
        self._columns = list(dataset.schema.names if columns is None else columns)
        # A filter that the engine folded comes as its plain value: true lets all rows through, anything else none.
        if isinstance(wanted, pa.Scalar):
            self._parts = parts if wanted.as_py() is True else ()
            wanted = None
        self._filter = wanted
        self._batch_size = max(batch_size or 0, _MOST_ROWS_OF_A_BATCH)
        self.projected_schema = pa.schema([dataset.schema.field(name) for name in self._columns])

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        return Gated(self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        columns = self._columns_to_read()
        for part in self._parts:
            for batch in self._dataset.read_part(part, columns, self._filter):
                yield from self._finished(batch)

    def _columns_to_read(self) -> list[str]:
        """The wanted columns and those that only the filter looks at."""
        if self._filter is None:
            return self._columns
        # An expression does not tell its columns; its text holds their names, and perhaps others': that costs
        # reading a column in vain.
        text = str(self._filter)
        schema = self._dataset.schema
        used = [name for name in schema.names if name in self._columns or name in text]
        empty = pa.schema([schema.field(name) for name in used]).empty_table()
        try:
            empty.filter(self._filter)
        except pa.ArrowInvalid:
            return list(schema.names)
        return used

    def _finished(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        batches = [batch]
        if self._filter is not None:
            batches = pa.Table.from_batches([batch]).filter(self._filter).to_batches()
        for rows in batches:
            projected = rows.select(self._columns)
            for start in range(0, rows.num_rows, self._batch_size):
                yield projected.slice(start, self._batch_size)
