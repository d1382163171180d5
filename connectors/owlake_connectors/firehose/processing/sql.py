"""Records transformed by SQL: a query, or an expression, over the table ``records``.

A record whose row is in the answer is ``Ok``, one without is ``Dropped``; one for which the query cannot be run is
``ProcessingFailed``, and so is one that says so itself in a column ``result``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import Column, Home, OwlakeError, RecordFormat, Type, arrow_type, batch_query, json_records, types
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.model import SQL
from owlake_connectors.firehose.prefixes import FROM_LAMBDA
from owlake_connectors.firehose.processing.records import Failure, Keys, Outcome, Records

_KEY, _DATA, _RESULT, _PARTITION = "record_id", "data", "result", "partition_key_"
_MOMENT = types.TimestampWithTimeZone(3, "UTC")
_COLUMNS = (
    Column(_DATA, types.VARBINARY),
    Column("text", types.VARCHAR, hidden=True),
    Column("approximate_arrival_timestamp", _MOMENT, hidden=True),
    Column("shard_id", types.VARCHAR, hidden=True),
    Column("partition_key", types.VARCHAR, hidden=True),
    Column("sequence_number", types.VARCHAR, hidden=True),
    Column("subsequence_number", types.BIGINT, hidden=True),
    Column(_KEY, types.BIGINT, hidden=True),
)
_OK, _DROPPED, _FAILED = "Ok", "Dropped", "ProcessingFailed"
_USER = 2
"""The category of errors that values make; others are of all rows alike."""
_SIZE = 16 << 20
"""Bytes of records that the query is run over at once."""

_Answer = Callable[[pa.RecordBatch], pa.Table]


class SqlTransformation:
    """A step that has a query transform records."""

    def __init__(self, home: Home, arn: str) -> None:
        """Errors: InvalidArgumentException for a query that cannot be, with the place in it."""
        self._arn = arn
        text = arn.removeprefix(SQL)
        try:
            self._query = batch_query(home, text, "records", _COLUMNS, _KEY)
        except OwlakeError as problem:
            raise errors.invalid_argument(f"The SQL of LambdaArn cannot be run: {problem}") from problem
        self._answers = _Answers.of(self._query.columns)

    def __call__(self, records: Records) -> Outcome:
        """The records as the query gives them."""
        try:
            answer = self._query.planned()
        except OwlakeError as problem:
            return Outcome(records.picked([]), self._all_failed(records, problem))
        found: list[pa.Table] = []
        failures: list[Failure] = []
        for places in _pieces(records):
            piece = records.picked(places)
            self._run(answer, piece, _rows(piece, places), found, failures)
        answers = pa.concat_tables(found) if found else None
        if answers is None:
            return Outcome(records.picked([]), failures)
        outcome = self._outcome(records, answers)
        return Outcome(outcome.records, [*failures, *outcome.failures])

    def _run(
        self, answer: _Answer, records: Records, rows: pa.RecordBatch, found: list[pa.Table], failures: list[Failure]
    ) -> None:
        """Run the query on rows; where it fails, on halves of them, until it is clear which are in the way."""
        try:
            found.append(answer(rows))
        except OwlakeError as problem:
            if rows.num_rows == 1 or problem.category != _USER:
                failures.extend(self._all_failed(records, problem))
                return
            middle = rows.num_rows // 2
            for start, stop in ((0, middle), (middle, rows.num_rows)):
                self._run(answer, records.picked(range(start, stop)), rows.slice(start, stop - start), found, failures)

    def _outcome(self, records: Records, answers: pa.Table) -> Outcome:
        """What became of the records that have answers."""
        is_known = pc.is_in(answers.column(_KEY), pa.array(np.arange(len(records))))
        answers = answers.filter(is_known).sort_by(_KEY).combine_chunks()
        places = answers.column(_KEY).to_numpy()
        failures: list[Failure] = []
        told, counts = np.unique(places, return_counts=True)
        for place in told[counts > 1].tolist():
            text = f"The query gave {counts[np.searchsorted(told, place)]} rows for the record"
            failures.append(self._failure(records, place, "Lambda.DuplicatedRecordId", text))
        kept = np.isin(places, told[counts == 1])
        if self._answers.has_result:
            results = answers.column(_RESULT).to_pylist()
            for row in np.flatnonzero(kept).tolist():
                if results[row] not in (None, _OK):
                    kept[row] = False
                    if results[row] != _DROPPED:
                        failures.append(self._failure(records, int(places[row]), *_failed_result(results[row])))
        data = self._answers.data(answers)
        missing = kept & pc.is_null(data).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(missing).tolist():
            text = "The query gave NULL as the data of the record"
            failures.append(self._failure(records, int(places[row]), "Lambda.ProcessingFailedStatus", text))
        rows = np.flatnonzero(kept & ~missing)
        picked = records.picked(places[rows].tolist())
        keys = self._answers.keys(answers.take(pa.array(rows)))
        if keys is not None and picked.keys is not None:
            keys = [{**before, **now} for before, now in zip(picked.keys, keys, strict=True)]
        made = replace(picked, data=data.take(pa.array(rows)), keys=picked.keys if keys is None else keys)
        return Outcome(made, failures)

    def _all_failed(self, records: Records, problem: OwlakeError) -> list[Failure]:
        return [self._failure(records, place, problem.code, problem.message) for place in range(len(records))]

    def _failure(self, records: Records, place: int, code: str, message: str) -> Failure:
        return Failure(int(records.origins[place]), code, message, details={"lambdaArn": self._arn})


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the columns of a query's answer mean.

    Attributes:
        one: The column that is the data; None: ``several`` are the members of an object of JSON.
    """

    one: str | None
    several: tuple[str, ...]
    records: RecordFormat | None
    partition_keys: tuple[str, ...]
    has_result: bool

    @classmethod
    def of(cls, columns: Sequence[tuple[str, Type]]) -> _Answers:
        """Errors: InvalidArgumentException for columns that mean nothing; NOT_SUPPORTED for types that JSON has not."""
        names = [name for name, _ in columns]
        if len(set(names)) < len(names):
            raise errors.invalid_argument(f"The SQL of LambdaArn gives two columns of one name: {', '.join(names)}")
        by_name = dict(columns)
        keys = tuple(name for name in names if name.startswith(_PARTITION))
        content = {name: one for name, one in columns if name not in (_KEY, _RESULT, *keys)}
        if by_name[_KEY] != types.BIGINT:
            raise errors.invalid_argument(f"The column {_KEY} must be as it is in records: {by_name[_KEY]}")
        if by_name.get(_RESULT, types.VARCHAR).base != types.VARCHAR.base:
            raise errors.invalid_argument(f"The column {_RESULT} must be varchar: {by_name[_RESULT]}")
        one = _DATA if _DATA in content else next(iter(content)) if list(content) == ["_col0"] else None
        if one is not None and len(content) > 1:
            others = ", ".join(name for name in content if name != one)
            raise errors.invalid_argument(f"Beside {_DATA} the SQL of LambdaArn gives what means nothing: {others}")
        if one is not None and not _is_text(content[one]):
            raise errors.invalid_argument(f"The data must be varchar, varbinary or json: {content[one]}")
        if one is None and not content:
            raise errors.invalid_argument(f"The SQL of LambdaArn gives no column {_DATA}, and no members of an object")
        records = None if one is not None else json_records(content)
        return cls(one, tuple(content), records, keys, _RESULT in by_name)

    def data(self, answers: pa.Table) -> pa.BinaryArray:
        """What each record has become."""
        if self.records is None:
            return _chunk(answers, self.one or "").cast(pa.binary())
        rows = pa.RecordBatch.from_arrays([_chunk(answers, name) for name in self.several], names=list(self.several))
        return self.records.encode(rows)

    def keys(self, answers: pa.Table) -> list[Keys] | None:
        """The partition keys of each record; one that is NULL is none."""
        if not self.partition_keys:
            return None
        columns = [_chunk(answers, name).cast(pa.string()).to_pylist() for name in self.partition_keys]
        names = [(FROM_LAMBDA, name.removeprefix(_PARTITION)) for name in self.partition_keys]
        return [
            {name: value for name, value in zip(names, values, strict=True) if value is not None}
            for values in zip(*columns, strict=True)
        ]


