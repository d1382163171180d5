"""Operations on the versions of schemas."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from owlake.spi import OwlakeError, error, from_microseconds, operation
from owlake_connectors.schema_registry import errors
from owlake_connectors.schema_registry.definitions import check_definition, is_same
from owlake_connectors.schema_registry.model import DataFormat, VersionStatus, api_time
from owlake_connectors.schema_registry.operations.base import OfRegistry
from owlake_connectors.schema_registry.operations.shapes import (
    Definition,
    MetadataKeyValuePair,
    Page,
    SchemaId,
    SchemaVersionNumber,
    VersionId,
    VersionItem,
    paged,
    version_item,
)


@dataclass(frozen=True, slots=True)
class RegisterSchemaVersionResponse:
    """The version that was registered, or the one that says the same."""

    schema_version_id: str
    version_number: int
    status: VersionStatus


@dataclass(frozen=True, slots=True)
class GetSchemaVersionResponse:
    """A version with its definition."""

    schema_version_id: str
    schema_definition: str
    data_format: DataFormat
    schema_arn: str
    version_number: int
    status: VersionStatus
    created_time: str


@dataclass(frozen=True, slots=True)
class GetSchemaByDefinitionResponse:
    """The version with a definition."""

    schema_version_id: str
    schema_arn: str
    data_format: DataFormat
    status: VersionStatus
    created_time: str


@dataclass(frozen=True, slots=True)
class ListSchemaVersionsResponse:
    """A page of versions."""

    schemas: list[VersionItem]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class CheckSchemaVersionValidityResponse:
    """Whether a text is a schema."""

    valid: bool
    error: str | None


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """What went wrong."""

    error_code: str
    error_message: str


@dataclass(frozen=True, slots=True)
class SchemaVersionErrorItem:
    """A version that could not be deleted."""

    version_number: int
    error_details: ErrorDetails


@dataclass(frozen=True, slots=True)
class DeleteSchemaVersionsResponse:
    """The versions that could not be deleted."""

    schema_version_errors: list[SchemaVersionErrorItem]


@dataclass(frozen=True, slots=True)
class GetSchemaVersionsDiffResponse:
    """What differs between two versions."""

    diff: str


@dataclass(frozen=True, slots=True)
class SchemaVersionMetadataResponse:
    """A version and what it was marked with, or is no more."""

    schema_arn: str
    schema_name: str
    registry_name: str
    latest_version: bool
    version_number: int
    schema_version_id: str
    metadata_key: str
    metadata_value: str


@dataclass(frozen=True, slots=True)
class OtherMetadataValue:
    """An older value of a key."""

    metadata_value: str
    created_time: str


@dataclass(frozen=True, slots=True)
class MetadataInfo:
    """The latest value of a key, and the others."""

    metadata_value: str
    created_time: str
    other_metadata_value_list: list[OtherMetadataValue]


@dataclass(frozen=True, slots=True)
class QuerySchemaVersionMetadataResponse:
    """What a version is marked with."""

    metadata_info_map: dict[str, MetadataInfo]
    schema_version_id: str
    next_token: str | None


class Versions(OfRegistry):
    """Operations on versions."""

    @operation(service="glue")
    def register_schema_version(
        self, schema_id: SchemaId, schema_definition: Definition
    ) -> RegisterSchemaVersionResponse:
        """Add a version to a schema; where it is not compatible with those before, its status is FAILURE."""
        schema = self._schema(schema_id)
        check_definition(schema.data_format, schema_definition)
        made = self._store.register(schema, schema_definition)
        return RegisterSchemaVersionResponse(made.id, made.number, made.status)

    @operation(service="glue")
    def get_schema_version(
        self,
        schema_id: SchemaId | None = None,
        schema_version_id: VersionId | None = None,
        schema_version_number: SchemaVersionNumber | None = None,
    ) -> GetSchemaVersionResponse:
        """A version: by its id, its number, or the latest."""
        found = self._named_version(schema_id, schema_version_id, schema_version_number)
        schema = self._schema(SchemaId(schema_arn=found.schema_arn))
        return GetSchemaVersionResponse(
            found.id, found.definition, schema.data_format, schema.arn, found.number, found.status,
            api_time(found.created),
        )  # fmt: skip

    @operation(service="glue")
    def get_schema_by_definition(
        self, schema_id: SchemaId, schema_definition: Definition
    ) -> GetSchemaByDefinitionResponse:
        """The version of a schema that has this definition."""
        schema = self._schema(schema_id)
        check_definition(schema.data_format, schema_definition)
        for one in self._store.versions(schema):
            if is_same(one.definition, schema_definition):
                return GetSchemaByDefinitionResponse(
                    one.id, schema.arn, schema.data_format, one.status, api_time(one.created)
                )
        raise errors.schema_not_found(schema.registry, schema.name, None)

    @operation(service="glue")
    def list_schema_versions(
        self, schema_id: SchemaId, max_results: Page | None = None, next_token: str | None = None
    ) -> ListSchemaVersionsResponse:
        """The versions of a schema, the latest first, a page at a time."""
        versions = self._store.versions(self._schema(schema_id))[::-1]
        found, following = paged(versions, max_results, next_token)
        return ListSchemaVersionsResponse([version_item(one) for one in found], following)

    @operation(service="glue")
    def check_schema_version_validity(
        self, data_format: DataFormat, schema_definition: Definition
    ) -> CheckSchemaVersionValidityResponse:
        """Whether a text is a schema of a format."""
        try:
            check_definition(data_format, schema_definition)
        except OwlakeError as problem:
            return CheckSchemaVersionValidityResponse(valid=False, error=problem.message[:5000])
        return CheckSchemaVersionValidityResponse(valid=True, error=None)

    @operation(service="glue")
    def delete_schema_versions(self, schema_id: SchemaId, versions: str) -> DeleteSchemaVersionsResponse:
        """Delete a version (``5``) or several (``5-8``) of a schema; those that cannot be are told with the reason."""
        schema = self._schema(schema_id)
        first, _, last = versions.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()):
            raise errors.invalid(
                "The parameter value contains one or more characters that are not valid. Parameter Name: versions"
            )
        known = {one.number: one for one in self._store.versions(schema)}
        problems = []
        for number in range(int(first), int(last or first) + 1):
            if number not in known:
                details = ErrorDetails("EntityNotFoundException", errors.version_not_found(schema, number).message)
                problems.append(SchemaVersionErrorItem(number, details))
            elif number == schema.checkpoint and schema.compatibility not in ("NONE", "DISABLED"):
                text = "Checkpoint schema version cannot be deleted."
                problems.append(SchemaVersionErrorItem(number, ErrorDetails("InvalidInputException", text)))
            else:
                self._store.delete_version(known[number])
        return DeleteSchemaVersionsResponse(problems)

    @operation(service="glue")
    def get_schema_versions_diff(
        self,
        schema_id: SchemaId,
        first_schema_version_number: SchemaVersionNumber,
        second_schema_version_number: SchemaVersionNumber,
        schema_diff_type: Literal["SYNTAX_DIFF"] = "SYNTAX_DIFF",  # noqa: ARG002  (there is one)
    ) -> GetSchemaVersionsDiffResponse:
        """What differs between the texts of two versions."""
        schema = self._schema(schema_id)
        one = self._version(schema, first_schema_version_number)
        other = self._version(schema, second_schema_version_number)
        lines = difflib.unified_diff(
            one.definition.splitlines(), other.definition.splitlines(), str(one.number), str(other.number), lineterm=""
        )
        return GetSchemaVersionsDiffResponse("\n".join(lines))

    # Metadata -------------------------------------------------------------------------------------------

    @operation(service="glue")
    def put_schema_version_metadata(
        self,
        metadata_key_value: MetadataKeyValuePair,
        schema_id: SchemaId | None = None,
        schema_version_number: SchemaVersionNumber | None = None,
        schema_version_id: VersionId | None = None,
    ) -> SchemaVersionMetadataResponse:
        """Mark a version with a key and a value; a key may have several."""
        version = self._named_version(schema_id, schema_version_id, schema_version_number)
        key, value = _pair(metadata_key_value)
        self._store.put_metadata(version, key, value)
        return self._marked(version.id, key, value)

    @operation(service="glue")
    def remove_schema_version_metadata(
        self,
        metadata_key_value: MetadataKeyValuePair,
        schema_id: SchemaId | None = None,
        schema_version_number: SchemaVersionNumber | None = None,
        schema_version_id: VersionId | None = None,
    ) -> SchemaVersionMetadataResponse:
        """Take a value of a key from a version."""
        version = self._named_version(schema_id, schema_version_id, schema_version_number)
        key, value = _pair(metadata_key_value)
        if not self._store.remove_metadata(version, key, value):
            text = f"Metadata is not found. SchemaVersionId: {version.id}, MetadataKey: {key}, MetadataValue: {value}"
            raise error("EntityNotFoundException", text)
        return self._marked(version.id, key, value)

    @operation(service="glue")
    def query_schema_version_metadata(
        self,
        schema_id: SchemaId | None = None,
        schema_version_number: SchemaVersionNumber | None = None,
        schema_version_id: VersionId | None = None,
        metadata_list: list[MetadataKeyValuePair] | None = None,
        max_results: Page | None = None,
        next_token: str | None = None,
    ) -> QuerySchemaVersionMetadataResponse:
        """What a version is marked with, or as much of it as is asked for."""
        version = self._named_version(schema_id, schema_version_id, schema_version_number)
        by_key: dict[str, list[OtherMetadataValue]] = {}
        for key, value, created in self._store.metadata(version):
            if not metadata_list or any(_fits(one, key, value) for one in metadata_list):
                by_key.setdefault(key, []).append(OtherMetadataValue(value, api_time(from_microseconds(created))))
        found, following = paged(sorted(by_key), max_results, next_token)
        shown = {
            key: MetadataInfo(by_key[key][0].metadata_value, by_key[key][0].created_time, by_key[key][1:])
            for key in found
        }
        return QuerySchemaVersionMetadataResponse(shown, version.id, following)

    def _marked(self, id_: str, key: str, value: str) -> SchemaVersionMetadataResponse:
        version = self._named_version(None, id_, None)
        schema = self._schema(SchemaId(schema_arn=version.schema_arn))
        latest = self._version(schema, SchemaVersionNumber(latest_version=True)).id == version.id
        return SchemaVersionMetadataResponse(
            schema.arn, schema.name, schema.registry, latest, version.number, version.id, key, value
        )


def _pair(pair: MetadataKeyValuePair) -> tuple[str, str]:
    if pair.metadata_key is None or pair.metadata_value is None:
        raise errors.invalid("MetadataKey and MetadataValue have to be provided.")
    return pair.metadata_key, pair.metadata_value


def _fits(wanted: MetadataKeyValuePair, key: str, value: str) -> bool:
    return wanted.metadata_key in (None, key) and wanted.metadata_value in (None, value)
