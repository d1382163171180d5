"""What the operations have in common: the store, and which registry, schema or version a request means."""

from __future__ import annotations

from owlake_connectors.schema_registry import errors
from owlake_connectors.schema_registry.model import DEFAULT_REGISTRY, Registry, Schema, Version
from owlake_connectors.schema_registry.operations.shapes import RegistryId, SchemaId, SchemaVersionNumber
from owlake_connectors.schema_registry.store import RegistryStore


class OfRegistry:
    """Operations on the registry of a home."""

    def __init__(self, store: RegistryStore) -> None:
        self._store = store

    def _registry(self, wanted: RegistryId) -> Registry:
        name, arn = wanted.registry_name, wanted.registry_arn
        if (name is None) == (arn is None):
            text = "One of registryName or registryArn has to be provided, both cannot be provided."
            raise errors.invalid(text)
        found = self._store.registry(name or (arn or "").rpartition("/")[2])
        if found is None:
            raise errors.registry_not_found(name, arn)
        return found

    def _schema(self, wanted: SchemaId) -> Schema:
        arn, name, registry = wanted.schema_arn, wanted.schema_name, wanted.registry_name
        if arn is not None and (name is not None or registry is not None):
            text = "One of (registryName and schemaName) or schemaArn has to be provided, both cannot be provided."
            raise errors.invalid(text)
        if arn is None and name is None:
            raise errors.invalid("At least one of (registryName and schemaName) or schemaArn has to be provided.")
        place = (registry or DEFAULT_REGISTRY, name or "")
        if arn is not None:
            parts = arn.partition(":schema/")[2].split("/")
            place = (parts[0], parts[-1])
        found = self._store.schema(*place)
        if found is None:
            raise errors.schema_not_found(None if arn else place[0], name, arn)
        return found

    def _version(self, schema: Schema, wanted: SchemaVersionNumber | None) -> Version:
        latest, number = (None, None) if wanted is None else (wanted.latest_version, wanted.version_number)
        if latest and number is not None:
            raise errors.invalid("Only one of VersionNumber or LatestVersion is required.")
        if not latest and number is None:
            raise errors.invalid("One of version number (or) latest version is required.")
        versions = self._store.versions(schema)
        if latest:
            versions = [one for one in versions if one.status == "AVAILABLE"]
        found = [one for one in versions if latest or one.number == number]
        if not found:
            raise errors.version_not_found(schema, number)
        return found[-1]

    def _named_version(
        self, schema_id: SchemaId | None, version_id: str | None, number: SchemaVersionNumber | None
    ) -> Version:
        """The version that a request names by its id, or by its schema and number."""
        if version_id is not None:
            if schema_id is not None or number is not None:
                text = "No other input parameters can be specified when fetching by SchemaVersionId."
                raise errors.invalid(text)
            found = self._store.version(version_id)
            if found is None:
                raise errors.version_id_not_found(version_id)
            return found
        return self._version(self._schema(schema_id or SchemaId()), number)
