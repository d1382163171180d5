"""Two catalogs compared: what should be there, and what is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from owlake.catalog.model import Column, Database, StorageDescriptor, Table
from owlake.catalog.views import decode_view
from owlake.errors import OwlakeError
from owlake_shell.migrations.relations import Name

Locations = Mapping[tuple[str, ...], str]

_VOLATILE: Final = frozenset(
    {"transient_lastDdlTime", "last_modified_by", "last_modified_time", "numRows", "totalSize", "rawDataSize"}
    | {"numFiles", "numPartitions", "STATS_GENERATED_VIA_STATS_TASK", "COLUMN_STATS_ACCURATE", "presto_query_id"}
    | {"presto_version", "trino_query_id", "trino_version", "metadata_location", "previous_metadata_location"}
)
"""Properties that tell of the moment, not of the table."""


@dataclass(frozen=True, slots=True)
class CatalogState:
    """Databases, tables and views; ``partitions`` gives the locations of a table's partitions by their values."""

    databases: Mapping[str, Database]
    tables: Mapping[Name, Table]
    partitions: Callable[[Name], Locations]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is other than it should be; ``what`` names it within ``object``, empty for the whole of it."""

    kind: str
    object: str
    what: str
    expected: str | None
    found: str | None

    def __str__(self) -> str:
        subject = f"{self.object}: {self.what}" if self.what else self.object
        match self.kind:
            case "missing":
                return f"{subject} is missing" + (f" ({self.expected})" if self.expected and self.what else "")
            case "unknown":
                return f"{subject} is there, and no migration made it"
            case "unverified":
                return f"{subject} cannot be compared: {self.found}"
        return f"{subject} is {_shown(self.found)}, not {_shown(self.expected)}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared.

    Attributes:
        unplaced: Tables whose location the engine chose: it is another one each time.
        partitioned: Tables whose partitions migrations added by name. Others may have more: data brings them.
        ignore: Patterns of ``database.table`` that are left alone.
    """

    unplaced: Collection[Name] = ()
    partitioned: Collection[Name] = ()
    ignore: Sequence[str] = ()

    def covers(self, database: str, table: str = "") -> bool:
        """Whether the table, or the database itself, is looked at."""
        name = f"{database}.{table}" if table else database
        return not any(fnmatchcase(name, pattern) for pattern in self.ignore)


def differences(expected: CatalogState, found: CatalogState, scope: Scope) -> list[Difference]:
    """What is other than expected, by database and table."""
    return [
        *_databases(expected, found, scope),
        *(each for name in sorted({*expected.tables, *found.tables}) for each in _table(name, expected, found, scope)),
    ]


def _databases(expected: CatalogState, found: CatalogState, scope: Scope) -> Iterator[Difference]:
    for name in sorted({*expected.databases, *found.databases}):
        # The default database is there before any migration; in Glue, once somebody needs it.
        if not scope.covers(name) or name == "default":
            continue
        ours, theirs = expected.databases.get(name), found.databases.get(name)
        subject = f"database {name}"
        if ours is None or theirs is None:
            yield Difference("missing" if theirs is None else "unknown", subject, "", None, None)
            continue
        yield from _values(subject, {"comment": ours.description}, {"comment": theirs.description})
        yield from _values(subject, {"location": ours.location_uri}, {"location": theirs.location_uri})
        yield from _properties(subject, ours.parameters, theirs.parameters)


