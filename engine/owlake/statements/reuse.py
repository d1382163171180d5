"""Rows of an earlier execution in place of the same query's, where these would be the same.

https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html. Athena looks at the text and the age of a
result; here the tables and files that it was made of must be as they were, too. When strict, the age is enough.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cached_property

from owlake import __version__
from owlake.analysis.queries import QueryAnalysis
from owlake.catalog.times import to_microseconds
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.sources import Versioned
from owlake.ir.walking import all_relations, expressions_of
from owlake.lake.model import NativeScan
from owlake.planning.lake_table import LakeTable
from owlake.planning.plan import Plan
from owlake.queries.results.kept import KeptResult, KeptResults
from owlake.queries.results.spool import StoredRows
from owlake.statements.context import StatementContext
from owlake.statements.plan_cache import Witness
from owlake.statements.running import Running

_WITHOUT_MEANING = (
    "memory_limit",
    "target_partitions",
    "output_location",
    "target_max_file_size",
    "result_reuse_max_age",
)
"""Properties that do not change a result; where its file is counts by itself."""

_SECOND = 1_000_000_000


def repeats(analysis: QueryAnalysis, witness: Witness) -> bool:
    """Whether the query gives the same rows as long as its tables are the same, as Athena sees it.

    Not with functions that give another value each time, the time of day among them, samples, or a LIMIT without an
    ORDER BY; not over tables of other catalogs.
    """
    return not witness.asked_for_time and all(_repeats(one) for one in all_relations(analysis.relation))


def _repeats(relation: nodes.Relation) -> bool:
    match relation:
        case nodes.Scan() if not isinstance(relation.source, LakeTable | Versioned):
            return False
        case nodes.Sample():
            return False
        case nodes.Limit() if not _is_ordered(relation.input):
            return False
    parts = (part for expression in expressions_of(relation) for part in ir.walk(expression))
    return all(
        part.function.deterministic for part in parts if isinstance(part, ir.Call | ir.Aggregation | ir.WindowCall)
    )


def _is_ordered(relation: nodes.Relation) -> bool:
    while isinstance(relation, nodes.Project):
        relation = relation.input
    return isinstance(relation, nodes.Sort)


@dataclass(frozen=True)
class Reuse:
    """What one execution may reuse of earlier ones, and later ones of it."""

    plan: Plan
    witness: Witness
    context: StatementContext
    running: Running

    def earlier_rows(self) -> StoredRows | None:
        """The rows of the latest execution that asked the same, if they still hold; the execution's record says so."""
        minutes = self.running.properties.result_reuse_max_age
        assert minutes is not None
        sources = None if self.context.strict else self._sources
        found = self._results.find(self._question, sources, timedelta(minutes=minutes))
        if found is None or not self._is_there(found.output_location):
            return None
        rows = self._results.rows(found, self.plan.columns)
        if rows is None:
            return None
        if rows.schema != self.plan.schema:
            rows.close()
            return None
        execution = self.running.execution
        execution.reused_previous_result = True
        self.running.rows = found.rows
        if found.output_location:
            execution.output_location = found.output_location
        return rows

    @property
    def is_settled(self) -> bool:
        """Whether files that change from here on will look changed: servers tell the second only of a write."""
        start = to_microseconds(self.context.query_start) * 1000
        files = (file for scan in self.plan.scans.values() for file in scan.files)
        return all(file.modified % _SECOND or file.modified + 2 * _SECOND <= start for file in files)

    def keep(self) -> None:
        """Let later executions have the rows that were written to the place for it."""
        execution, running = self.running.execution, self.running
        kept = KeptResult(
            query_id=execution.id,
            question=self._question,
            sources=self._sources,
            completed=self.context.home.clock.now(),
            rows=running.rows,
            size=self._results.place(execution.id).stat().st_size,
            output_location=execution.output_location if running.terms.writes_results else "",
        )
        self._results.keep(kept)

    @property
    def _results(self) -> KeptResults:
        return self.context.home.kept_results

    def _is_there(self, location: str) -> bool:
        return not location or self.context.storage.file(location) is not None

    @cached_property
    def _question(self) -> str:
        running, context = self.running, self.context
        properties = {name: value for name, value in asdict(running.properties).items() if name not in _WITHOUT_MEANING}
        folder = running.terms.output_location if running.terms.writes_results else None
        return _digest(
            __version__,
            context.text,
            running.prepared_text,
            [_shown(value) for value in running.parameters],
            context.catalog,
            context.database,
            context.principal,
            folder,
            sorted(properties.items()),
        )

    @cached_property
    def _sources(self) -> str:
        return _digest(*_made_of(self.plan, self.witness))


def _shown(value: object) -> str:
    """A parameter; one that was written is told by its text."""
    return f"{type(value).__name__} {value!r}"


def _made_of(plan: Plan, witness: Witness) -> Iterator[object]:
    """Everything that the plan's answer depends on: definitions, files as they are now, and what is done with them."""
    yield _without_numbers(plan)
    yield from witness.tables
    for request in plan.requests.values():
        if isinstance(request.source, Versioned):
            yield request.source.version
    for name, scan in plan.scans.items():
        yield sorted((file.uri, file.size, file.modified) for file in scan.files)
        yield sorted(scan.columns.items())
        yield plan.requests[name].stored
        if isinstance(scan, NativeScan):
            yield scan.format, scan.schema.to_string(), sorted(map(repr, scan.options.items()))
    for table in plan.tables.values():
        yield table.schema.to_string(), table.to_pylist()


def _without_numbers(plan: Plan) -> str:
    """The SQL with names that do not count the session's statements."""
    names = [*plan.scans, *plan.tables, *plan.kernels]
    places = {name: f"{re.sub('[0-9_]+$', '', name)}#{place}" for place, name in enumerate(names)}
    return re.sub(r"\w+", lambda found: places.get(found[0], found[0]), plan.sql)


def _digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(repr, parts)).encode("utf-8", "surrogatepass")).hexdigest()
