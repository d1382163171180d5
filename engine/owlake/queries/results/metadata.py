"""The ``.metadata`` beside a result: its columns, as Athena's own drivers read them.

AWS does not document the form. It is protobuf: the engine's id of the query, what was updated and how often, then
the columns. Field numbers and which fields are left out are those of files that Athena wrote
(https://github.com/burtcorp/athena-jdbc has two, and a reader).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from owlake.lake import protobuf
from owlake.queries.column_info import ColumnInfo

_UNKNOWN_NULLABILITY = 3
_NOTHING_BUT_NAMES = frozenset({"array", "map", "row", "json", "uuid", "ipaddress", "string"})
_NO_DIGITS = frozenset({"boolean", "interval day to second", "interval year to month"})
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Trino's, for the part of its ids that says which coordinator made them."""


def encode(
    query_id: str, columns: Iterable[ColumnInfo], *, update_type: str | None = None, update_count: int | None = None
) -> bytes:
    """The file's content; ``update_type`` and ``update_count`` are those of statements that write."""
    head = protobuf.text(1, query_id)
    if update_type is not None:
        head += protobuf.text(2, update_type)
    if update_count is not None:
        head += protobuf.number(3, update_count)
    return head + b"".join(protobuf.text(4, _column(column)) for column in columns)


def engine_query_id(execution_id: str, submitted: datetime) -> str:
    """An id in the form of Trino's, which Athena's files have: ``20190513_152236_00114_n7swu``."""
    number = uuid.UUID(execution_id).int
    coordinator = "".join(_ALPHABET[number >> shift & 31] for shift in range(0, 25, 5))
    return f"{submitted.astimezone(UTC):%Y%m%d_%H%M%S}_{number % 100_000:05}_{coordinator}"


def _column(column: ColumnInfo) -> bytes:
    parts = [protobuf.text(1, column.catalog_name)]
    parts += [protobuf.text(of, name) for of, name in ((2, column.schema_name), (3, column.table_name)) if name]
    parts += [protobuf.text(4, column.name), protobuf.text(5, column.label), protobuf.text(6, column.type)]
    only_names = column.type in _NOTHING_BUT_NAMES
    has_scale = not only_names and column.type not in _NO_DIGITS
    if has_scale and column.type != "date":
        parts.append(protobuf.number(7, column.precision))
    if has_scale:
        parts.append(protobuf.number(8, column.scale))
    parts.append(protobuf.number(9, _UNKNOWN_NULLABILITY))
    if not only_names:
        parts.append(protobuf.number(10, int(column.case_sensitive)))
    return b"".join(parts)
