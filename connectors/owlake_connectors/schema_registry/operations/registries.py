"""Operations on registries."""

from __future__ import annotations

from dataclasses import dataclass

from owlake.spi import operation
from owlake_connectors.schema_registry.operations.base import OfRegistry
from owlake_connectors.schema_registry.operations.shapes import (
    Description,
    Page,
    RegistryId,
    RegistryItem,
    RegistryName,
    Tags,
    paged,
    registry_item,
)


@dataclass(frozen=True, slots=True)
class CreateRegistryResponse:
    """The registry that was made."""

    registry_arn: str
    registry_name: str
    description: str | None
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class UpdateRegistryResponse:
    """The registry that was changed."""

    registry_name: str
    registry_arn: str


@dataclass(frozen=True, slots=True)
class DeleteRegistryResponse:
    """The registry that was deleted."""

    registry_name: str
    registry_arn: str
    status: str


@dataclass(frozen=True, slots=True)
class ListRegistriesResponse:
    """A page of registries."""

    registries: list[RegistryItem]
    next_token: str | None


class Registries(OfRegistry):
    """Operations on registries."""

    @operation(service="glue")
    def create_registry(
        self, registry_name: RegistryName, description: Description | None = None, tags: Tags | None = None
    ) -> CreateRegistryResponse:
        """Make a registry, which holds schemas."""
        made = self._store.create_registry(registry_name, description, tags or {})
        return CreateRegistryResponse(made.arn, made.name, made.description, tags or {})

    @operation(service="glue")
    def get_registry(self, registry_id: RegistryId) -> RegistryItem:
        """A registry."""
        return registry_item(self._registry(registry_id))

    @operation(service="glue")
    def list_registries(self, max_results: Page | None = None, next_token: str | None = None) -> ListRegistriesResponse:
        """The registries by name, a page at a time."""
        found, following = paged(self._store.registries(), max_results, next_token)
        return ListRegistriesResponse([registry_item(one) for one in found], following)

    @operation(service="glue")
    def update_registry(self, registry_id: RegistryId, description: Description) -> UpdateRegistryResponse:
        """Give a registry another description."""
        found = self._registry(registry_id)
        self._store.update_registry(found.name, description)
        return UpdateRegistryResponse(found.name, found.arn)

    @operation(service="glue")
    def delete_registry(self, registry_id: RegistryId) -> DeleteRegistryResponse:
        """Delete a registry with its schemas."""
        found = self._registry(registry_id)
        self._store.delete_registry(found.name)
        return DeleteRegistryResponse(found.name, found.arn, "DELETING")
