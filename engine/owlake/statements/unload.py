"""UNLOAD: a query's rows as files of a format, without a table.

https://docs.aws.amazon.com/athena/latest/ug/unload.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from owlake.analysis.queries import QueryAnalysis
from owlake.analysis.scope import reference
from owlake.catalog.partition_names import DEFAULT_PARTITION, partition_name
from owlake.catalog.transaction import Transaction
from owlake.dialect.nodes.statements import Unload
from owlake.errors import error
from owlake.lake import uris
from owlake.lake.filling import Target
from owlake.lake.writing import Manifest
from owlake.statements.context import StatementContext
from owlake.statements.failures import NEVER_DELETED, ending_errors_with, files_are_left
from owlake.statements.locations import is_taken
from owlake.statements.output import NOTHING, Output
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.statements.table_properties import TableProperties, unload_properties
from owlake.statements.writing import in_types, manifest_place, write_plan
from owlake.statements.written_table import check_layout, check_names, check_written, written_columns, written_table


def unload(engine: QueryEngine, node: Unload, context: StatementContext, running: Running) -> Output:
    """Write the files; tables over their folder see them when the statement is done.

    Errors: HIVE_PATH_ALREADY_EXISTS, INVALID_TABLE_PROPERTY, HIVE_COLUMN_ORDER_MISMATCH, DUPLICATE_COLUMN_NAME,
    NOT_SUPPORTED for types and formats that cannot be written, and the query's.
    """
    with ending_errors_with(files_are_left(manifest_place(running)), context):
        properties = unload_properties(node.properties, node.position)
        check_written(properties, node.position)
        _unload(properties, engine, node, context, running)
    return NOTHING


def _unload(
    properties: TableProperties, engine: QueryEngine, node: Unload, context: StatementContext, running: Running
) -> None:
    def as_columns(analysis: QueryAnalysis) -> QueryAnalysis:
        names = [header.lower() for header in analysis.headers]
        check_names(names, node.position)
        columns = written_columns(names, analysis, context)
        check_layout(names, properties, node.position)
        return in_types([reference(field) for field in analysis.relation.fields], columns, analysis.relation)

    _, plan = engine.plan(node.query, context, running, as_columns)
    location = _location(node, context)
    is_partitioned = bool(properties.partitioned_by)
    if not is_partitioned:
        _check_empty(node.location, context)
    table = written_table(context.database or "", "", plan.columns, properties, location, context)
    keys = [key.name for key in table.partition_keys]
    target = Target(table, location, _NewPartitions(location, keys, context))
    write_plan(engine, plan, target, _publish_files_only, context, running, manifest_place(running))


def _publish_files_only(_transaction: Transaction, _manifest: Manifest) -> None:
    """The catalog knows nothing of them."""


def _location(node: Unload, context: StatementContext) -> str:
    place = uris.parse(node.location)
    if place.bucket is None:
        context.tolerate(error("NOT_SUPPORTED", f"UNLOAD writes to s3:// only, not to {node.location}", node.position))
    else:
        context.storage.create_bucket(place.bucket)
    return place.folder_uri.rstrip("/")


def _check_empty(location: str, context: StatementContext) -> None:
    if is_taken(location, context):
        text = (
            f"Target directory already exists: {location}. You may need to manually clean the data at location "
            f"'{location}' before retrying. {NEVER_DELETED}"
        )
        raise error("HIVE_PATH_ALREADY_EXISTS", text)


class _NewPartitions(Mapping[tuple[str | None, ...], str]):
    """No partition is there: what is asked for the first time must be an empty folder."""

    def __init__(self, location: str, keys: list[str], context: StatementContext) -> None:
        self._location = location
        self._keys = keys
        self._context = context
        self._begun: set[tuple[str | None, ...]] = set()

    def __getitem__(self, values: tuple[str | None, ...]) -> str:
        if values not in self._begun:
            texts = [DEFAULT_PARTITION if value is None else value for value in values]
            _check_empty(uris.join(self._location, partition_name(self._keys, texts)), self._context)
            self._begun.add(values)
        raise KeyError(values)

    def __iter__(self) -> Iterator[tuple[str | None, ...]]:
        return iter(())

    def __len__(self) -> int:
        return 0
