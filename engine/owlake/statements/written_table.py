"""The table that CTAS makes, and the one without a name that UNLOAD fills: columns, layout and format."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.analysis.queries import QueryAnalysis
from owlake.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
from owlake.catalog.times import to_microseconds
from owlake.dialect.nodes.base import Position
from owlake.errors import error
from owlake.lake.writing.compression import OF_FORMATS
from owlake.planning.plan import ResultColumn
from owlake.statements.context import StatementContext
from owlake.statements.formats import WRITTEN_FORMATS
from owlake.statements.table_properties import TableProperties
from owlake.types.hive import hive_type
from owlake.types.model import Timestamp, Type, Varchar


def check_written(properties: TableProperties, position: Position) -> None:
    """Errors: NOT_SUPPORTED for table types and formats that cannot be written."""
    if properties.table_type == "ICEBERG":
        raise error("NOT_SUPPORTED", "Writing ICEBERG tables is not supported yet", position)
    if properties.format not in WRITTEN_FORMATS:
        raise error("NOT_SUPPORTED", f"Writing {properties.format} files is not supported yet", position)


def written_columns(names: Sequence[str], analysis: QueryAnalysis, context: StatementContext) -> list[ResultColumn]:
    """The query's columns under these names, in the types in which Hive keeps them. Errors: NOT_SUPPORTED."""
    fields = analysis.relation.fields
    return [
        ResultColumn(name, _stored_type(name, field.type, context)) for name, field in zip(names, fields, strict=True)
    ]


def check_names(names: Sequence[str], position: Position) -> None:
    """Errors: DUPLICATE_COLUMN_NAME."""
    for name in names:
        if names.count(name) > 1:
            raise error("DUPLICATE_COLUMN_NAME", f"Column name '{name}' specified more than once", position)


def _stored_type(name: str, type_: Type, context: StatementContext) -> Type:
    """The type that the table's column gets. Hive keeps milliseconds, and texts of one character at least."""
    if isinstance(type_, Timestamp) and type_.precision != 3:
        text = (
            f"Incorrect timestamp precision for {type_}; the configured precision is MILLISECONDS; column name: {name}"
        )
        context.tolerate(error("NOT_SUPPORTED", text))
        return Timestamp(3)
    if isinstance(type_, Varchar) and type_.length == 0:
        # That of an empty literal.
        return Varchar(1)
    hive_type(type_)
    return type_


def check_layout(names: Sequence[str], properties: TableProperties, position: Position) -> None:
    """Errors: INVALID_TABLE_PROPERTY, HIVE_COLUMN_ORDER_MISMATCH."""
    keys = list(properties.partitioned_by)
    for what, wanted in (("Partition", keys), ("Bucketing", list(properties.bucketed_by))):
        missing = [name for name in wanted if name not in names]
        if missing:
            text = f"{what} columns [{', '.join(missing)}] not present in schema"
            raise error("INVALID_TABLE_PROPERTY", text, position)
    if keys and len(keys) == len(names):
        raise error("INVALID_TABLE_PROPERTY", "Table contains only partition columns", position)
    if keys and list(names[-len(keys) :]) != keys:
        text = (
            "Partition keys must be the last columns in the table and in the same order as the table properties: "
            f"[{', '.join(keys)}]"
        )
        raise error("HIVE_COLUMN_ORDER_MISMATCH", text)
    if set(keys) & set(properties.bucketed_by):
        text = f"Bucketing columns [{', '.join(properties.bucketed_by)}] must not be partition columns"
        raise error("INVALID_TABLE_PROPERTY", text, position)


def written_table(
    database: str,
    name: str,
    columns: Sequence[ResultColumn],
    properties: TableProperties,
    location: str,
    context: StatementContext,
) -> Table:
    """The table as the catalog keeps it."""
    classes = WRITTEN_FORMATS[properties.format]
    stored = [Column(column.name, hive_type(column.type)) for column in columns]
    cut = len(stored) - len(properties.partitioned_by)
    parameters = {
        "EXTERNAL": "TRUE",
        "transient_lastDdlTime": str(to_microseconds(context.query_start) // 1_000_000),
        "classification": properties.format.lower(),
        OF_FORMATS[properties.format].properties[0]: properties.codec,
    }
    if properties.compression_level is not None:
        parameters["compression_level"] = str(properties.compression_level)
    if properties.bucketed_by:
        parameters["bucketing_version"] = "1"
    delimiter = properties.field_delimiter
    serde = {"serialization.format": "1"} if delimiter is None else _delimited(delimiter)
    storage = StorageDescriptor(
        columns=tuple(stored[:cut]),
        location=location,
        input_format=classes.input_format,
        output_format=classes.output_format,
        number_of_buckets=properties.bucket_count or -1,
        serde=SerDeInfo(classes.serde, serde),
        bucket_columns=properties.bucketed_by,
    )
    return Table(
        database, name, storage, partition_keys=tuple(stored[cut:]), parameters=parameters, owner=context.principal
    )


def _delimited(delimiter: str) -> dict[str, str]:
    return {"field.delim": delimiter, "serialization.format": delimiter}
