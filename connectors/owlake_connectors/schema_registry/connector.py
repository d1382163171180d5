"""The connector of the ``schema_registry`` catalog: the tables of its one schema, ``system``, and its operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from owlake.spi import (
    MOMENT,
    Asked,
    Connector,
    ConnectorContext,
    Row,
    RowsDefinition,
    RowsTable,
    SessionView,
    Table,
    rows_definition,
    types,
)
from owlake_connectors.schema_registry.operations.registries import Registries
from owlake_connectors.schema_registry.operations.schemas import Schemas
from owlake_connectors.schema_registry.operations.versions import Versions
from owlake_connectors.schema_registry.store import RegistryStore

SCHEMA = "system"
_TEXT = types.VARCHAR


class SchemaRegistry(Registries, Schemas, Versions, Connector):
    """Registries, schemas and versions. Clients have its operations in the service ``glue``."""

    def __init__(self, context: ConnectorContext) -> None:
        super().__init__(RegistryStore(context))
        self._home = context.home
        self._tables = tables(self._store)

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

    def close(self) -> None:
        """Close the database."""
        self._store.close()


def tables(store: RegistryStore) -> Mapping[str, RowsDefinition]:
    """The tables by name."""
    return {"registries": _registries(store), "schemas": _schemas(store), "schema_versions": _versions(store)}


def _registries(store: RegistryStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        for one in store.registries():
            yield one.name, one.arn, one.description, one.created, one.updated

    return rows_definition(
        rows,
        ("registry_name", _TEXT, "Its name"),
        ("registry_arn", _TEXT, "Its Amazon resource name"),
        ("description", _TEXT, "What it is for"),
        ("created_time", MOMENT, "When it was made"),
        ("updated_time", MOMENT, "When it was changed last"),
    )


def _schemas(store: RegistryStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        for one in store.schemas():
            latest = max((v.number for v in store.versions(one) if v.status == "AVAILABLE"), default=None)
            yield (
                one.registry, one.name, one.arn, one.data_format, one.compatibility, one.description, one.checkpoint,
                latest, one.created, one.updated,
            )  # fmt: skip

    return rows_definition(
        rows,
        ("registry_name", _TEXT, "The registry that it is in"),
        ("schema_name", _TEXT, "Its name"),
        ("schema_arn", _TEXT, "Its Amazon resource name"),
        ("data_format", _TEXT, "AVRO or JSON"),
        ("compatibility", _TEXT, "What a new version is held to"),
        ("description", _TEXT, "What it is for"),
        ("schema_checkpoint", types.BIGINT, "The version from which on the modes _ALL compare"),
        ("latest_schema_version", types.BIGINT, "Its latest version; NULL where it has none"),
        ("created_time", MOMENT, "When it was made"),
        ("updated_time", MOMENT, "When it was changed last"),
    )


def _versions(store: RegistryStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        for one in store.versions():
            yield one.registry, one.name, one.number, one.id, one.status, one.reason, one.definition, one.created

    return rows_definition(
        rows,
        ("registry_name", _TEXT, "The registry of its schema"),
        ("schema_name", _TEXT, "Its schema"),
        ("version_number", types.BIGINT, "Its number, counted from 1"),
        ("schema_version_id", _TEXT, "What records name it by"),
        ("status", _TEXT, "AVAILABLE, or FAILURE where it is not compatible with those before"),
        ("failure_reason", _TEXT, "What is not compatible"),
        ("schema_definition", _TEXT, "The schema itself"),
        ("created_time", MOMENT, "When it was registered"),
    )
