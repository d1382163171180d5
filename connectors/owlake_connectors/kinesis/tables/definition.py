"""What a stream's table is: its columns, and how its records are read and written. Kept beside the stream.

A stream that has no definition was made by the API: its records are taken as they are.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from owlake.spi import Column, OwlakeError, Property, error, parse_type, types

RAW = "raw"
DATA = Column("data", types.VARBINARY)
_ON_ERROR = ("null", "fail")
_FORMATS = ("json", "csv", "avro", RAW)

PROPERTIES = (
    Property("format", "How records are written: 'json', 'csv', 'avro' or 'raw'", choices=_FORMATS),
    Property(
        "partition_key",
        "The column whose text is the partition key of inserted rows, or several: 'a, b'; or an expression over them",
    ),
    Property("explicit_hash_key", "The column with the explicit hash key of inserted rows"),
    Property(
        "on_error",
        "What becomes of records that cannot be read: 'null' (with the reason in $error) or 'fail'",
        choices=_ON_ERROR,
    ),
    Property("delimiter", "What separates the fields of CSV", default=","),
    Property("avro_schema", "The Avro schema of records that do not name theirs"),
    Property("schema_name", "The schema of the registry that inserted rows are written with"),
    Property("registry_name", "The registry of that schema", default="default-registry"),
)
"""What WITH may say of a table beside what it says of the stream."""

_NAME = re.compile(r"\w*")
_TEXTS = (types.VARBINARY, types.VARCHAR)


@dataclass(frozen=True, slots=True)
class Definition:
    """A table over a stream.

    Attributes:
        properties: Those that were given, of ``PROPERTIES``.
    """

    columns: tuple[Column, ...] = (DATA,)
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def format(self) -> str:
        """How records are written."""
        return self.properties.get("format") or (RAW if self.columns == (DATA,) else "json")

    @property
    def fails(self) -> bool:
        """Whether a record that cannot be read ends the query."""
        return self.properties.get("on_error", "null") == "fail"

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that make the partition key; none: it is a random one, or an expression."""
        if self.key_expression is not None:
            return ()
        return tuple(part.strip().lower() for part in self._key.split(",") if part.strip())

    @property
    def key_expression(self) -> str | None:
        """The expression that makes the partition key: what is no list of names."""
        names = self.types()
        parts = [part.strip() for part in self._key.split(",")]
        return None if all(_NAME.fullmatch(part) or part.lower() in names for part in parts) else self._key

    @property
    def _key(self) -> str:
        return self.properties.get("partition_key", "").strip()

    @property
    def hash_column(self) -> str | None:
        """The column with the explicit hash key."""
        return self.properties.get("explicit_hash_key", "").strip().lower() or None

    def types(self) -> dict[str, types.Type]:
        """The columns' types by their names."""
        return {one.name: one.type for one in self.columns}


def checked(definition: Definition) -> Definition:
    """The definition, if it can be. Errors: INVALID_TABLE_PROPERTY, COLUMN_NOT_FOUND, NOT_SUPPORTED."""
    properties = definition.properties
    if definition.format not in _FORMATS:
        raise _refused("format", definition.format, f"It is one of {', '.join(_FORMATS)}.")
    if properties.get("on_error", "null") not in _ON_ERROR:
        raise _refused("on_error", properties["on_error"], f"It is one of {', '.join(_ON_ERROR)}.")
    names = definition.types()
    named = (*definition.key_columns, *([definition.hash_column] if definition.hash_column else []))
    for name in named:
        if name not in names:
            raise error("COLUMN_NOT_FOUND", f"The stream has no column '{name}' to take keys from")
        if isinstance(names[name], types.Array | types.Map | types.Row):
            raise error("NOT_SUPPORTED", f"Keys are no {names[name]}: column '{name}'")
    if definition.format == RAW and (len(names) != 1 or next(iter(names.values())) not in _TEXTS):
        text = "A raw stream has one column, varbinary or varchar, which is the record as it is"
        raise error("INVALID_TABLE_PROPERTY", text, hint="format = 'json' is for streams with columns.")
    return definition


def _refused(name: str, value: str, hint: str) -> OwlakeError:
    return error("INVALID_TABLE_PROPERTY", f"Invalid value for stream property '{name}': '{value}'", hint=hint)


# In the database --------------------------------------------------------------------------------------------


def read_definition(connection: sqlite3.Connection, stream_id: int) -> Definition:
    """The definition of a stream."""
    query = "SELECT columns, properties FROM stream_tables WHERE stream_id = ?"
    row = connection.execute(query, (stream_id,)).fetchone()
    if row is None:
        return Definition()
    columns: list[dict[str, Any]] = json.loads(row[0])
    made = tuple(Column(one["name"], parse_type(one["type"]), comment=one.get("comment")) for one in columns)
    return Definition(made, json.loads(row[1]))


def write_definition(connection: sqlite3.Connection, stream_id: int, definition: Definition) -> None:
    """Let a stream have this definition."""
    columns = [{"name": one.name, "type": str(one.type), "comment": one.comment} for one in definition.columns]
    connection.execute(
        "INSERT OR REPLACE INTO stream_tables (stream_id, columns, properties) VALUES (?, ?, ?)",
        (stream_id, json.dumps(columns), json.dumps(dict(definition.properties))),
    )
