"""The names of a home for completion, read on a thread of their own: the prompt never waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Self

from owlake.analysis.context import TableName, View
from owlake.errors import OwlakeError
from owlake.session import Session
from owlake_shell.completion.names import KnownNames, KnownProcedures, NamedType, Parameter, Procedures

_TABLES_KEPT = 1_000
_LEAVING_SECONDS = 1.0


class CatalogNames:
    """A session's names, as of the last time they were read; empty until they have been for the first time.

    See ``owlake_shell.completion.names.Names``. Columns are read when they are first asked for.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known = KnownNames()
        self._columns = self._cached_columns()

    @property
    def catalogs(self) -> Sequence[str]:
        """The catalogs."""
        return self._known.catalogs

    @property
    def functions(self) -> Mapping[str, str]:
        """The functions and their signatures."""
        return self._known.functions

    @property
    def procedures(self) -> Procedures:
        """The procedures."""
        return self._known.procedures

    @property
    def stream_properties(self) -> Mapping[str, Sequence[str]]:
        """What WITH may say of a stream, with the only values that it takes."""
        return self._known.stream_properties

    def schemas(self, catalog: str) -> Sequence[str]:
        """The schemas of a catalog."""
        return self._known.schemas(catalog)

    def tables(self, catalog: str, schema: str) -> Sequence[str]:
        """The tables and views of a schema."""
        return self._known.tables(catalog, schema)

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[NamedType]:
        """The columns of a table that a query sees."""
        return self._columns(catalog, schema, table)

    def read(self) -> None:
        """Read all names anew. A catalog that cannot be asked has none: who types is not to be disturbed by it."""
        with self._session.metadata() as metadata:
            catalogs = sorted(metadata.catalog_names())
        schemas: dict[str, list[str]] = {}
        tables: dict[tuple[str, str], list[str]] = {}
        for catalog in catalogs:
            # One at a time: a database far away must not keep the lake's snapshot open.
            with suppress(OwlakeError), self._session.metadata() as metadata:
                schemas[catalog] = sorted(metadata.schema_names(catalog))
                for schema in schemas[catalog]:
                    tables[catalog, schema] = sorted(metadata.table_names(catalog, schema))
        functions = self._known.functions or _signatures()
        self._known = KnownNames(
            catalogs,
            functions,
            _procedures(self._session),
            schemas,
            tables,
            stream_properties=_stream_properties(self._session),
        )
        self._columns = self._cached_columns()

    def _cached_columns(self) -> Callable[[str, str, str], Sequence[NamedType]]:
        return lru_cache(_TABLES_KEPT)(self._read_columns)

    def _read_columns(self, catalog: str, schema: str, table: str) -> Sequence[NamedType]:
        try:
            with self._session.metadata() as metadata:
                found = metadata.table(TableName(catalog, schema, table))
        except OwlakeError:
            # A table that cannot be read has no columns to offer; the statement will say what is wrong.
            return ()
        if found is None:
            return ()
        if isinstance(found, View):
            return [NamedType(name) for name, _ in found.columns]
        return [NamedType(column.name, column.type) for column in found.columns if not column.hidden]


def _procedures(session: Session) -> KnownProcedures:
    from owlake.operations.listing import procedures  # noqa: PLC0415  (operations load here)

    return KnownProcedures(
        {
            (one.catalog, one.schema, one.name): [
                Parameter(each.name, each.type, each.required, each.choices) for each in one.parameters
            ]
            for one in procedures(session.home.catalogs)
        }
    )


def _stream_properties(session: Session) -> dict[str, Sequence[str]]:
    catalogs = session.home.catalogs
    found: dict[str, Sequence[str]] = {}
    for catalog, schema in catalogs.stream_schemas().items():
        with suppress(OwlakeError):
            streams = catalogs.connector(catalog).streams(schema)
            found |= {one.name: one.choices for one in streams.properties} if streams is not None else {}
    return found


def _signatures() -> dict[str, str]:
    from owlake.functions.registry import REGISTRY  # noqa: PLC0415  (all families load here)

    found: dict[str, str] = {}
    overloads: dict[str, int] = {}
    for function in REGISTRY.functions():
        overloads[function.name] = overloads.get(function.name, 0) + 1
        found.setdefault(function.name, f"{function.signature} -> {function.signature.result}")
    return {name: text if overloads[name] == 1 else f"{text}, ..." for name, text in found.items()}


class Refresher:
    """Reads the names anew whenever it is asked to, on a thread of its own; also a context manager."""

    def __init__(self, names: CatalogNames) -> None:
        self._names = names
        self._asked = threading.Event()
        self._is_over = self._has_begun = False
        self._thread = threading.Thread(target=self._run, name="owlake-names", daemon=True)

    def begin(self) -> None:
        """Read the names if they have not been asked for yet."""
        if not self._has_begun:
            self.refresh()

    def refresh(self) -> None:
        """Read the names anew, soon."""
        self._has_begun = True
        self._asked.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._asked.set()
        # A database far away may let the thread wait: who leaves does not wait for it.
        self._thread.join(_LEAVING_SECONDS)

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._is_over:
                return
            try:
                self._names.read()
            except OwlakeError:
                # The names stay those of before: a catalog that is away must not disturb who types.
                continue
