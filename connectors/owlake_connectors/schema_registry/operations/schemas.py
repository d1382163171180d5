"""Operations on schemas."""

from __future__ import annotations

from dataclasses import dataclass

from owlake.spi import operation
from owlake_connectors.schema_registry import errors
from owlake_connectors.schema_registry.definitions import check_definition
from owlake_connectors.schema_registry.model import (
    DEFAULT_REGISTRY,
    Compatibility,
    DataFormat,
    Registry,
    Schema,
    api_time,
)
from owlake_connectors.schema_registry.operations.base import OfRegistry
from owlake_connectors.schema_registry.operations.shapes import (
    Definition,
    Description,
    Page,
    RegistryId,
    SchemaDetails,
    SchemaId,
    SchemaItem,
    SchemaName,
    SchemaVersionNumber,
    Tags,
    paged,
    schema_item,
)


@dataclass(frozen=True, slots=True)
class CreateSchemaResponse:
    """The schema that was made, with its first version."""

    registry_name: str
    registry_arn: str
    schema_name: str
    schema_arn: str
    description: str | None
    data_format: DataFormat
    compatibility: Compatibility
    schema_checkpoint: int
    latest_schema_version: int
    next_schema_version: int
    schema_status: str
    tags: dict[str, str]
    schema_version_id: str
    schema_version_status: str


@dataclass(frozen=True, slots=True)
class UpdateSchemaResponse:
    """The schema that was changed."""

    schema_arn: str
    schema_name: str
    registry_name: str


@dataclass(frozen=True, slots=True)
class DeleteSchemaResponse:
    """The schema that was deleted."""

    schema_arn: str
    schema_name: str
    status: str


@dataclass(frozen=True, slots=True)
class ListSchemasResponse:
    """A page of schemas."""

    schemas: list[SchemaItem]
    next_token: str | None


class Schemas(OfRegistry):
    """Operations on schemas."""

    @operation(service="glue")
    def create_schema(
        self,
        schema_name: SchemaName,
        data_format: DataFormat,
        schema_definition: Definition,
        registry_id: RegistryId | None = None,
        compatibility: Compatibility = "NONE",
        description: Description | None = None,
        tags: Tags | None = None,
    ) -> CreateSchemaResponse:
        """Make a schema with its first version; its later ones are held to a compatibility mode."""
        check_definition(data_format, schema_definition)
        registry = DEFAULT_REGISTRY if registry_id is None else self._registry_or_default(registry_id)
        schema, version = self._store.create_schema(
            registry, schema_name, data_format, compatibility, description, tags or {}, schema_definition
        )
        made = self._details(schema)
        return CreateSchemaResponse(
            made.registry_name, made.registry_arn, made.schema_name, made.schema_arn, made.description,
            made.data_format, made.compatibility, made.schema_checkpoint, made.latest_schema_version,
            made.next_schema_version, made.schema_status, tags or {}, version.id, version.status,
        )  # fmt: skip

    @operation(service="glue")
    def get_schema(self, schema_id: SchemaId) -> SchemaDetails:
        """A schema."""
        return self._details(self._schema(schema_id))

    @operation(service="glue")
    def list_schemas(
        self, registry_id: RegistryId | None = None, max_results: Page | None = None, next_token: str | None = None
    ) -> ListSchemasResponse:
        """The schemas of a registry, or all, a page at a time."""
        registry = None if registry_id is None else self._registry(registry_id).name
        found, following = paged(self._store.schemas(registry), max_results, next_token)
        return ListSchemasResponse([schema_item(one) for one in found], following)

    @operation(service="glue")
    def update_schema(
        self,
        schema_id: SchemaId,
        schema_version_number: SchemaVersionNumber | None = None,
        compatibility: Compatibility | None = None,
        description: Description | None = None,
    ) -> UpdateSchemaResponse:
        """Change the compatibility of a schema, from a version on, or its description."""
        schema = self._schema(schema_id)
        checkpoint = None
        if compatibility is not None:
            wanted = schema_version_number or SchemaVersionNumber(latest_version=True)
            checkpoint = self._version(schema, wanted).number
        elif schema_version_number is not None:
            raise errors.invalid("Compatibility is not valid.")
        self._store.update_schema(schema, compatibility, checkpoint, description)
        return UpdateSchemaResponse(schema.arn, schema.name, schema.registry)

    @operation(service="glue")
    def delete_schema(self, schema_id: SchemaId) -> DeleteSchemaResponse:
        """Delete a schema with its versions."""
        schema = self._schema(schema_id)
        self._store.delete_schema(schema)
        return DeleteSchemaResponse(schema.arn, schema.name, "DELETING")

    def _registry_or_default(self, registry_id: RegistryId) -> str:
        is_default = registry_id == RegistryId(registry_name=DEFAULT_REGISTRY)
        return DEFAULT_REGISTRY if is_default else self._registry(registry_id).name

    def _details(self, schema: Schema) -> SchemaDetails:
        numbers = [one.number for one in self._store.versions(schema) if one.status == "AVAILABLE"]
        registry = Registry(schema.registry, None, schema.created, schema.updated)
        return SchemaDetails(
            registry_name=schema.registry,
            registry_arn=registry.arn,
            schema_name=schema.name,
            schema_arn=schema.arn,
            description=schema.description,
            data_format=schema.data_format,
            compatibility=schema.compatibility,
            schema_checkpoint=schema.checkpoint,
            latest_schema_version=max(numbers, default=schema.checkpoint),
            next_schema_version=schema.next_version,
            schema_status="AVAILABLE",
            created_time=api_time(schema.created),
            updated_time=api_time(schema.updated),
        )
