"""The files of a statement's result, in Athena's forms.

https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from owlake.errors import OwlakeError, QueryWarning, error
from owlake.lake import uris
from owlake.lake.storage import Storage
from owlake.lake.whole_file import unfinished, whole_file
from owlake.planning.plan import ResultColumn
from owlake.queries.column_info import ColumnInfo, column_info
from owlake.queries.history import History
from owlake.queries.model import QueryExecution, State
from owlake.queries.results.metadata import encode, engine_query_id
from owlake.queries.results.places import METADATA

_UPDATE_TYPES = {"CREATE_TABLE_AS_SELECT": "CREATE TABLE"}
"""What statements that write are called in their metadata, where that is not their own name."""
# Run by Hive, which knows nothing of the engine's ids.
_HIVES = frozenset({"DESCRIBE_TABLE", "SHOW_CREATE_TABLE"})
# They have no columns, and metadata nevertheless.
_WITH_BARE_METADATA = frozenset({"ALTER_TABLE_ADD_COLUMN", "ALTER_TABLE_REPLACE_COLUMN"})


def check_location(storage: Storage, folder: str, *, strict: bool, warn: Callable[[QueryWarning], None]) -> None:
    """Whether results can go there. Buckets of the home are made where they are missing, unless strict.

    Errors: INVALID_INPUT, in Athena's words.
    """
    bucket = uris.parse(folder).bucket
    if bucket is None or storage.bucket_exists(bucket):
        return
    refused = f"Unable to verify/create output bucket {bucket}"
    if strict or storage.endpoint is not None:
        hint = f"There is no bucket {bucket}: create it, or name another result location"
        raise error("INVALID_INPUT", refused, bare=True, hint=hint)
    storage.create_bucket(bucket)
    warn(QueryWarning("INVALID_INPUT", f"Athena would refuse this: {refused}"))


def sweep(storage: Storage, history: History, folder: str) -> None:
    """Delete what is left in the location of results of executions whose process died."""
    for execution in history.executions(states=[State.RUNNING.value]):
        place = execution.output_location
        is_dead = execution.state is State.FAILED
        if is_dead and place.startswith(folder) and storage.local_path(place) is not None:
            storage.delete_files([unfinished(place), unfinished(place + METADATA)])


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """What a statement of a kind leaves in the location of results: its execution says where.

    Errors of every method: RESULT_WRITE_ERROR, RESULT_ACCESS_DENIED; no file is there then.
    """

    storage: Storage
    execution: QueryExecution
    kind: str

    def write_rows(self, columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]) -> None:
        """The rows as CSV, as they come."""
        from owlake.queries.results.csv_lines import header_line, lines_in_order  # noqa: PLC0415  (Arrow's kernels)

        with self._file(self.execution.output_location) as sink:
            sink.write(header_line(columns).encode())
            for lines in lines_in_order(columns, batches):
                sink.write(lines)
        self._write_metadata(map(column_info, columns))

    def write_text(self, columns: Sequence[ResultColumn], lines: Iterable[str]) -> None:
        """The lines as text. A plan has its column's name before it."""
        if self.kind == "EXPLAIN":
            lines = [columns[0].name, *lines]
        self._write(self.execution.output_location, "\n".join(lines).encode())
        if columns or self.kind in _WITH_BARE_METADATA:
            self._write_metadata(map(column_info, columns))

    def write_count(self, rows: int) -> None:
        """How many rows a statement has written."""
        column = ColumnInfo("rows", "bigint", 19)
        self._write_metadata([column], _UPDATE_TYPES.get(self.kind, self.kind), rows)

    def write_reason(self, problem: OwlakeError) -> None:
        """Why a statement of Hive's failed."""
        self._write(self.execution.output_location, str(problem).encode())

    def _write_metadata(
        self, columns: Iterable[ColumnInfo], update_type: str | None = None, rows: int | None = None
    ) -> None:
        execution, shown = self.execution, list(columns)
        is_hives = not shown or self.kind in _HIVES
        query_id = execution.id if is_hives else engine_query_id(execution.id, execution.submitted)
        content = encode(query_id, shown, update_type=update_type, update_count=rows)
        self._write(execution.output_location + METADATA, content)

    def _write(self, place: str, content: bytes) -> None:
        with self._file(place) as sink:
            sink.write(content)

    @contextmanager
    def _file(self, place: str) -> Iterator[pa.NativeFile]:
        try:
            with whole_file(self.storage, place) as sink:
                yield sink
        except (pa.ArrowException, OSError) as problem:
            raise _not_written(place, problem) from problem
        except OwlakeError as problem:
            if problem.code != "HIVE_WRITER_OPEN_ERROR":
                raise
            cause = problem.__cause__
            raise _not_written(place, cause if isinstance(cause, OSError) else problem, problem.hint) from problem


def _not_written(place: str, problem: Exception, hint: str | None = None) -> OwlakeError:
    if isinstance(problem, PermissionError) or "ACCESS_DENIED" in str(problem):
        text = f"Access denied when writing to location: {place}"
        return error("RESULT_ACCESS_DENIED", text, bare=True, hint=hint)
    reason = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
    text = f"Failed to write query results to Amazon S3: {place}: {reason}"
    return error("RESULT_WRITE_ERROR", text, bare=True, hint=hint)
