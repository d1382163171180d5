"""The connector of the ``glue`` catalog: the tables of its one schema, ``system``, and its operations by topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from owlake.spi import Connector, ConnectorContext, RowsDefinition, RowsTable, SessionView, Table
from owlake.spi import Handler as TaskHandler
from owlake_connectors.glue.catalog.connections import ConnectionStore
from owlake_connectors.glue.catalog.operations.column_statistics import ColumnStatisticsOperations
from owlake_connectors.glue.catalog.operations.connections import Connections
from owlake_connectors.glue.catalog.operations.databases import Databases
from owlake_connectors.glue.catalog.operations.functions import UserDefinedFunctions
from owlake_connectors.glue.catalog.operations.partition_indexes import PartitionIndexes
from owlake_connectors.glue.catalog.operations.partitions import Partitions
from owlake_connectors.glue.catalog.operations.search import TableSearch
from owlake_connectors.glue.catalog.operations.statistics_runs import StatisticsRuns
from owlake_connectors.glue.catalog.operations.tables import Tables
from owlake_connectors.glue.catalog.operations.tags import TagsOfResources
from owlake_connectors.glue.catalog.operations.versions import TableVersions
from owlake_connectors.glue.catalog.partition_tables import partition_tables
from owlake_connectors.glue.catalog.statistics_runs.runner import COLUMN_STATISTICS, StatisticsRunner
from owlake_connectors.glue.catalog.statistics_runs.store import RunStore
from owlake_connectors.glue.catalog.system_tables import catalog_tables
from owlake_connectors.glue.crawlers.classifier_operations import Classifiers
from owlake_connectors.glue.crawlers.crawl_operations import Crawls
from owlake_connectors.glue.crawlers.operations import Crawlers
from owlake_connectors.glue.crawlers.runner import CRAWL, Runner
from owlake_connectors.glue.crawlers.store import CrawlerStore
from owlake_connectors.glue.crawlers.tables import crawler_tables

SCHEMA = "system"


class GlueConnector(
    Databases,
    Tables,
    TableVersions,
    TableSearch,
    Partitions,
    PartitionIndexes,
    ColumnStatisticsOperations,
    UserDefinedFunctions,
    Connections,
    TagsOfResources,
    StatisticsRuns,
    Crawlers,
    Crawls,
    Classifiers,
    Connector,
):
    """AWS Glue over the home's metastore."""

    def __init__(self, context: ConnectorContext) -> None:
        self._home = context.home
        self._crawlers = CrawlerStore(context.directory)
        self._connections = ConnectionStore(context.directory)
        self._runner = Runner(context.home, self._crawlers, context.catalog)
        self._statistics_runs = RunStore(context.directory)
        self._statistics_runner = StatisticsRunner(context.home, self._statistics_runs, context.catalog)
        self._tables: Mapping[str, RowsDefinition] = {
            **catalog_tables(self._connections),
            **partition_tables(),
            **crawler_tables(self._crawlers),
        }

    def schema_names(self) -> Iterable[str]:
        """The one schema."""
        return (SCHEMA,)

    def table_names(self, schema: str) -> Iterable[str]:
        """The tables of a schema."""
        return self._tables if schema == SCHEMA else ()

    def table(self, schema: str, name: str) -> Table | None:
        """The table as a session sees it that nobody set."""
        return self.table_for(SessionView(), schema, name)

    def table_for(self, session: SessionView, schema: str, name: str) -> Table | None:
        """The table as this session sees it."""
        definition = self._tables.get(name) if schema == SCHEMA else None
        return RowsTable(definition, self._home, session) if definition is not None else None

    def task_handlers(self) -> Mapping[str, TaskHandler]:
        """The runs of crawlers, and of what finds column statistics."""
        return {CRAWL: self._runner.run, COLUMN_STATISTICS: self._statistics_runner.run}

    def close(self) -> None:
        """Close what is kept beside the lake's metastore."""
        self._crawlers.close()
        self._connections.close()
        self._statistics_runs.close()
