"""The ``awsdatacatalog`` catalog: the metastore's databases, tables and views, and what describes them."""

from __future__ import annotations

from owlake.analysis.context import Version, View
from owlake.catalog import information_schema
from owlake.catalog.model import Table
from owlake.catalog.views import decode_view
from owlake.errors import error
from owlake.ir.sources import SourceColumn, TableSource
from owlake.lake.partitions import partitions, typed_values
from owlake.planning.arrow_source import ArrowSource
from owlake.planning.lake_table import LakeTable, LakeView, constraint_of
from owlake.planning.scans import ScanRequest
from owlake.types.hive import parse_hive_type

CATALOG = "awsdatacatalog"
_PARTITIONS = "partitions"


class LakeCatalog:
    """See ``owlake.metadata.statement.CatalogMetadata``. Good as long as the lake view's snapshot is open."""

    def __init__(self, lake: LakeView) -> None:
        self._lake = lake
        self._delta: dict[tuple[str, str, Version | None], TableSource] = {}

    def schema_names(self) -> list[str]:
        """Every database, and information_schema."""
        return [*(database.name for database in self._lake.snapshot.list_databases()), information_schema.SCHEMA]

    def schema_exists(self, schema: str) -> bool:
        """Whether there is such a database."""
        return schema == information_schema.SCHEMA or self._lake.snapshot.find_database(schema) is not None

    def table_names(self, schema: str) -> list[str]:
        """The tables and views of a database."""
        if schema == information_schema.SCHEMA:
            return list(information_schema.RELATIONS)
        return self._lake.snapshot.list_table_names(schema)

    def table(self, schema: str, name: str, version: Version | None = None) -> TableSource | View | None:
        """The table or view; ``t$partitions`` is the partitions of ``t``. Only Iceberg tables have versions."""
        if schema == information_schema.SCHEMA:
            return self._information(name)
        table = self._lake.snapshot.find_table(schema, name)
        if table is None:
            return self._about_table(schema, name)
        if table.is_view:
            definition = decode_view(table)
            return View(definition.original_sql, definition.catalog, definition.schema, definition.columns)
        if table.open_format == "ICEBERG":
            from owlake.metadata.iceberg import iceberg_table  # noqa: PLC0415  (an extra, slow to load)

            return iceberg_table(CATALOG, table, self._lake, version)
        if table.open_format == "DELTA":
            return self._of_delta(table, version)
        if version is not None:
            raise error("NOT_SUPPORTED", "This connector does not support versioned tables")
        if table.open_format is not None and not table.storage.columns:
            # Its columns are in a log of its own, so there are none that a query could name.
            raise error("NOT_SUPPORTED", f"Reading {table.open_format} tables is not supported yet")
        return LakeTable.of(CATALOG, table, self._lake)

    def _of_delta(self, table: Table, version: Version | None) -> TableSource:
        """A Delta table. Its newest version is the same in all of a statement, whoever commits meanwhile."""
        from owlake.metadata.delta import delta_table  # noqa: PLC0415  (an extra)

        key = (table.database, table.name, version)
        if key not in self._delta:
            self._delta[key] = delta_table(CATALOG, table, self._lake, version)
        return self._delta[key]

    def _information(self, name: str) -> TableSource | None:
        columns = information_schema.RELATIONS.get(name)
        if columns is None:
            return None

        def rows(request: ScanRequest) -> list[tuple[object, ...]]:
            constraint = constraint_of(request.conjuncts, dict(zip(request.columns, request.fields, strict=True)))
            return list(information_schema.rows(name, self._lake.snapshot, CATALOG, constraint))

        described = tuple(SourceColumn(column, type_) for column, type_ in columns)
        return ArrowSource(CATALOG, information_schema.SCHEMA, name, described, rows)

    def _about_table(self, schema: str, name: str) -> TableSource | None:
        """``t$partitions`` and the like: what is known of the table ``t``."""
        base, sign, kind = name.rpartition("$")
        table = self._lake.snapshot.find_table(schema, base) if sign else None
        if table is None or table.is_view:
            return None
        if table.open_format == "ICEBERG":
            from owlake.metadata.iceberg import metadata_table  # noqa: PLC0415  (as above)

            return metadata_table(CATALOG, table, kind, self._lake)
        return self._partitions(schema, name, table) if kind == _PARTITIONS else None

    def _partitions(self, schema: str, name: str, table: Table) -> TableSource | None:
        """One row a partition, one column a key; tables without partitions have no such table."""
        if not table.partition_keys:
            return None
        columns = tuple(SourceColumn(key.name, parse_hive_type(key.type)) for key in table.partition_keys)
        return ArrowSource(CATALOG, schema, name, columns, lambda request: self._partition_rows(table, request))

    def _partition_rows(self, table: Table, request: ScanRequest) -> list[tuple[object, ...]]:
        constraint = constraint_of(request.conjuncts, dict(zip(request.columns, request.fields, strict=True)))
        found = partitions(table, constraint, self._lake.snapshot, self._lake.clock)
        return [typed_values(table, partition) for partition in found]
