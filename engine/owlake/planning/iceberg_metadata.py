"""The metadata tables of Iceberg tables as sources of a query: ``t$snapshots``, ``t$files``, ..."""

from __future__ import annotations

from owlake.catalog.model import Table
from owlake.ir.sources import SourceColumn, TableSource
from owlake.lake.iceberg.descriptions import description_of
from owlake.lake.iceberg.plan import metadata_of
from owlake.lake.iceberg.table import IcebergTable
from owlake.planning.arrow_source import ArrowSource
from owlake.planning.scans import ScanRequest


def source_of(catalog: str, table: Table, kind: str, loaded: IcebergTable) -> TableSource | None:
    """The metadata table ``kind`` of a table; None if there is no such."""
    found = description_of(kind, loaded)
    if found is None:
        return None
    columns = tuple(SourceColumn(name, type_) for name, type_ in found.columns)

    def rows(_: ScanRequest) -> list[tuple[object, ...]]:
        with metadata_of(loaded, loaded.metadata_location):
            return list(found.rows(loaded))

    return ArrowSource(catalog, table.database, f"{table.name}${kind}", columns, rows)
