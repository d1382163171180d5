"""Running scans as the engine does: DataFusion over the files, the scan's expressions on top."""

from __future__ import annotations

import itertools

import pyarrow as pa
from datafusion import SessionConfig, SessionContext

from owlake.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
from owlake.lake.formats import ScanColumn, ScanRequest, scans
from owlake.lake.listing import list_data_files
from owlake.lake.model import NativeScan
from owlake.types.hive import parse_hive_type

SETTINGS = {
    "datafusion.sql_parser.dialect": "duckdb",
    "datafusion.runtime.list_files_cache_limit": "0K",
    "datafusion.execution.parquet.coerce_int96": "us",
}
_numbers = itertools.count()


def context(partitions: int = 2) -> SessionContext:
    settings = {key: value for key, value in SETTINGS.items() if "runtime" not in key}
    return SessionContext(SessionConfig(settings).with_target_partitions(partitions))


def hive_table(columns: dict[str, str], serde: SerDeInfo, **parameters: str) -> Table:
    stored = tuple(Column(name, type_) for name, type_ in columns.items())
    return Table("db", "t", StorageDescriptor(stored, "s3://lake/t", serde=serde), parameters=parameters)


def request(table: Table, storage, columns=None) -> ScanRequest:
    (files,) = list_data_files(storage, [table.storage.location], lambda _uri, _fingerprint: True)
    wanted = [
        ScanColumn(column.name, parse_hive_type(column.type))
        for column in table.storage.columns
        if columns is None or column.name in columns
    ]
    return ScanRequest(files, wanted, table, table.storage, storage)


def read(table: Table, storage, columns=None) -> pa.Table:
    """All rows of the table, in the order of its files."""
    asked = request(table, storage, columns)
    tables = [_without_views(rows) for scan in scans(asked) for rows in run(scan, storage)]
    return pa.concat_tables(tables) if tables else pa.table({column.name: [] for column in asked.columns})


def rows(table: Table, storage, columns=None) -> list[tuple]:
    found = read(table, storage, columns)
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


def run(scan, storage) -> list[pa.Table]:
    select = ", ".join(f"{expression} AS {name}" for name, expression in quoted(scan).items()) or "1 AS one"
    if not isinstance(scan, NativeScan):
        session = context()
        session.register_dataset("files", scan.dataset)
        return [session.sql(f"SELECT {select} FROM files").to_arrow_table()]
    results = []
    for file in scan.files:
        session = context(1)
        name = f"t{next(_numbers)}"
        session.register_parquet(name, str(storage.local_path(file.uri)), file_extension="", schema=scan.schema)
        results.append(session.sql(f"SELECT {select} FROM {name}").to_arrow_table())
    return results


def _without_views(table: pa.Table) -> pa.Table:
    """Text read in views is text all the same."""
    fields = [pa.field(field.name, pa.string()) if field.type == pa.string_view() else field for field in table.schema]
    return table.cast(pa.schema(fields))


def quoted(scan) -> dict[str, str]:
    return {'"' + name.replace('"', '""') + '"': expression for name, expression in scan.columns.items()}
