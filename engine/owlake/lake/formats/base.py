"""What a file format is to the lake: from files and columns to scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from owlake.catalog.model import Parameters, StorageDescriptor, Table
from owlake.errors import error
from owlake.lake.model import DataFile, FileScan
from owlake.lake.storage import Storage
from owlake.types.model import Type


@dataclass(frozen=True, slots=True)
class ScanColumn:
    """A column that a statement reads."""

    name: str
    type: Type


FindFormat = Callable[[str], "Format | None"]
"""The format that a plugin has for a SerDe class, if one has."""


def no_format(_: str) -> Format | None:
    """Without plugins."""
    return None


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to read: these columns of files that are stored in one way.

    ``stored`` is the partition's descriptor (the table's own for an unpartitioned one): its SerDe and its columns
    describe the files. ``columns`` are data columns of the table, none of them a partition key; there may be none.
    """

    files: Sequence[DataFile]
    columns: Sequence[ScanColumn]
    table: Table
    stored: StorageDescriptor
    storage: Storage
    plugged_format: FindFormat = no_format

    @property
    def properties(self) -> Parameters:
        """The table's properties with the SerDe's over them."""
        return {**self.table.parameters, **self.stored.parameters, **self.stored.serde.parameters}

    def ordinal(self, name: str) -> int:
        """Which of the table's data columns this is, counted from 0: where formats without names have it."""
        return next(number for number, column in enumerate(self.table.storage.columns) if column.name == name)


class Format(Protocol):
    """One way of keeping rows in files, for a SerDe class or several."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """How to read the columns. Files without content are left out; without files there are no scans.

        Errors: HIVE_BAD_DATA for files that do not fit the table.
        """


@runtime_checkable
class Measured(Protocol):
    """A format whose files say how great the numbers in them are."""

    def magnitude(self, request: ScanRequest) -> int | None:
        """A whole number that no value of the request's one column of numbers is beyond; None where it is not known."""


def check_has_format(stored: StorageDescriptor) -> None:
    """What crawlers make of XML and of databases has none. Errors: HIVE_UNSUPPORTED_FORMAT, in Athena's words."""
    if not stored.serde.library and not stored.input_format:
        raise error("HIVE_UNSUPPORTED_FORMAT", "Unable to create input format")


def quoted(name: str) -> str:
    """A name as DataFusion's SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A string as DataFusion's SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def is_true(properties: Mapping[str, str], key: str, *, default: bool = False) -> bool:
    """Whether a property says ``true``, as Java's Boolean reads it."""
    text = properties.get(key)
    return default if text is None else text.strip().lower() == "true"
