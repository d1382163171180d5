"""``FOR VERSION AS OF`` and ``FOR TIMESTAMP AS OF``: which version of a table is meant.

https://trino.io/docs/current/sql/select.html#for-version-as-of
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from owlake.analysis.context import Version
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.dialect.nodes import relations as nodes
from owlake.errors import error
from owlake.types.model import DATE, UNKNOWN, Timestamp, TimestampWithTimeZone, Type
from owlake.types.rendering import renderer, timestamp_text


def table_version(analyzer: ExpressionAnalyzer, node: nodes.QueryPeriod) -> Version:
    """The version, worked out. Errors: TYPE_MISMATCH, INVALID_ARGUMENTS."""
    pointer = analyzer.analyze(node.end)
    if node.kind == "TIMESTAMP" and pointer.type != UNKNOWN and not _is_moment(pointer.type):
        kinds = "Timestamp, Timestamp with Time Zone, or Date"
        text = f"Type {pointer.type} invalid. Temporal pointers must be of type {kinds}."
        raise error("TYPE_MISMATCH", text, node.position)
    (value,) = analyzer.context.metadata.constants([pointer])
    if value is None:
        raise error("INVALID_ARGUMENTS", "Pointer value cannot be NULL", node.position)
    if node.kind == "VERSION":
        return Version(node.kind, pointer.type, value)
    instant = _instant(value)
    if instant >= analyzer.context.query_start:
        text = f"Pointer value '{_shown(pointer.type, value)}' is not in the past"
        raise error("INVALID_ARGUMENTS", text, node.position)
    return Version(node.kind, pointer.type, instant)


def _is_moment(type_: Type) -> bool:
    return type_ == DATE or isinstance(type_, Timestamp | TimestampWithTimeZone)


def _instant(value: Any) -> datetime:
    """The moment of a date or timestamp; without a zone UTC's, which is the session's."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    # Python has no date for it: it is before the year 1 or after 9999.
    return datetime.max.replace(tzinfo=UTC) if int(value) > 0 else datetime.min.replace(tzinfo=UTC)


def _shown(type_: Type, value: Any) -> str:
    if isinstance(type_, TimestampWithTimeZone) and isinstance(value, datetime):
        return f"{timestamp_text(value.replace(tzinfo=None), type_.precision)} {value.tzinfo}"
    return renderer(type_)(value)
