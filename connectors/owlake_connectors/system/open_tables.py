"""Tables whose metadata lies in the lake: entered into the catalog, and taken out of it."""

from __future__ import annotations

from owlake.spi import error, iceberg_table_at, operation
from owlake_connectors.system.operations import OfHome


class OpenTables(OfHome):
    """Operations of ``system.lake`` on Iceberg tables."""

    @operation(schema="lake")
    def register_table(
        self,
        schema_name: str,
        table_name: str,
        table_location: str,
        metadata_file_name: str | None = None,
        replace: bool = False,
    ) -> None:
        """Enter the Iceberg table that lies at a location, in the version of a metadata file, else in its newest.

        With ``replace`` a table of the name takes the version.
        """
        schema, name = schema_name.lower(), table_name.lower()
        table = iceberg_table_at(self._home.storage, schema, name, table_location, metadata_file_name)
        with self._home.metastore.write() as catalog:
            if catalog.find_database(schema) is None:
                raise error("SCHEMA_NOT_FOUND", f"Schema '{schema}' does not exist")
            known = catalog.find_table(schema, name)
            if known is None:
                catalog.create_table(table)
            elif not replace:
                raise error("TABLE_ALREADY_EXISTS", f"Table '{schema}.{name}' already exists")
            elif known.open_format != "ICEBERG":
                raise error("UNSUPPORTED_TABLE_TYPE", f"Not an Iceberg table: {schema}.{name}")
            else:
                catalog.update_table(table)

    @operation(schema="lake")
    def unregister_table(self, schema_name: str, table_name: str) -> None:
        """Take an Iceberg table out of the catalog; its files stay."""
        schema, name = schema_name.lower(), table_name.lower()
        with self._home.metastore.write() as catalog:
            table = catalog.find_table(schema, name)
            if table is None:
                raise error("TABLE_NOT_FOUND", f"Table '{schema}.{name}' not found")
            if table.open_format != "ICEBERG":
                raise error("UNSUPPORTED_TABLE_TYPE", f"Not an Iceberg table: {schema}.{name}")
            catalog.delete_table(schema, name)
