"""Glue's operations on column statistics: what ANALYZE finds, and what planning and SHOW STATS use.

https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateColumnStatisticsForTable.html and its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from owlake.spi import CatalogReader, ColumnStatistics, Length, OwlakeError, operation, run_statement
from owlake_connectors.glue.catalog.errors import detail, not_found
from owlake_connectors.glue.catalog.operations.base import OfCatalog, existing_table
from owlake_connectors.glue.catalog.operations.partitions import Values
from owlake_connectors.glue.catalog.shapes import NameText
from owlake_connectors.glue.catalog.statistics import (
    ColumnError,
    ColumnStatisticsError,
    ColumnStatisticsShape,
    statistics_of,
    statistics_shape,
)

ColumnNames = Annotated[Sequence[NameText], Length(0, 100)]
Told = Annotated[Sequence[ColumnStatisticsShape], Length(0, 25)]


@dataclass(frozen=True, slots=True)
class GetColumnStatisticsOutput:
    """What is known of columns, and of which of them nothing is."""

    column_statistics_list: list[ColumnStatisticsShape]
    errors: list[ColumnError]


@dataclass(frozen=True, slots=True)
class UpdateColumnStatisticsOutput:
    """What was said and is not kept."""

    errors: list[ColumnStatisticsError]


class ColumnStatisticsOperations(OfCatalog):
    """Operations on column statistics."""

    @operation
    def get_column_statistics_for_table(
        self,
        database_name: NameText,
        table_name: NameText,
        column_names: ColumnNames,
        catalog_id: NameText | None = None,
    ) -> GetColumnStatisticsOutput:
        """What is known of columns, in the whole table."""
        return self._known(database_name, table_name, None, column_names, catalog_id)

    @operation
    def get_column_statistics_for_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_values: Values,
        column_names: ColumnNames,
        catalog_id: NameText | None = None,
    ) -> GetColumnStatisticsOutput:
        """What is known of columns, in a partition."""
        return self._known(database_name, table_name, tuple(partition_values), column_names, catalog_id)

    @operation
    def update_column_statistics_for_table(
        self,
        database_name: NameText,
        table_name: NameText,
        column_statistics_list: Told,
        catalog_id: NameText | None = None,
    ) -> UpdateColumnStatisticsOutput:
        """Say what columns are like, in the whole table: planning and SHOW STATS take it as if it had been found."""
        return self._tell(database_name, table_name, None, column_statistics_list, catalog_id)

    @operation
    def update_column_statistics_for_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_values: Values,
        column_statistics_list: Told,
        catalog_id: NameText | None = None,
    ) -> UpdateColumnStatisticsOutput:
        """Say what columns are like, in a partition."""
        return self._tell(database_name, table_name, tuple(partition_values), column_statistics_list, catalog_id)

    @operation
    def delete_column_statistics_for_table(
        self,
        database_name: NameText,
        table_name: NameText,
        column_name: NameText,
        catalog_id: NameText | None = None,
    ) -> None:
        """Forget what is known of a column, in the whole table."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            catalog.delete_column_statistics(database_name, table_name, None, column_name.lower())

    @operation
    def delete_column_statistics_for_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_values: Values,
        column_name: NameText,
        catalog_id: NameText | None = None,
    ) -> None:
        """Forget what is known of a column, in a partition."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            values = tuple(partition_values)
            catalog.delete_column_statistics(database_name, table_name, values, column_name.lower())

    @operation
    def compute_column_statistics(
        self,
        database_name: NameText,
        table_name: NameText,
        column_name_list: Sequence[NameText] | None = None,
        partition_values_list: Sequence[Values] | None = None,
    ) -> None:
        """Have the engine find out what columns are like, as ANALYZE does: of the whole table and of each partition.

        Of some columns, or of some partitions only, where they are named.
        """
        with self._reading(None) as catalog:
            existing_table(catalog, database_name, table_name)
        run_statement(self._home, analyze_text(database_name, table_name, column_name_list, partition_values_list))

    def _known(
        self,
        database: str,
        table: str,
        values: tuple[str, ...] | None,
        names: Sequence[str],
        catalog_id: str | None,
    ) -> GetColumnStatisticsOutput:
        with self._reading(catalog_id) as catalog:
            existing_table(catalog, database, table)
            known = _columns(catalog, database, table, values)
        found = [known[name.lower()] for name in names if name.lower() in known]
        missing = [
            ColumnError(name, detail(not_found(f"Statistics of column {name} not found.")))
            for name in names
            if name.lower() not in known
        ]
        return GetColumnStatisticsOutput([statistics_shape(one) for one in found], missing)

    def _tell(
        self,
        database: str,
        table: str,
        values: tuple[str, ...] | None,
        told: Sequence[ColumnStatisticsShape],
        catalog_id: str | None,
    ) -> UpdateColumnStatisticsOutput:
        errors: list[ColumnStatisticsError] = []
        taken: list[ColumnStatistics] = []
        with self._writing(catalog_id) as catalog:
            known = existing_table(catalog, database, table)
            for one in told:
                try:
                    taken.append(statistics_of(one, known))
                except OwlakeError as problem:
                    errors.append(ColumnStatisticsError(one, detail(problem)))
            if values is not None:
                catalog.get_partition(database, table, values)
            if taken:
                catalog.update_column_statistics(database, table, values, taken)
        return UpdateColumnStatisticsOutput(errors)


def analyze_text(
    database: str,
    table: str,
    columns: Sequence[str] | None = None,
    partitions: Sequence[Sequence[str]] | None = None,
) -> str:
    """The statement that finds the statistics. Errors: InvalidInputException for columns that there are not."""
    properties = []
    if columns:
        properties.append(f"columns = {_array([_quoted(name, chr(39)) for name in columns])}")
    if partitions:
        properties.append(
            f"partitions = {_array([_array([_quoted(one, chr(39)) for one in each]) for each in partitions])}"
        )
    name = f"{_quoted(database, chr(34))}.{_quoted(table, chr(34))}"
    return f"ANALYZE awsdatacatalog.{name}" + (f" WITH ({', '.join(properties)})" if properties else "")


def _columns(
    catalog: CatalogReader, database: str, table: str, values: tuple[str, ...] | None
) -> dict[str, ColumnStatistics]:
    if values is None:
        found = catalog.find_statistics(database, table)
    else:
        catalog.get_partition(database, table, values)
        found = catalog.find_partition_statistics(database, table, values)
    return dict(found.columns) if found is not None else {}


def _array(parts: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(parts)}]"


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote * 2) + quote
