"""The tables that upkeep is asked to see to, and what is in their folders."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from owlake.analysis.context import AnalysisContext
from owlake.catalog.model import Table
from owlake.dialect.nodes.relations import Query, QuerySpecification
from owlake.dialect.parser import parse_expression, parse_name, parse_query
from owlake.errors import error
from owlake.execution.executor import Executor
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.walking import all_relations, relations_in
from owlake.lake.manifests import SYMLINK_INPUT_FORMAT
from owlake.lake.model import DataFile, TablePartition
from owlake.metadata.lake import LakeCatalog
from owlake.metadata.statement import StatementMetadata
from owlake.planning import planner
from owlake.planning.constants import python_constants
from owlake.planning.lake_table import LakeTable, LakeView
from owlake.planning.predicates import split
from owlake.planning.scans import ScanRequest

if TYPE_CHECKING:
    from owlake.connector.session_view import SessionView
    from owlake.home import Home

_CATALOG = "awsdatacatalog"
_NUMBERS = itertools.count(1)
_SORT_MEMORY = 512 << 20


@dataclass(frozen=True, slots=True)
class Content:
    """A partition of a table and the files that readers see in it; the one of an unpartitioned table has no values."""

    partition: TablePartition
    files: tuple[DataFile, ...]


@contextmanager
def executor_of(home: Home) -> Iterator[Executor]:
    """What reads rows for upkeep: beside those of sessions, with a memory of its own."""
    executor = Executor(home.storage)
    executor.configure(memory_limit=_SORT_MEMORY, target_partitions=None)
    # All that is read is read to its end.
    executor.context.sql("SET datafusion.execution.collect_statistics = false")
    try:
        yield executor
    finally:
        executor.close()


def table_called(home: Home, written: str) -> Table:
    """The table of a name as SQL writes it.

    Errors: TABLE_NOT_FOUND; NOT_SUPPORTED for views, and for tables whose files are not the catalog's to know.
    """
    parts = parse_name(written).names
    if len(parts) == 3 and parts[0] == _CATALOG:
        parts = parts[1:]
    if len(parts) != 2:
        raise error("INVALID_ARGUMENTS", f"Not the name of a table of the lake: {written}", hint="Write database.table")
    with home.metastore.read() as catalog:
        table = catalog.find_table(*parts)
    if table is None:
        raise error("TABLE_NOT_FOUND", f"Table {'.'.join(parts)} does not exist")
    if table.is_view:
        raise error("NOT_SUPPORTED", f"{table.database}.{table.name} is a view: it has no files")
    if table.open_format is not None:
        kind = table.open_format
        raise error("NOT_SUPPORTED", f"{table.database}.{table.name} is a table of {kind}: its own metadata has files")
    if table.storage.input_format == SYMLINK_INPUT_FORMAT:
        raise error("NOT_SUPPORTED", f"The files of {table.database}.{table.name} are named by manifests of others")
    return table


def contents(home: Home, table: Table, where: str | None, executor: Executor) -> list[Content]:
    """The partitions that the condition lets through, with their files.

    Errors: those of the condition; NOT_SUPPORTED for one that is about more than partition columns.
    """
    return executor.stack.run(lambda: _contents(home, table, where, executor))


def _contents(home: Home, table: Table, where: str | None, executor: Executor) -> list[Content]:
    now = home.clock.now()
    with home.metastore.snapshot() as snapshot:
        lake = LakeView(home.storage, snapshot, lambda: now, executor.evaluate, home.plugged_format)
        source = LakeTable.of(_CATALOG, table, lake)
        fields = tuple(ir.Field(column.name, column.type) for column in source.columns)
        request = ScanRequest(tuple(column.name for column in source.columns), fields, ())
        if where is not None:
            metadata = StatementMetadata({_CATALOG: LakeCatalog(lake)}, home.catalogs, _no_values, _no_session)
            context = AnalysisContext(metadata, _CATALOG, table.database, clock=lambda: now, registry=home.functions)
            request = _request(planner.analyze(_query(table, where), context).relation)
        wanted = tuple(one for one in request.conjuncts if _has_columns(one))
        decided = [one for one in request.conjuncts if one not in wanted]
        if not all(value is True for value in python_constants(decided, next(_NUMBERS), executor.evaluate)):
            return []
        selection = source.select(replace(request, conjuncts=wanted))
        if not selection.satisfied.issuperset(wanted):
            keys = ", ".join(key.name for key in table.partition_keys)
            text = "The condition must be about partition columns only"
            raise error("NOT_SUPPORTED", text, hint=f"These are {keys}." if keys else "The table has none.")
        return [Content(partition, files) for partition, files in selection.contents]


def _query(table: Table, where: str) -> Query:
    """All of the table under the condition, whose positions are those of its own text."""
    database, name = (text.replace('"', '""') for text in (table.database, table.name))
    query = parse_query(f'SELECT * FROM "{_CATALOG}"."{database}"."{name}"')
    assert isinstance(query.body, QuerySpecification)
    return replace(query, body=replace(query.body, where=parse_expression(where)))


def _request(relation: nodes.Relation) -> ScanRequest:
    """What the query asks of its one scan. Errors: NOT_SUPPORTED for a condition with a query in it."""
    found = list(all_relations(relation))
    scans = [one for one in found if isinstance(one, nodes.Scan)]
    filters = [one for one in found if isinstance(one, nodes.Filter)]
    parts = [part for one in filters for part in ir.walk(one.predicate)]
    if len(scans) != 1 or any(True for part in parts for _ in relations_in(part)):
        raise error("NOT_SUPPORTED", "The condition must not have a subquery")
    conjuncts = tuple(part for one in filters for part in split(one.predicate))
    return ScanRequest(scans[0].columns, scans[0].fields, conjuncts)


def _has_columns(condition: ir.Expression) -> bool:
    return any(isinstance(part, ir.Reference) for part in ir.walk(condition))


def _no_values(expressions: Sequence[ir.Expression]) -> list[object]:
    raise AssertionError(expressions)


def _no_session() -> SessionView:
    from owlake.connector.session_view import SessionView  # noqa: PLC0415  (few conditions name another catalog)

    return SessionView()
