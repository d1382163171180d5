"""Writing a query's rows into a table: what CTAS and INSERT have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from owlake.analysis.coercions import coerce
from owlake.analysis.queries import QueryAnalysis
from owlake.catalog.model import Table
from owlake.catalog.partition_names import DEFAULT_PARTITION, partition_name
from owlake.catalog.writes import Write
from owlake.errors import OwlakeError, QueryWarning, error
from owlake.ir import expressions as ir
from owlake.ir.relations import Project, Relation
from owlake.lake import projection, uris
from owlake.lake.filling import KnownPartitions, Locations, RegisteredLocations, Target, together
from owlake.lake.projection import ProjectedLocations
from owlake.lake.publish import ApplyChanges, publish
from owlake.lake.writing import TARGET_FILE_SIZE, Manifest, WriteTarget, file_format, write_table
from owlake.planning.plan import Plan, ResultColumn
from owlake.queries.results.places import MANIFEST, result_place
from owlake.statements.context import StatementContext
from owlake.statements.fitting import Fits, fitted
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.types.model import Type

MAX_OPEN_WRITERS = 100
"""Athena's limit of partitions, or of partitions times buckets, that one statement writes."""


class _Projected(Locations):
    """Locations of a projected table's partitions, with a warning for those that no query will read."""

    def __init__(self, table: Table, context: StatementContext) -> None:
        self._table = table
        self._context = context
        self._locations = ProjectedLocations(table, lambda: context.query_start)

    def __getitem__(self, values: tuple[str | None, ...]) -> str:
        location = self._locations.get(values)
        if location is None:
            texts = [DEFAULT_PARTITION if value is None else value for value in values]
            name = partition_name([key.name for key in self._table.partition_keys], texts)
            text = f"No query will read the rows of partition {name}: the table's projection does not have it"
            self._context.warn(QueryWarning("PARTITION_NOT_PROJECTED", text))
            raise KeyError(values)
        return location

    def __iter__(self) -> Iterator[tuple[str | None, ...]]:
        return iter(self._locations)

    def __len__(self) -> int:
        return len(self._locations)


def known_partitions(table: Table, context: StatementContext) -> Locations:
    """Where the table's partitions are: as the catalog knows, or where its projection has them read."""
    if projection.is_enabled(table):
        return _Projected(table, context)
    return KnownPartitions(context.home.metastore, table) if table.partition_keys else {}


def in_types(values: Sequence[ir.Expression], columns: Sequence[ResultColumn], source: Relation) -> QueryAnalysis:
    """A query over ``source`` that gives these values as these columns: what a table is filled with."""
    assignments = tuple(
        (ir.Field(column.name, column.type), _converted(value, column.type))
        for value, column in zip(values, columns, strict=True)
    )
    relation = Project(tuple(field for field, _ in assignments), source, assignments)
    return QueryAnalysis(relation, tuple(column.name for column in columns), tuple(True for _ in columns))


def _converted(value: ir.Expression, type_: Type) -> ir.Expression:
    if value.type == type_:
        return value
    return coerce(value, type_) if isinstance(value, ir.Constant) else ir.Cast(type_, value)


def write_plan(
    engine: QueryEngine,
    plan: Plan,
    target: Target,
    apply: ApplyChanges,
    context: StatementContext,
    running: Running,
    manifest_uri: str,
    fits: Fits | None = None,
) -> None:
    """Run the plan and publish its rows, the table's columns: all of them are seen at once, or none.

    ``apply`` makes the statement's changes to the catalog in the transaction that publishes; ``manifest_uri`` is where
    the list of the files goes, if there are any; ``fits`` names the columns whose text must be made to fit. The rows
    of each file stand in the query's order.

    Errors: the query's, those of ``write_table`` and ``publish``.
    """
    table = target.table
    limit = _WriterLimit(context)
    # What cannot be written is refused before the query runs.
    file_format(table)

    def write_files(write: Write) -> Manifest:
        with engine.run(plan, running) as stream:
            places = RegisteredLocations(target, write, context.home.metastore)
            where = WriteTarget(table, target.location, write.token, places)
            rows = fitted(stream, fits or {})
            batches = _until_cancelled(running, together(rows, stream.schema.names, table))
            return write_table(
                context.storage,
                where,
                batches,
                before_open=limit,
                give_up=stream.cancel,
                target_file_size=running.properties.target_max_file_size or TARGET_FILE_SIZE,
            )

    manifest = publish(
        context.home.metastore,
        context.storage,
        database=table.database,
        table=table.name,
        locations=[target.location],
        write_files=write_files,
        apply=apply,
    )
    running.rows = manifest.rows
    if manifest.files:
        _write_manifest(manifest, manifest_uri, context)


def manifest_place(running: Running) -> str:
    """Where the statement's list of written files lies."""
    return result_place(running.terms.output_location, running.execution.id, "INSERT") + MANIFEST


def _write_manifest(manifest: Manifest, uri: str, context: StatementContext) -> None:
    """A file's location a line, as Athena lists them. The rows are published: without a list they still are."""
    bucket = uris.parse(uri).bucket
    lines = "".join(f"{written.file.uri}\n" for written in manifest.files)
    try:
        if bucket is not None:
            context.storage.create_bucket(bucket)
        context.storage.write(uri, lines.encode())
    except (OwlakeError, OSError) as problem:
        known = problem if isinstance(problem, OwlakeError) else error("HIVE_WRITER_DATA_ERROR", str(problem))
        context.warn(QueryWarning(known.code, f"The list of written files could not be written: {known.message}"))


def _until_cancelled(running: Running, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches; a statement that is cancelled is not published, even where its query has run to the end."""
    for batch in batches:
        running.check()
        yield batch
    running.check()


class _WriterLimit:
    """Athena's limit of open writers: an error when strict, a warning otherwise."""

    def __init__(self, context: StatementContext) -> None:
        self._context = context
        self._warned = False

    def __call__(self, partitions: int, writers: int) -> None:
        if max(partitions, writers) <= MAX_OPEN_WRITERS or self._warned:
            return
        text = f"Exceeded limit of {MAX_OPEN_WRITERS} open writers for partitions/buckets"
        if self._context.strict:
            raise error("HIVE_TOO_MANY_OPEN_PARTITIONS", text)
        self._warned = True
        self._context.warn(QueryWarning("HIVE_TOO_MANY_OPEN_PARTITIONS", f"Athena would refuse this: {text}"))
