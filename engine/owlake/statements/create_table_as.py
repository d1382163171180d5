"""CREATE TABLE AS: a query's rows as a new table.

https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from owlake.analysis.queries import QueryAnalysis
from owlake.analysis.scope import reference
from owlake.catalog.errors import AlreadyExists
from owlake.catalog.transaction import Transaction
from owlake.dialect.formatter import format_create_table_as
from owlake.dialect.nodes.statements import CreateTableAs
from owlake.dialect.parser import parse
from owlake.errors import OwlakeError, error
from owlake.lake import uris
from owlake.lake.filling import Target, add_partitions
from owlake.lake.writing import Manifest
from owlake.planning.plan import ResultColumn
from owlake.queries.results.places import MANIFEST, result_place
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.failures import NEVER_DELETED, ending_errors_with
from owlake.statements.locations import is_taken
from owlake.statements.names import TableName, check_new_name, table_name
from owlake.statements.output import NOTHING, Output
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.statements.table_properties import TableProperties, table_properties
from owlake.statements.writing import in_types, write_plan
from owlake.statements.written_table import check_layout, check_names, check_written, written_columns, written_table

_ENFORCED = (
    "The Create Table As Select query failed because it was submitted with an 'external_location' property to an "
    "Athena Workgroup that enforces a centralized output location for all queries. Please remove the "
    "'external_location' property and resubmit the query."
)


def create_table_as(engine: QueryEngine, node: CreateTableAs, context: StatementContext, running: Running) -> Output:
    """Make the table and fill it.

    Errors: TABLE_ALREADY_EXISTS, MISSING_COLUMN_NAME, DUPLICATE_COLUMN_NAME, INVALID_TABLE_PROPERTY,
    HIVE_COLUMN_ORDER_MISMATCH, HIVE_PATH_ALREADY_EXISTS, NOT_SUPPORTED for types that Hive lacks, and the query's.
    """
    with _as_athena_reports(context, running):
        return _create_table_as(engine, _reformatted(node) if context.strict else node, context, running)


def _create_table_as(engine: QueryEngine, node: CreateTableAs, context: StatementContext, running: Running) -> Output:
    name = table_name(node.name, context)
    check_new_name("Table", name.table)
    if _exists(name, context):
        if node.if_not_exists:
            return NOTHING
        raise _already_exists(name, node)
    properties = table_properties(node.properties)
    check_written(properties, node.position)
    if properties.external_location is not None and running.terms.location_enforced:
        raise error("INVALID_INPUT", _ENFORCED, bare=True)

    def as_table(analysis: QueryAnalysis) -> QueryAnalysis:
        columns = _columns(analysis, node, context)
        check_layout([column.name for column in columns], properties, node.position)
        values = [reference(field) for field in analysis.relation.fields]
        return in_types(values, columns, analysis.relation)

    _, plan = engine.plan(node.query, context, running, as_table)
    _check_database(name, context)
    location = _location(name, properties, context, running)
    table = written_table(name.database, name.table, plan.columns, properties, location, context)

    def apply(transaction: Transaction, manifest: Manifest) -> None:
        try:
            transaction.create_table(table)
        except AlreadyExists as problem:
            raise _already_exists(name, node) from problem
        add_partitions(transaction, table, manifest)

    if node.with_data:
        manifest = _place_among_results(running) + MANIFEST
        write_plan(engine, plan, Target(table, location, {}), apply, context, running, manifest)
        return NOTHING
    with context.home.metastore.write() as transaction:
        apply(transaction, Manifest())
    return NOTHING


def _reformatted(node: CreateTableAs) -> CreateTableAs:
    """The statement with the positions that Athena reports: those of its own text, with a property added to it."""
    text = format_create_table_as(node, added=[("external_location", "''")])
    again = parse(text)
    assert isinstance(again, CreateTableAs)
    return replace(node, query=again.query)


@contextmanager
def _as_athena_reports(context: StatementContext, running: Running) -> Iterator[None]:
    """When strict, tell at the end of every error what the failed statement may have left."""
    place = _place_among_results(running)
    advice = f"You may need to manually clean the data at location '{place}' before retrying. {NEVER_DELETED}"
    with ending_errors_with(advice, context):
        yield


def _exists(name: TableName, context: StatementContext) -> bool:
    with context.home.metastore.read() as reader:
        return reader.find_table(name.database, name.table) is not None


def _already_exists(name: TableName, node: CreateTableAs) -> OwlakeError:
    text = f"Destination table '{DEFAULT_CATALOG}.{name}' already exists"
    return error("TABLE_ALREADY_EXISTS", text, node.position)


def _check_database(name: TableName, context: StatementContext) -> None:
    with context.home.metastore.read() as reader:
        if reader.find_database(name.database) is None:
            text = f"Database {name.database} not found. Please check your query."
            raise error("SCHEMA_NOT_FOUND", text, bare=True, hint=f"CREATE DATABASE {name.database}")


def _columns(analysis: QueryAnalysis, node: CreateTableAs, context: StatementContext) -> list[ResultColumn]:
    fields = analysis.relation.fields
    if node.columns:
        refused = error("MISSING_COLUMN_NAME", "Column name not specified at position 1", node.position)
        context.tolerate(refused)
        if len(node.columns) != len(fields):
            text = f"Column alias list has {len(node.columns)} entries but relation has {len(fields)} columns"
            raise error("MISMATCHED_COLUMN_ALIASES", text, node.position)
        names = [column.name for column in node.columns]
    else:
        for position, named in enumerate(analysis.named, 1):
            if not named:
                raise error("MISSING_COLUMN_NAME", f"Column name not specified at position {position}", node.position)
        names = [header.lower() for header in analysis.headers]
    check_names(names, node.position)
    return written_columns(names, analysis, context)


def _place_among_results(running: Running) -> str:
    """Where Athena puts tables that were given no place."""
    return result_place(running.terms.output_location, running.execution.id, "CREATE_TABLE_AS_SELECT")


def _location(name: TableName, properties: TableProperties, context: StatementContext, running: Running) -> str:
    """The table's folder; nothing may be in it."""
    given = properties.external_location
    if given is None:
        place = _place_among_results(running)
        bucket = uris.parse(place).bucket
        if bucket is not None:
            context.storage.create_bucket(bucket)
        return place
    location = uris.parse(given).folder_uri.rstrip("/")
    bucket = uris.parse(given).bucket
    if bucket is not None:
        context.storage.create_bucket(bucket)
    if is_taken(location, context):
        text = (
            f"Target directory for table '{name}' already exists: {given}. You may need to manually clean the data at "
            f"location '{given}' before retrying. {NEVER_DELETED}"
        )
        raise error("HIVE_PATH_ALREADY_EXISTS", text)
    return location
