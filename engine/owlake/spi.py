"""What a plugin is built with: connectors see the engine through this module alone.

``docs/connectors.md`` has the smallest working connector; ``owlake.testing`` the tests that each must pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

from owlake.analysis.types import parse_type
from owlake.catalog import file_formats, partition_names
from owlake.catalog import model as catalog_model
from owlake.catalog.appends import Append
from owlake.catalog.errors import CatalogError
from owlake.catalog.partition_values import InvalidValue as InvalidPartitionValue
from owlake.catalog.partition_values import typed_value as partition_value
from owlake.catalog.reader import Place as PartitionPlace
from owlake.catalog.reader import Reader as CatalogReader
from owlake.catalog.sqlite import Store as Database
from owlake.catalog.statistics import ColumnStatistics, DataStatistics, statistics_type
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.catalog.transaction import Transaction as CatalogTransaction
from owlake.connector.account import ACCOUNT, REGION
from owlake.connector.connector import Connector, ConnectorContext, ConnectorFactory, Property
from owlake.connector.database import open_database
from owlake.connector.destinations import (
    DeliveryBuffer,
    DeliveryDestination,
    DeliveryDestinationFactory,
    DeliveryError,
    DeliveryFailure,
    DeliveryReceipt,
    DeliveryRecords,
    RefusedRecord,
)
from owlake.connector.log.flusher import Flusher as LogFlusher
from owlake.connector.log.frames import Frame as LogFrame
from owlake.connector.log.frames import Run as LogRun
from owlake.connector.log.frames import build as build_frame
from owlake.connector.log.frames import build_of_arrays as build_frame_of_arrays
from owlake.connector.log.frames import lengths_of, text_lengths
from owlake.connector.log.head import Head as LogHead
from owlake.connector.log.locks import FileLock
from owlake.connector.log.log import Log
from owlake.connector.log.reader import LogReader
from owlake.connector.log.reader import Records as LogRecords
from owlake.connector.log.reader import Span as LogSpan
from owlake.connector.log.retention import reclaim as reclaim_log
from owlake.connector.log.retention import reclaim_before as reclaim_log_before
from owlake.connector.log.writer import LogWriter
from owlake.connector.log.writer import StaleError as StaleLogError
from owlake.connector.rows import MOMENT, TEXTS, TEXTS_BY_NAME, Asked, Row, RowsDefinition, RowsTable, rows_definition
from owlake.connector.session_view import SessionView, SettingView
from owlake.connector.streams import StreamDefinition, Streams
from owlake.connector.table import Aggregation, Batches, Capability, Column, Inserted, Measure, Part, Scan, Table
from owlake.connector.values import normal_json
from owlake.errors import OwlakeError, cancelled, error
from owlake.functions.registry import Family
from owlake.home import Home
from owlake.hookspecs import hookimpl
from owlake.lake import uris
from owlake.lake.appending import check_appendable
from owlake.lake.domains import intersect as intersect_domains
from owlake.lake.domains import union as unite_domains
from owlake.lake.formats.base import Format, ScanColumn, ScanRequest
from owlake.lake.formats.bridge import StreamDataset
from owlake.lake.formats.records import DecodedRecords, RecordFormat, csv_records, json_records
from owlake.lake.listing import is_hidden
from owlake.lake.model import Constraint, DataFile, DatasetScan, Domain, FileScan, NativeScan, Range
from owlake.lake.open_tables.registration import iceberg_table_at
from owlake.lake.projection.patterns import PatternError as DatePatternError
from owlake.lake.projection.patterns import compile_printer as date_printer
from owlake.lake.writing.base import FileFormat as WrittenFormat
from owlake.lake.writing.compression import Compression
from owlake.lake.writing.compressors import compressor
from owlake.lake.writing.formats import file_format as written_format
from owlake.operations.checking import finding, violations
from owlake.operations.client import client
from owlake.operations.columns import Columns
from owlake.operations.constraints import Bounds, Length, Pattern
from owlake.operations.declaration import Operation, operation, table_function, table_functions_of
from owlake.operations.event_streams import EventStream
from owlake.operations.invocation import check_arguments
from owlake.operations.names import Name
from owlake.operations.shapes import Json
from owlake.operations.stopping import check_stopped
from owlake.queries import api as athena
from owlake.runtime.tasks import Handler, Retry, Task, TaskDefinition
from owlake.types import model as types
from owlake.types.arrow import arrow_type
from owlake.types.hive import hive_type, parse_hive_type
from owlake.types.model import Type
from owlake.upkeep import model as upkeep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from owlake.lake.formats.grok import GrokMatcher
    from owlake.lake.formats.json.documents import JsonPath
    from owlake.lake.formats.text.codecs import Stream
    from owlake.statements.batch_query import BatchQuery

__all__ = [
    "ACCOUNT",
    "MOMENT",
    "REGION",
    "TEXTS",
    "TEXTS_BY_NAME",
    "Aggregation",
    "Append",
    "Asked",
    "Batches",
    "Bounds",
    "Capability",
    "CatalogError",
    "CatalogReader",
    "CatalogTransaction",
    "Column",
    "ColumnStatistics",
    "Columns",
    "Compression",
    "Connector",
    "ConnectorContext",
    "ConnectorFactory",
    "Constraint",
    "DataFile",
    "DataStatistics",
    "Database",
    "DatasetScan",
    "DatePatternError",
    "DecodedRecords",
    "DeliveryBuffer",
    "DeliveryDestination",
    "DeliveryDestinationFactory",
    "DeliveryError",
    "DeliveryFailure",
    "DeliveryReceipt",
    "DeliveryRecords",
    "Domain",
    "EventStream",
    "Family",
    "FileLock",
    "FileScan",
    "Format",
    "Handler",
    "Home",
    "Inserted",
    "InvalidPartitionValue",
    "Json",
    "Length",
    "Log",
    "LogFlusher",
    "LogFrame",
    "LogHead",
    "LogReader",
    "LogRecords",
    "LogRun",
    "LogSpan",
    "LogWriter",
    "Measure",
    "Name",
    "NativeScan",
    "Operation",
    "OwlakeError",
    "Part",
    "PartitionPlace",
    "Pattern",
    "Property",
    "Range",
    "RecordFormat",
    "RefusedRecord",
    "Retry",
    "Row",
    "RowsDefinition",
    "RowsTable",
    "Scan",
    "ScanColumn",
    "ScanRequest",
    "SessionView",
    "SettingView",
    "StaleLogError",
    "StreamDataset",
    "StreamDefinition",
    "Streams",
    "Table",
    "Task",
    "TaskDefinition",
    "Type",
    "WrittenFormat",
    "arrow_type",
    "athena",
    "batch_query",
    "build_frame",
    "build_frame_of_arrays",
    "cancelled",
    "catalog_model",
    "check_appendable",
    "check_arguments",
    "check_stopped",
    "client",
    "compressor",
    "create_table_text",
    "csv_records",
    "date_printer",
    "decompressed",
    "error",
    "file_formats",
    "finding",
    "from_microseconds",
    "grok_matcher",
    "hive_type",
    "hookimpl",
    "iceberg_table_at",
    "intersect_domains",
    "is_hidden",
    "json_path",
    "json_records",
    "lengths_of",
    "normal_json",
    "open_database",
    "operation",
    "parse_hive_type",
    "parse_type",
    "partition_names",
    "partition_value",
    "reclaim_log",
    "reclaim_log_before",
    "rows_definition",
    "run_statement",
    "statistics_type",
    "table_function",
    "table_functions_of",
    "text_lengths",
    "to_microseconds",
    "types",
    "unite_domains",
    "upkeep",
    "uris",
    "violations",
    "written_format",
]


def batch_query(home: Home, text: str, name: str, columns: Sequence[Column], key: str) -> BatchQuery:
    """A query, or an expression, over rows that come in batches: the table ``name`` with these columns.

    Each row of the answer tells by ``key``, one of the columns, of which row of the batch it is.

    Errors: those of syntax and analysis, with their places in the text.
    """
    from owlake.statements.batch_query import BatchQuery  # noqa: PLC0415  (few plugins ask for it)

    return BatchQuery(home, text, name, columns, key)


def grok_matcher(pattern: str, custom_patterns: str = "") -> GrokMatcher:
    """The Grok SerDe's way with a pattern: its columns, and a line's values; None for a line without a match.

    Errors: HIVE_INVALID_METADATA for what is no pattern, NOT_SUPPORTED for one of an extra that is not there.
    """
    from owlake.lake.formats.grok import grok_matcher  # noqa: PLC0415  (few plugins read lines)

    return grok_matcher(pattern, custom_patterns)


def json_path(text: str) -> JsonPath:
    """Where in documents of JSON rows are, as tables with the property ``jsonPath`` find them.

    Errors: HIVE_INVALID_METADATA for what is no path.
    """
    from owlake.lake.formats.json.documents import parse_json_path  # noqa: PLC0415  (as above)

    return parse_json_path(text)


def decompressed(stream: pa.NativeFile, name: str) -> Stream:
    """The text of a file as tables read it: what its name's ending says, else the bytes as they are."""
    from owlake.lake.formats.text.codecs import decompressed  # noqa: PLC0415  (as above)

    return decompressed(stream, name)


def create_table_text(table: catalog_model.Table) -> str:
    """The statement that makes a table of the lake: what ``SHOW CREATE TABLE`` prints."""
    from owlake.statements.create_text import create_table_text  # noqa: PLC0415  (few plugins show statements)

    return create_table_text(table, f"{table.database}.{table.name}")


def run_statement(home: Home, text: str, *, began: Callable[[Callable[[], None]], None] = lambda _: None) -> None:
    """Run a statement to its end, in a session of its own; ``began`` is told how to cancel it.

    Errors: those of the statement.
    """
    from owlake.session import Session  # noqa: PLC0415  (few plugins run statements)

    with Session(home) as session, session.execute(text, began=began) as result:
        for _ in result:
            pass
