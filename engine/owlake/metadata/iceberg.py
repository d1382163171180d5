"""Iceberg tables as a statement sees them: their version by the catalog, by time travel, and what describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.analysis.context import Version
from owlake.catalog.model import Table
from owlake.errors import error
from owlake.ir.sources import TableSource
from owlake.planning.lake_table import LakeView
from owlake.types.model import INTEGER_TYPES, Varchar

if TYPE_CHECKING:
    from pyiceberg.table.snapshots import Snapshot

    from owlake.lake.iceberg.table import IcebergTable


def iceberg_table(catalog: str, table: Table, lake: LakeView, version: Version | None) -> TableSource:
    """The table as the catalog has it, or in another version. Errors: ICEBERG_*, INVALID_ARGUMENTS."""
    loaded = loaded_table(table, lake)
    from owlake.planning.iceberg_table import IcebergSource  # noqa: PLC0415  (as below)

    if version is not None:
        loaded = loaded.at(_snapshot(loaded, version))
    return IcebergSource.of(catalog, table.database, table.name, loaded, lake)


def _snapshot(table: IcebergTable, version: Version) -> Snapshot:
    from owlake.lake.iceberg.versions import snapshot_of_moment, snapshot_of_version  # noqa: PLC0415  (as below)

    if version.kind == "TIMESTAMP":
        return snapshot_of_moment(table, version.value)
    if version.type not in INTEGER_TYPES and not isinstance(version.type, Varchar):
        raise error("NOT_SUPPORTED", f"Unsupported type for table version: {version.type}")
    return snapshot_of_version(table, version.value)


def metadata_table(catalog: str, table: Table, kind: str, lake: LakeView) -> TableSource | None:
    """``t$snapshots`` and the like; None where there is no such."""
    loaded = loaded_table(table, lake)
    from owlake.planning.iceberg_metadata import source_of  # noqa: PLC0415  (as below)

    return source_of(catalog, table, kind, loaded)


def loaded_table(table: Table, lake: LakeView) -> IcebergTable:
    """The version that the catalog names. Errors: ICEBERG_MISSING_METADATA, ICEBERG_INVALID_METADATA, NOT_SUPPORTED."""
    location = table.parameters.get("metadata_location")
    name = f"{table.database}.{table.name}"
    if location is None:
        text = f"Table is missing [metadata_location] property: {name}"
        hint = "Its metadata is written elsewhere: CALL system.lake.register_table(...) names it"
        raise error("ICEBERG_INVALID_METADATA", text, hint=hint)
    try:
        from owlake.lake.iceberg.table import load  # noqa: PLC0415  (an extra, 0.3 s to import)
    except ImportError as problem:
        text = "Reading Iceberg tables needs the package pyiceberg"
        raise error("NOT_SUPPORTED", text, hint="pip install 'owlake[iceberg]'") from problem
    return load(lake.storage, name, location)
