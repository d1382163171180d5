"""The ``system`` catalog: the engine's own state as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from owlake.analysis.context import View
from owlake.ir.sources import SourceColumn, TableSource
from owlake.planning.arrow_source import ArrowSource
from owlake.queries.history import History
from owlake.types.model import BIGINT, BOOLEAN, DOUBLE, VARCHAR, TimestampWithTimeZone, Type

if TYPE_CHECKING:
    from owlake.catalog.migration_runs import MigrationRuns

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

MIGRATIONS: tuple[tuple[str, Type, str], ...] = (
    ("run_id", VARCHAR, "The run's id"),
    ("migration", VARCHAR, "The file's name without its ending"),
    ("action", VARCHAR, "UP or DOWN"),
    ("state", VARCHAR, "RUNNING, SUCCEEDED, FAILED, INTERRUPTED or MARKED"),
    ("principal", VARCHAR, "Who ran it"),
    ("process", VARCHAR, "Host and number of the process"),
    ("environment", VARCHAR, "The environment it was run for"),
    ("started", _MOMENT, "When it began"),
    ("completed", _MOMENT, "When it ended"),
    ("seconds", DOUBLE, "How long it took"),
    ("statements", BIGINT, "How many statements it has"),
    ("statements_applied", BIGINT, "How many of them took effect"),
    ("failed_statement", BIGINT, "The number of the statement that it stopped at"),
    ("failed_line", BIGINT, "That statement's line in the file"),
    ("error", VARCHAR, "What it failed with"),
    ("checksum", VARCHAR, "SHA-256 of the file as it was"),
)
"""The columns of ``system.migrations.history``."""

MIGRATION_STATEMENTS: tuple[tuple[str, Type, str], ...] = (
    ("run_id", VARCHAR, "The run that it is of"),
    ("migration", VARCHAR, "The file's name without its ending"),
    ("statement", BIGINT, "Its number in the run, from 1"),
    ("line", BIGINT, "Its line in the file"),
    ("text", VARCHAR, "What was run"),
    ("state", VARCHAR, "PENDING, RUNNING, SUCCEEDED, FAILED, INTERRUPTED or MARKED"),
    ("took_effect", BOOLEAN, "Whether what it does is done; NULL where nobody can tell"),
    ("query_id", VARCHAR, "Its execution in system.runtime.queries"),
    ("started", _MOMENT, "When it began"),
    ("completed", _MOMENT, "When it ended"),
    ("error", VARCHAR, "What it failed with"),
)
"""The columns of ``system.migrations.statements``."""

Tables = Mapping[str, Mapping[str, Callable[[], ArrowSource]]]


class SystemCatalog:
    """See ``owlake.metadata.statement.CatalogMetadata``."""

    def __init__(self, history: History, migrations: Callable[[], MigrationRuns]) -> None:
        self._tables: Tables = {
            "migrations": {
                "history": lambda: _source(
                    "migrations", "history", MIGRATIONS, lambda: list(migrations().history_rows())
                ),
                "statements": lambda: _source(
                    "migrations", "statements", MIGRATION_STATEMENTS, lambda: list(migrations().statement_rows())
                ),
            },
            "runtime": {"queries": lambda: _source("runtime", "queries", QUERIES, lambda: _queries(history))},
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


def _queries(history: History) -> list[tuple[object, ...]]:
    return [
        (
            one.id,
            one.query,
            one.statement_type,
            one.substatement_type,
            one.catalog,
            one.database,
            one.principal,
            one.workgroup,
            one.state.value,
            one.submitted,
            one.completed,
            one.planning_time,
            one.engine_time,
            one.rows,
            one.bytes_scanned,
            one.error.code if one.error else None,
            str(one.error) if one.error else None,
            "\n".join(str(warning) for warning in one.warnings),
            one.cost,
        )
        for one in history.executions()
    ]


def _source(
    schema: str,
    name: str,
    columns: tuple[tuple[str, Type, str], ...],
    rows: Callable[[], list[tuple[object, ...]]],
) -> ArrowSource:
    described = tuple(SourceColumn(column, type_, comment=comment) for column, type_, comment in columns)
    return ArrowSource(CATALOG, schema, name, described, lambda _: rows())