def _chunk(answers: pa.Table, name: str) -> pa.Array:
    return answers.column(name).combine_chunks()


def _is_text(type_: Type) -> bool:
    return type_.base in ("varchar", "char", "varbinary", "json")


def _failed_result(result: str) -> tuple[str, str]:
    if result == _FAILED:
        return "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record"
    return "Lambda.JsonProcessingException", f"The result is not Ok, Dropped or ProcessingFailed: {result}"


def _pieces(records: Records) -> Iterator[range]:
    """Places of records that the query is run over at once."""
    reached = np.cumsum(pc.binary_length(records.data).to_numpy(zero_copy_only=False).astype(np.int64))
    start = 0
    while start < len(records):
        before = reached[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(reached, before + _SIZE, side="right")))
        yield range(start, stop)
        start = stop


def _rows(records: Records, places: range) -> pa.RecordBatch:
    """Records as rows of the table."""
    count = len(records)
    moments = records.source.arrived[records.origins] // 1000 * 1000
    values = {
        _DATA: records.data,
        "text": _texts(records.data),
        "approximate_arrival_timestamp": pa.array(moments).cast(arrow_type(_MOMENT)),
        _KEY: pa.array(np.arange(places.start, places.stop)),
    }
    positions = records.source.positions
    types_ = {column.name: arrow_type(column.type) for column in _COLUMNS}
    for name in ("shard_id", "partition_key", "sequence_number", "subsequence_number"):
        values[name] = (
            pa.nulls(count, types_[name])
            if positions is None
            else positions.column(name).take(pa.array(records.origins)).cast(types_[name])
        )
    return pa.RecordBatch.from_arrays([values[name] for name in types_], names=list(types_))


def _texts(data: pa.BinaryArray) -> pa.StringArray:
    """The data as text; NULL for what is no UTF-8."""
    try:
        return data.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_text(one) for one in data.to_pylist()], pa.string())


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
