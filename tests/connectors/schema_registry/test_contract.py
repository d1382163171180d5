"""The suite of all connectors, on the tables of the registry."""

from __future__ import annotations

from owlake.testing import ConnectorContract

_FIRST = '{"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}'


class TestTablesOfTheRegistry(ConnectorContract):
    setup = (
        "CALL schema_registry.system.create_registry(registry_name => 'empty', description => 'nothing yet')",
        f"""
        CALL schema_registry.system.create_schema(
            schema_name => 's', data_format => 'AVRO', compatibility => 'BACKWARD', schema_definition => '{_FIRST}')
        """,
        """
        CALL schema_registry.system.register_schema_version(
            schema_id => ROW(NULL, 's', NULL), schema_definition => '"string"')
        """,
    )
    tables = (
        "schema_registry.system.registries",
        "schema_registry.system.schemas",
        "schema_registry.system.schema_versions",
    )
