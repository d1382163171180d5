"""Connections to one database: a pool, and the server's errors as ours."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import pyarrow as pa

from owlake.spi import OwlakeError, cancelled, error

T = TypeVar("T")

_MOST_IDLE = 8
_MESSAGE = re.compile(r"(?:ERROR|FATAL|PANIC):\s+(.*?)(?=\n\nQuery was:|\. SQLSTATE:|$)", re.DOTALL)
_CODES = {"22003": "NUMERIC_VALUE_OUT_OF_RANGE", "42501": "PERMISSION_DENIED", "22012": "DIVISION_BY_ZERO"}
_STATES = {"out of range": "22003", "division by zero": "22012"}
_GONE = ("08", "57P0")
"""Classes of SQLSTATE that say that the connection, not the statement, is at fault."""


class Connections:
    """Connections of one catalog, used again; safe for threads. None is open before one is needed."""

    def __init__(self, catalog: str, url: str, user: str | None, password: str | None) -> None:
        self._catalog = catalog
        self._url = _with_credentials(url, user, password)
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A connection for one piece of work; one that failed is not used again.

        Errors: JDBC_ERROR and others of ours, naming the catalog, for what the server or the driver says.
        """
        connection = self._take()
        try:
            yield connection
        except GeneratorExit:
            # Its rows were not read to their end.
            _close(connection)
            raise
        except BaseException as problem:
            _close(connection)
            raise self.translated(problem) from problem
        self._give_back(connection)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a small query; asked again if a connection that was idle turns out to be gone."""
        return self.again(lambda: self._rows(query))

    def again(self, ask: Callable[[], T]) -> T:
        """What it gives; asked once more if a connection that was idle turns out to be gone."""
        try:
            return ask()
        except OwlakeError as problem:
            if not _is_gone(problem.__cause__):
                raise
            with self._lock:
                idle, self._idle = self._idle, []
            for one in idle:
                _close(one)
            return ask()

    def translated(self, problem: BaseException) -> BaseException:
        """An error of the driver as one of ours; others as they are."""
        in_stream = isinstance(problem, OSError) and "[libpq]" in str(problem)
        if not in_stream and not type(problem).__module__.startswith("adbc_driver_manager"):
            return problem
        found = _MESSAGE.search(str(problem))
        text = " ".join((found[1] if found else str(problem)).split()).removesuffix("]")
        return error(_code(problem, text), f"Catalog '{self._catalog}': {text}")

    def close(self) -> None:
        """Close those that are idle; the others are closed when their work ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for one in idle:
            _close(one)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connection() as connection, connection.cursor() as cursor:
            cursor.execute(query)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _take(self) -> Any:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        try:
            import adbc_driver_postgresql.dbapi as driver  # noqa: PLC0415  (an extra, loaded on use)
        except ImportError:
            hint = "pip install 'owlake[postgresql]'"
            raise error("NOT_SUPPORTED", "The driver for PostgreSQL is not installed", hint=hint) from None
        try:
            return driver.connect(self._url, autocommit=True)
        except driver.Error as problem:
            raise self.translated(problem) from problem

    def _give_back(self, connection: Any) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
                return
        _close(connection)


class Cancellation:
    """Ends on the server what a thread waits for; from any other thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursor: Any = None
        self._cancelled = False

    @contextmanager
    def over(self, cursor: Any) -> Iterator[None]:
        """Within, the cursor's query is what there is to end."""
        with self._lock:
            if self._cancelled:
                raise cancelled()
            self._cursor = cursor
        try:
            yield
        finally:
            with self._lock:
                self._cursor = None

    def cancel(self) -> None:
        """End it, now or as soon as it begins."""
        with self._lock, suppress(Exception):
            self._cancelled = True
            if self._cursor is not None:
                self._cursor.adbc_cancel()


class RemoteRows(Iterator[pa.RecordBatch]):
    """Rows that a server still computes."""

    def __init__(self, batches: Iterator[pa.RecordBatch], cancellation: Cancellation) -> None:
        self._batches = batches
        self.cancel = cancellation.cancel

    def __next__(self) -> pa.RecordBatch:
        return next(self._batches)

    def close(self) -> None:
        """No more of them are wanted."""
        close = getattr(self._batches, "close", None)
        if close is not None:
            close()


def stream(
    connection: Any, query: str, cancellation: Cancellation, before: tuple[str, ...] = ()
) -> Iterator[pa.RecordBatch]:
    """The rows of a query as the driver gives them; closing the generator stops the query."""
    cursor = connection.cursor()
    try:
        with cancellation.over(cursor):
            for statement in before:
                cursor.execute(statement)
            cursor.execute(query)
            yield from cursor.fetch_record_batch()
    except GeneratorExit:
        with suppress(Exception):
            cursor.adbc_cancel()
        raise
    finally:
        with suppress(Exception):
            cursor.close()


def _code(problem: BaseException, text: str) -> str:
    """The code of an error; those in the middle of a stream come without their SQLSTATE."""
    state = getattr(problem, "sqlstate", None)
    if not state:
        state = next((known for words, known in _STATES.items() if text.endswith(words)), "")
    return _CODES.get(state, "JDBC_ERROR")


def _is_gone(problem: BaseException | None) -> bool:
    state = getattr(problem, "sqlstate", None)
    return problem is not None and (not state or state.startswith(_GONE))


def _close(connection: Any) -> None:
    # A connection that is broken cannot say goodbye either.
    with suppress(Exception):
        connection.close()


def _with_credentials(url: str, user: str | None, password: str | None) -> str:
    """The URL with user and password in it where it has none; ``jdbc:`` in front is passed over."""
    parts = urlsplit(url.removeprefix("jdbc:"))
    if "@" in parts.netloc or not user:
        return urlunsplit(parts)
    credentials = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return urlunsplit(parts._replace(netloc=f"{credentials}@{parts.netloc}"))
