"""PEP 249 over sessions (https://peps.python.org/pep-0249/).

Threads may share the module and connections, not cursors: ``threadsafety`` is 2. Only ``cancel`` may be called from
whatever thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import finalize

import pyarrow as pa

from owlake.dbapi_rows import PythonRow as Row
from owlake.dbapi_rows import Rows
from owlake.errors import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    error,
)
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.queries.column_info import ColumnInfo, column_info
from owlake.queries.model import QueryExecution
from owlake.queries.result import Result
from owlake.session import Session
from owlake.types.model import Decimal, Type

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from owlake.operations.client import Client

apilevel: Final = "2.0"
threadsafety: Final = 2
paramstyle: Final = "qmark"

Parameters = Sequence[Any] | Mapping[str, Any]
Description = tuple[tuple[str, Type, None, None, int | None, int | None, bool], ...]

DEFAULT_HOME: Final = ".owlake"


def connect(
    home: str | os.PathLike[str] | None = None,
    *,
    database: str | None = "default",
    catalog: str = "awsdatacatalog",
    session_properties: Mapping[str, Any] | None = None,
    result_location: str | None = None,
    principal: str = "owlake",
    create: bool = True,
    plugins: Mapping[str, object] | None = None,
) -> Connection:
    """A connection to a home: the directory given, else ``$OWLAKE_HOME``, else ``./.owlake``.

    ``result_location`` is a folder of a bucket: there every statement's result is written as Athena does. It is the
    session property ``output_location``, and gives way to a workgroup that enforces its own.
    ``plugins`` are what the program brings along beside the installed ones: modules, or objects, with hooks.

    Errors: HOME_ERROR for a directory that cannot be one, or is of a newer owlake; INVALID_SESSION_PROPERTY.
    """
    path = Path(home if home is not None else os.environ.get("OWLAKE_HOME", DEFAULT_HOME))
    properties = dict(session_properties or {})
    if result_location is not None:
        properties["output_location"] = result_location
    opened = Home.open(path, create=create, plugins=Plugins(plugins))
    try:
        session = Session(opened, catalog=catalog, database=database, principal=principal, properties=properties)
    except BaseException:
        opened.close()
        raise
    return Connection(opened, session)


class Connection:
    """An open home with a session; also a context manager that closes it.

    There are no transactions: ``commit`` does nothing, ``rollback`` is refused.
    """

    Warning = Warning
    Error = Error
    InterfaceError = InterfaceError
    DatabaseError = DatabaseError
    DataError = DataError
    OperationalError = OperationalError
    IntegrityError = IntegrityError
    InternalError = InternalError
    ProgrammingError = ProgrammingError
    NotSupportedError = NotSupportedError

    def __init__(self, home: Home, session: Session) -> None:
        self.home = home
        self.session = session
        # Also when nobody closes it: an interpreter must not end while the engine's threads still run a query.
        self._close = finalize(self, _close, home, session)

    def cursor(self) -> Cursor:
        """A new cursor."""
        self._check_open()
        return Cursor(self)

    def execute(self, operation: str, parameters: Sequence[Any] = ()) -> Cursor:
        """A new cursor that has executed the statement."""
        return self.cursor().execute(operation, parameters)

    def client(self, service: str) -> Client:
        """The operations of a service as methods, in boto3's shape: ``client("kinesis").create_stream(...)``.

        Errors: SERVICE_NOT_FOUND.
        """
        self._check_open()
        from owlake.operations.client import client_of  # noqa: PLC0415  (statements need none)

        return client_of(self.home.catalogs, service, self._check_open)

    def commit(self) -> None:
        """Every statement is committed when it ends."""
        self._check_open()

    def rollback(self) -> None:
        """Refused: what a statement did stays done."""
        raise NotSupportedError("NOT_SUPPORTED", "Athena has no transactions")

    def cancel(self) -> None:
        """Stop the statement that runs; may be called from any thread."""
        self.session.cancel()

    def close(self) -> None:
        """Close the session and give the home back; a second time does nothing."""
        self._close()

    def _check_open(self) -> None:
        if not self._close.alive:
            raise _misuse("The connection is closed", "Open another: owlake.connect(home)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _close(home: Home, session: Session) -> None:
    session.close()
    home.close()


class Cursor:
    """Executes statements and gives their rows, as they come.

    A row is given once, by whatever method asks for it first.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self._result: Result | None = None
        self._rows: Rows | None = None
        self._written = -1
        self._stop: Callable[[], None] | None = None
        self._closed = False

    # Statements -----------------------------------------------------------------------------------------

    def execute(self, operation: str, parameters: Sequence[Any] = ()) -> Self:
        """Run one statement; ``parameters`` are the values of its ``?``, in order.

        Errors: INVALID_PARAMETER_USAGE for values that are too many, too few, or of no type of SQL's; the statement's.
        """
        self._check_open()
        self._discard()
        self._written = -1
        return self._took(self.connection.session.execute(operation, _values(parameters), began=self._began))

    def executemany(self, operation: str, seq_of_parameters: Iterable[Sequence[Any]]) -> Self:
        """Run one statement for each list of parameters; ``rowcount`` is that of all together.

        An INSERT of VALUES with a ``?`` for each column is run once for all of them: 100,000 rows take a second or
        two, and where one cannot be inserted none is. Other statements run one after the other.
        """
        self._check_open()
        self._discard()
        self._written = -1
        rows = [_values(parameters) for parameters in _values(seq_of_parameters)]
        result = self.connection.session.execute_many(operation, rows, began=self._began)
        if result is not None:
            return self._took(result)
        total = 0
        for number, row in enumerate(rows, 1):
            try:
                self.execute(operation, row)
                if self._rows is not None:
                    self._rows.all()
            except Error as problem:
                where = f"Row {number:,} of the parameters; the statement was run for those before it"
                problem.hint = f"{where}. {problem.hint}" if problem.hint else where
                raise
            total = total + self._written if total >= 0 <= self._written else -1
        self._written = total
        return self

    def callproc(self, procname: str, parameters: Parameters = ()) -> Parameters:
        """Call ``catalog.schema.procedure``; a mapping names its arguments. What it gives are rows to fetch.

        Gives the parameters back, which no procedure changes.
        """
        from owlake.operations.call_text import call_text  # noqa: PLC0415  (few programs call procedures)

        values = tuple(parameters.values()) if isinstance(parameters, Mapping) else _values(parameters)
        self.execute(call_text(procname, parameters), values)
        return parameters

    def cancel(self) -> None:
        """Stop this cursor's statement, if one runs; may be called from any thread."""
        stop = self._stop
        if stop is not None:
            stop()

    def close(self) -> None:
        """Take no more rows; a statement that still runs is stopped."""
        self._closed = True
        self._discard()

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Nothing to prepare."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Nothing to prepare."""

    # Rows -----------------------------------------------------------------------------------------------

    @property
    def description(self) -> Description | None:
        """Name and type of each column; None for a statement without rows."""
        if self._result is None or not self._result.columns:
            return None
        return tuple(
            (column.name, column.type, None, None, *_digits(column.type), True) for column in self._result.columns
        )

    @property
    def column_info(self) -> tuple[ColumnInfo, ...]:
        """The columns as Athena's GetQueryResults describes them: type names without parameters, precision, scale."""
        return tuple(map(column_info, self._result.columns)) if self._result is not None else ()

    @property
    def rowcount(self) -> int:
        """Rows written by INSERT and CTAS, also once closed; -1 where the number is not known before rows are taken."""
        return self._written

    @property
    def query_execution(self) -> QueryExecution | None:
        """The record of the last statement: state, statement type, bytes scanned, cost, warnings."""
        return self._result.execution if self._result else None

    def fetchone(self) -> Row | None:
        """The next row; None after the last."""
        return self._check_rows().next()

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """The next rows, ``arraysize`` of them unless told otherwise."""
        return self._check_rows().many(self.arraysize if size is None else size)

    def fetchall(self) -> list[Row]:
        """The rest of the rows."""
        return self._check_rows().all()

    def fetch_arrow_table(self) -> pa.Table:
        """The rest of the rows as an Arrow table."""
        return self._check_rows().table()

    def fetch_record_batch(self) -> pa.RecordBatchReader:
        """The rest of the rows as an Arrow stream."""
        return self._check_rows().reader()

    def fetchdf(self) -> pd.DataFrame:
        """The rest of the rows as a data frame of pandas."""
        return self._check_rows().pandas()

    def fetch_polars(self) -> pl.DataFrame:
        """The rest of the rows as a data frame of polars."""
        return self._check_rows().polars()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Row:
        row = self._check_rows().next()
        if row is None:
            raise StopIteration
        return row

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _began(self, cancel: Callable[[], None]) -> None:
        self._stop = cancel

    def _took(self, result: Result) -> Self:
        self._result = result
        self._rows = Rows(result) if result.columns else None
        self._written = _rows_written(result)
        return self

    def _discard(self) -> None:
        if self._result is not None:
            self._result.close()
        self._result = None
        self._rows = None
        self._stop = None

    def _check_open(self) -> None:
        if self._closed:
            raise _misuse("The cursor is closed", "Make another: connection.cursor()")
        self.connection._check_open()  # noqa: SLF001  (one module, one face)

    def _check_rows(self) -> Rows:
        self._check_open()
        if self._rows is None:
            text = "There are no rows: no statement was run, or it gives none"
            raise _misuse(text, "Execute a query first; cursor.description is None where there are no rows")
        return self._rows


def _misuse(text: str, hint: str) -> InterfaceError:
    return InterfaceError("INTERFACE_ERROR", text, hint=hint)


def _values(parameters: Any) -> tuple[Any, ...]:
    if isinstance(parameters, Iterable) and not isinstance(parameters, str | bytes | Mapping):
        return tuple(parameters)
    text = f"Parameters are a list of values, one for each ?, not a {type(parameters).__name__}"
    raise error("INVALID_PARAMETER_USAGE", text, hint="One value alone is a list too: [value]")


def _rows_written(result: Result) -> int:
    """What INSERT and CTAS wrote; -1, PEP 249's "unknown", for everything else."""
    execution = result.execution
    kind = execution.substatement_type
    writes = kind == "CREATE_TABLE_AS_SELECT" or (execution.statement_type == "DML" and kind != "CALL")
    return execution.rows if kind == "INSERT" or (writes and not result.columns) else -1


def _digits(type_: Type) -> tuple[int | None, int | None]:
    return (type_.precision, type_.scale) if isinstance(type_, Decimal) else (None, None)
