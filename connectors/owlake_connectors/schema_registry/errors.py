"""The service's exceptions with its own texts, one function each."""

from __future__ import annotations

from owlake.spi import OwlakeError, error
from owlake_connectors.schema_registry.model import Schema


def invalid(text: str) -> OwlakeError:
    """A value that the service refuses."""
    return error("InvalidInputException", text)


def registry_not_found(name: str | None, arn: str | None) -> OwlakeError:
    """There is no such registry."""
    text = f"Registry is not found. RegistryName: {_or_null(name)}, RegistryArn: {_or_null(arn)}"
    return error("EntityNotFoundException", text)


def schema_not_found(registry: str | None, name: str | None, arn: str | None) -> OwlakeError:
    """There is no such schema."""
    text = "Schema is not found. RegistryName: {}, SchemaName: {}, SchemaArn: {}"
    return error("EntityNotFoundException", text.format(*map(_or_null, (registry, name, arn))))


def version_not_found(schema: Schema, number: int | None) -> OwlakeError:
    """The schema has no such version."""
    latest = "true" if number is None else "false"
    return error(
        "EntityNotFoundException",
        f"Schema version is not found. RegistryName: {schema.registry}, SchemaName: {schema.name}, SchemaArn: null,"
        f" VersionNumber: {_or_null(number)}, isLatestVersion: {latest}",
    )


def version_id_not_found(id_: str) -> OwlakeError:
    """There is no version of this id."""
    return error("EntityNotFoundException", f"Schema version is not found. SchemaVersionId: {id_}")


def exists(resource: str, parameter: str, value: str) -> OwlakeError:
    """The name is taken."""
    return error("AlreadyExistsException", f"{resource} already exists. {parameter}: {value}")


def metadata_exists(id_: str, key: str, value: str) -> OwlakeError:
    """The version has this already."""
    return error(
        "AlreadyExistsException",
        f"Resource already exist for schema version id: {id_}, metadata key: {key}, metadata value: {value}",
    )


def invalid_definition(data_format: str, reason: str) -> OwlakeError:
    """The text is no schema."""
    return invalid(f"Schema definition of {data_format} data format is invalid: {reason}")


def versioning_disabled(schema: Schema) -> OwlakeError:
    """The schema may have no other version."""
    return invalid(
        "Compatibility DISABLED does not allow versioning. SchemaId: SchemaId("
        f"schemaArn=null, schemaName={schema.name}, registryName={schema.registry})"
    )


def _or_null(value: object) -> str:
    return "null" if value is None else str(value)
