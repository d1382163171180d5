"""The schemas of records, asked of the registry as any client asks: by its operations."""

from __future__ import annotations

from typing import Any

from owlake.spi import Home, client, error


class RegisteredSchemas:
    """See ``owlake_connectors.kinesis.tables.decoding.Schemas``."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def definition(self, version_id: str) -> str:
        """The text of a schema. Errors: EntityNotFoundException."""
        return str(self._asked(SchemaVersionId=version_id)["SchemaDefinition"])

    def latest(self, registry: str, name: str) -> tuple[str, str]:
        """The id and the text of the latest version of a schema. Errors: EntityNotFoundException."""
        schema = {"SchemaName": name, "RegistryName": registry}
        found = self._asked(SchemaId=schema, SchemaVersionNumber={"LatestVersion": True})
        return str(found["SchemaVersionId"]), str(found["SchemaDefinition"])

    def _asked(self, **arguments: Any) -> dict[str, Any]:
        registry = client(self._home, "glue")
        try:
            found: dict[str, Any] = registry.get_schema_version(**arguments)
        except registry.exceptions.ClientError as problem:
            refusal = problem.response["Error"]
            raise error(refusal["Code"], refusal["Message"]) from problem
        return found