def _table(name: Name, expected: CatalogState, found: CatalogState, scope: Scope) -> Iterator[Difference]:
    # Of a database that is unknown, or gone, it was said already.
    is_told = any(name[0] not in state.databases for state in (expected, found)) and name[0] != "default"
    if is_told or not scope.covers(*name):
        return
    ours, theirs = expected.tables.get(name), found.tables.get(name)
    known = ours or theirs
    assert known is not None
    subject = f"{'view' if known.is_view else 'table'} {name[0]}.{name[1]}"
    if ours is None or theirs is None:
        yield Difference("missing" if theirs is None else "unknown", subject, "", None, None)
        return
    if ours.is_view != theirs.is_view:
        yield Difference("differs", subject, "kind", *("view" if one.is_view else "table" for one in (ours, theirs)))
        return
    yield from _columns(subject, "column", ours.storage.columns, theirs.storage.columns)
    if ours.is_view:
        yield from _values(subject, {"query": _query(ours)}, {"query": _query(theirs)})
        return
    yield from _columns(subject, "partition key", ours.partition_keys, theirs.partition_keys)
    yield from _values(subject, _storage(ours.storage), _storage(theirs.storage))
    if name not in scope.unplaced:
        places = ({"location": _folder(one.storage.location)} for one in (ours, theirs))
        yield from _values(subject, *places)
    yield from _values(subject, {"comment": ours.description}, {"comment": theirs.description})
    yield from _properties(subject, ours.parameters, theirs.parameters)
    if name in scope.partitioned:
        yield from _partitions(subject, ours, expected.partitions(name), found.partitions(name))


def _columns(subject: str, word: str, ours: Sequence[Column], theirs: Sequence[Column]) -> Iterator[Difference]:
    expected, found = ({column.name: column for column in columns} for columns in (ours, theirs))
    for name, column in expected.items():
        other = found.get(name)
        if other is None:
            yield Difference("missing", subject, f"{word} {name}", column.type, None)
            continue
        if other.type != column.type:
            yield Difference("differs", subject, f"type of {word} {name}", column.type, other.type)
        if (other.comment or None) != (column.comment or None):
            yield Difference("differs", subject, f"comment of {word} {name}", column.comment, other.comment)
    for name, column in found.items():
        if name not in expected:
            yield Difference("unknown", subject, f"{word} {name}", None, column.type)
    if list(expected) != list(found) and set(expected) == set(found):
        yield Difference("differs", subject, f"order of its {word}s", ", ".join(expected), ", ".join(found))


def _storage(storage: StorageDescriptor) -> dict[str, str | None]:
    serde = {f"SerDe property {name}": value for name, value in storage.serde.parameters.items()}
    return {
        "input format": storage.input_format,
        "output format": storage.output_format,
        "SerDe": storage.serde.library,
        "bucket columns": ", ".join(storage.bucket_columns),
        "buckets": str(max(storage.number_of_buckets, 0)),
        **serde,
    }


def _properties(subject: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Difference]:
    expected, found = (
        {f"property {name}": value for name, value in one.items() if name not in _VOLATILE} for one in (ours, theirs)
    )
    yield from _values(subject, expected, found)


def _values(subject: str, ours: Mapping[str, str | None], theirs: Mapping[str, str | None]) -> Iterator[Difference]:
    for name in sorted({*ours, *theirs}):
        expected, found = ours.get(name) or None, theirs.get(name) or None
        if expected == found:
            continue
        kind = "missing" if found is None else "unknown" if expected is None else "differs"
        yield Difference(kind, subject, name, expected, found)


def _partitions(subject: str, table: Table, ours: Locations, theirs: Locations) -> Iterator[Difference]:
    for values, location in sorted(ours.items()):
        pairs = zip(table.partition_keys, values, strict=True)
        what = f"partition ({', '.join(f'{key.name}={value}' for key, value in pairs)})"
        if values not in theirs:
            yield Difference("missing", subject, what, location, None)
        elif _folder(theirs[values]) != _folder(location):
            yield Difference("differs", subject, f"location of {what}", location, theirs[values])


def _query(table: Table) -> str | None:
    try:
        return decode_view(table).original_sql.strip()
    except OwlakeError:
        return table.view_original_text


def _folder(location: str) -> str:
    return location.rstrip("/")


def _shown(value: str | None) -> str:
    return "nothing" if value is None else repr(value)
