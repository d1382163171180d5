"""The rows of a cursor: tuples, Arrow, data frames. Each row is given once, whatever it is asked for as."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from itertools import chain
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.errors import InterfaceError
from owlake.queries.result import Result
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_TYPES,
    INTERVAL_DAY_TO_SECOND,
    JSON,
    REAL,
    UNKNOWN,
    VARBINARY,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    Type,
    Varchar,
)
from owlake.types.python_values import python_values

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

PythonRow = tuple[Any, ...]


class Rows:
    """Rows of a result that were not given yet; they are fetched as they are asked for."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._types = [column.type for column in result.columns]
        self._batch: pa.RecordBatch | None = None
        self._tuples: list[PythonRow] = []
        self._given = 0

    def next(self) -> PythonRow | None:
        """The next row; None after the last."""
        while self._given >= len(self._tuples):
            if not self._fetch():
                return None
        row = self._tuples[self._given]
        self._given += 1
        return row

    def many(self, count: int) -> list[PythonRow]:
        """The next rows, at most so many."""
        rows: list[PythonRow] = []
        while len(rows) < count and (self._given < len(self._tuples) or self._fetch()):
            end = self._given + count - len(rows)
            rows += self._tuples[self._given : end]
            self._given = min(end, len(self._tuples))
        return rows

    def all(self) -> list[PythonRow]:
        """The rest of the rows."""
        rows = self._tuples[self._given :]
        self._forget()
        while (batch := self._result.next()) is not None:
            rows += self._as_tuples(batch)
        return rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rest of the rows as Arrow has them, nothing copied."""
        rest = [] if self._batch is None else [self._batch.slice(self._given)]
        self._forget()
        return chain((batch for batch in rest if batch.num_rows), self._result)

    def table(self) -> pa.Table:
        """The rest of the rows as a table."""
        return pa.Table.from_batches(self.batches(), schema=self._result.schema)

    def reader(self) -> pa.RecordBatchReader:
        """The rest of the rows as a stream."""
        return pa.RecordBatchReader.from_batches(self._result.schema, self.batches())

    def pandas(self) -> pd.DataFrame:
        """The rest of the rows as a data frame of pandas. Errors: INTERFACE_ERROR where pandas is not installed."""
        pandas = _imported("pandas", "fetchdf")
        table = self.table()
        series = [_series(pandas, column, type_) for column, type_ in zip(table.columns, self._types, strict=True)]
        # By place: two columns may have one name.
        frame: pd.DataFrame = pandas.concat(series, axis=1)
        frame.columns = pandas.Index(table.column_names)
        return frame

    def polars(self) -> pl.DataFrame:
        """The rest of the rows as a data frame of polars. Errors: INTERFACE_ERROR where polars is not installed."""
        polars = _imported("polars", "fetch_polars")
        frame: pl.DataFrame = polars.from_arrow(self.table())
        return frame

    def _fetch(self) -> bool:
        self._forget()
        self._batch = self._result.next()
        if self._batch is None:
            return False
        self._tuples = self._as_tuples(self._batch)
        return True

    def _as_tuples(self, batch: pa.RecordBatch) -> list[PythonRow]:
        columns = [python_values(column, type_) for column, type_ in zip(batch.columns, self._types, strict=True)]
        return list(zip(*columns, strict=True))

    def _forget(self) -> None:
        self._batch, self._tuples, self._given = None, [], 0


def _imported(name: str, method: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as problem:
        text = f"{method} needs {name}, which cannot be imported: {problem}"
        raise InterfaceError("INTERFACE_ERROR", text, hint=f"pip install 'owlake[{name}]'") from problem


_AS_ARROW = (Decimal, Varchar, Time, Timestamp)
_AS_ARROW_TOO = frozenset(
    {BOOLEAN, *INTEGER_TYPES, REAL, DOUBLE, VARBINARY, DATE, INTERVAL_DAY_TO_SECOND, JSON, UNKNOWN}
)
_NULLABLE = {pa.bool_(): "boolean", pa.int8(): "Int8", pa.int16(): "Int16", pa.int32(): "Int32", pa.int64(): "Int64"}


def _series(pandas: ModuleType, column: pa.ChunkedArray, type_: Type) -> Any:
    """A column for pandas, as Python values where Arrow's are not what the person sees.

    Numbers and booleans with NULLs get pandas' nullable types: numpy's would make floats of them.
    """
    in_one_zone = isinstance(type_, TimestampWithTimeZone) and type_.zone is not None
    if not (in_one_zone or isinstance(type_, _AS_ARROW) or type_ in _AS_ARROW_TOO):
        values = [value for chunk in column.chunks for value in python_values(chunk, type_)]
        return pandas.Series(values, dtype=object)
    if column.null_count and column.type in _NULLABLE:
        dtype = pandas.api.types.pandas_dtype(_NULLABLE[column.type])
        return column.to_pandas(types_mapper=lambda _: dtype)
    return column.to_pandas()
