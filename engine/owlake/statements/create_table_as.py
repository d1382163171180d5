"""CREATE TABLE AS: a query's rows as a new table.

https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from owlake.analysis.queries import QueryAnalysis
from owlake.analysis.scope import reference
from owlake.catalog.errors import AlreadyExists
from owlake.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
from owlake.catalog.times import to_microseconds
from owlake.catalog.transaction import Transaction
from owlake.dialect.formatter import format_create_table_as
from owlake.dialect.nodes.statements import CreateTableAs
from owlake.dialect.parser import parse
from owlake.errors import OwlakeError, error
from owlake.lake import uris
from owlake.lake.writing import Manifest
from owlake.planning.plan import ResultColumn
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.failures import NEVER_DELETED, ending_errors_with
from owlake.statements.formats import FILE_FORMATS
from owlake.statements.names import TableName, check_new_name, table_name
from owlake.statements.output import NOTHING, Output
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.statements.table_properties import TableProperties, table_properties
from owlake.statements.writing import Target, add_partitions, in_types, write_plan
from owlake.types.hive import hive_type
from owlake.types.model import Timestamp, Type

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
    _check_supported(properties, node)
    if properties.external_location is not None and running.terms.location_enforced:
        raise error("INVALID_INPUT", _ENFORCED, bare=True)

    def as_table(analysis: QueryAnalysis) -> QueryAnalysis:
        columns = _columns(analysis, node, context)
        _check_layout([column.name for column in columns], properties, node)
        values = [reference(field) for field in analysis.relation.fields]
        return in_types(values, columns, analysis.relation)

    _, plan = engine.plan(node.query, context, running, as_table)
    _check_database(name, context)
    location = _location(name, properties, context, running)
    table = _table(name, plan.columns, properties, location, context)

    def apply(transaction: Transaction, manifest: Manifest) -> None:
        try:
            transaction.create_table(table)
        except AlreadyExists as problem:
            raise _already_exists(name, node) from problem
        add_partitions(transaction, table, manifest)

    if node.with_data:
        write_plan(engine, plan, Target(table, location, {}), apply, context, running)
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


def _check_supported(properties: TableProperties, node: CreateTableAs) -> None:
    if properties.table_type == "ICEBERG":
        raise error("NOT_SUPPORTED", "Writing ICEBERG tables is not supported yet", node.position)
    if properties.format != "PARQUET":
        raise error("NOT_SUPPORTED", f"Writing {properties.format} files is not supported yet", node.position)


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
    for name in names:
        if names.count(name) > 1:
            raise error("DUPLICATE_COLUMN_NAME", f"Column name '{name}' specified more than once", node.position)
    return [
        ResultColumn(name, _stored_type(name, field.type, context)) for name, field in zip(names, fields, strict=True)
    ]


def _stored_type(name: str, type_: Type, context: StatementContext) -> Type:
    """The type that the table's column gets. Hive keeps milliseconds."""
    if isinstance(type_, Timestamp) and type_.precision != 3:
        text = (
            f"Incorrect timestamp precision for {type_}; the configured precision is MILLISECONDS; column name: {name}"
        )
        context.tolerate(error("NOT_SUPPORTED", text))
        return Timestamp(3)
    hive_type(type_)
    return type_


def _check_layout(names: Sequence[str], properties: TableProperties, node: CreateTableAs) -> None:
    keys = list(properties.partitioned_by)
    for what, wanted in (("Partition", keys), ("Bucketing", list(properties.bucketed_by))):
        missing = [name for name in wanted if name not in names]
        if missing:
            text = f"{what} columns [{', '.join(missing)}] not present in schema"
            raise error("INVALID_TABLE_PROPERTY", text, node.position)
    if keys and len(keys) == len(names):
        raise error("INVALID_TABLE_PROPERTY", "Table contains only partition columns", node.position)
    if keys and list(names[-len(keys) :]) != keys:
        text = (
            "Partition keys must be the last columns in the table and in the same order as the table properties: "
            f"[{', '.join(keys)}]"
        )
        raise error("HIVE_COLUMN_ORDER_MISMATCH", text)
    if set(keys) & set(properties.bucketed_by):
        text = f"Bucketing columns [{', '.join(properties.bucketed_by)}] must not be partition columns"
        raise error("INVALID_TABLE_PROPERTY", text, node.position)


def _place_among_results(running: Running) -> str:
    """Where Athena puts tables that were given no place."""
    return f"{running.execution.output_location}tables/{running.execution.id}"


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
    if context.storage.has_files(location):
        text = (
            f"Target directory for table '{name}' already exists: {given}. You may need to manually clean the data at "
            f"location '{given}' before retrying. {NEVER_DELETED}"
        )
        raise error("HIVE_PATH_ALREADY_EXISTS", text)
    return location


def _table(
    name: TableName,
    columns: Sequence[ResultColumn],
    properties: TableProperties,
    location: str,
    context: StatementContext,
) -> Table:
    classes = FILE_FORMATS[properties.format]
    stored = [Column(column.name, hive_type(column.type)) for column in columns]
    cut = len(stored) - len(properties.partitioned_by)
    parameters = {
        "EXTERNAL": "TRUE",
        "transient_lastDdlTime": str(to_microseconds(context.query_start) // 1_000_000),
        "classification": properties.format.lower(),
        "parquet.compression": properties.compression or "GZIP",
    }
    if properties.compression_level is not None:
        parameters["compression_level"] = str(properties.compression_level)
    if properties.bucketed_by:
        parameters["bucketing_version"] = "1"
    storage = StorageDescriptor(
        columns=tuple(stored[:cut]),
        location=location,
        input_format=classes.input_format,
        output_format=classes.output_format,
        number_of_buckets=properties.bucket_count or -1,
        serde=SerDeInfo(classes.serde, {"serialization.format": "1"}),
        bucket_columns=properties.bucketed_by,
    )
    return Table(
        name.database,
        name.table,
        storage,
        partition_keys=tuple(stored[cut:]),
        parameters=parameters,
        owner=context.principal,
    )
