"""The ``system`` catalog: the engine's own state as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from owlake.analysis.context import View
from owlake.ir.sources import SourceColumn, TableSource
from owlake.planning.arrow_source import ArrowSource
from owlake.queries.history import History
from owlake.types.model import BIGINT, DOUBLE, VARCHAR, TimestampWithTimeZone, Type

CATALOG = "system"

_MOMENT = TimestampWithTimeZone(3, "UTC")

QUERIES: tuple[tuple[str, Type, str], ...] = (
    ("query_id", VARCHAR, "The execution's id"),
    ("query", VARCHAR, "The statement as written"),
    ("statement_type", VARCHAR, "DDL, DML or UTILITY"),
    ("substatement_type", VARCHAR, "SELECT, INSERT, CREATE_TABLE_AS_SELECT, ..."),
    ("catalog", VARCHAR, "The session's catalog"),
    ("database", VARCHAR, "The session's database"),
    ("principal", VARCHAR, "Who ran it"),
    ("workgroup", VARCHAR, "The workgroup it is counted in"),
    ("state", VARCHAR, "RUNNING, SUCCEEDED, FAILED or CANCELLED"),
    ("submitted", _MOMENT, "When it came"),
    ("completed", _MOMENT, "When it ended"),
    ("planning_time", DOUBLE, "Seconds from text to plan"),
    ("engine_time", DOUBLE, "Seconds from plan to the last row"),
    ("rows", BIGINT, "Rows given or written"),
    ("bytes_scanned", BIGINT, "Bytes read from the lake"),
    ("error_code", VARCHAR, "Athena's error name"),
    ("error_message", VARCHAR, "Athena's text"),
    ("warnings", VARCHAR, "What Athena would have refused, a line each"),
    ("cost_usd", DOUBLE, "What Athena would charge at 5 USD per TB"),
)
"""The columns of ``system.runtime.queries``."""

Tables = Mapping[str, Mapping[str, Callable[[], ArrowSource]]]


class SystemCatalog:
    """See ``owlake.metadata.statement.CatalogMetadata``."""

    def __init__(self, history: History) -> None:
        self._tables: Tables = {
            "runtime": {"queries": lambda: _source("runtime", "queries", QUERIES, lambda: list(history.rows()))},
        }

    def schema_names(self) -> list[str]:
        """Every schema."""
        return sorted(self._tables)

    def schema_exists(self, schema: str) -> bool:
        """Whether there is such a schema."""
        return schema in self._tables

    def table_names(self, schema: str) -> list[str]:
        """The tables of a schema."""
        return sorted(self._tables.get(schema, {}))

    def table(self, schema: str, name: str) -> TableSource | View | None:
        """The table."""
        make = self._tables.get(schema, {}).get(name)
        return make() if make else None


def _source(
    schema: str,
    name: str,
    columns: tuple[tuple[str, Type, str], ...],
    rows: Callable[[], list[tuple[object, ...]]],
) -> ArrowSource:
    described = tuple(SourceColumn(column, type_, comment=comment) for column, type_, comment in columns)
    return ArrowSource(CATALOG, schema, name, described, lambda _: rows())
