"""Changes to a workgroup's settings, as UpdateWorkGroup takes them: what is left out stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from owlake.queries.workgroup import (
    AclConfiguration,
    DataUsageLimit,
    EncryptionConfiguration,
    EngineConfiguration,
    EngineVersion,
    ResultConfiguration,
    WorkGroupConfiguration,
)


@dataclass(frozen=True, slots=True)
class ResultConfigurationUpdates:
    """Changes to where results go."""

    output_location: str | None = None
    remove_output_location: bool = False
    encryption_configuration: EncryptionConfiguration | None = None
    remove_encryption_configuration: bool = False
    expected_bucket_owner: str | None = None
    remove_expected_bucket_owner: bool = False
    acl_configuration: AclConfiguration | None = None
    remove_acl_configuration: bool = False

    def apply(self, configuration: ResultConfiguration) -> ResultConfiguration:
        """The configuration with the changes."""
        return replace(configuration, **_changes(self, ResultConfiguration))


@dataclass(frozen=True, slots=True)
class WorkGroupConfigurationUpdates:
    """Changes to the settings. ``data_usage_limits`` replaces them all; an empty list removes them."""

    enforce_work_group_configuration: bool | None = None
    result_configuration_updates: ResultConfigurationUpdates | None = None
    publish_cloud_watch_metrics_enabled: bool | None = None
    bytes_scanned_cutoff_per_query: int | None = None
    remove_bytes_scanned_cutoff_per_query: bool = False
    requester_pays_enabled: bool | None = None
    engine_version: EngineVersion | None = None
    engine_configuration: EngineConfiguration | None = None
    additional_configuration: str | None = None
    execution_role: str | None = None
    enable_minimum_encryption_configuration: bool | None = None
    data_usage_limits: Sequence[DataUsageLimit] | None = None

    def apply(self, configuration: WorkGroupConfiguration) -> WorkGroupConfiguration:
        """The configuration with the changes."""
        changes = _changes(self, WorkGroupConfiguration)
        if self.result_configuration_updates is not None:
            changes["result_configuration"] = self.result_configuration_updates.apply(
                configuration.result_configuration
            )
        return replace(configuration, **changes)


def _changes(updates: Any, kind: Any) -> dict[str, Any]:
    """The new values of the fields that both have, None for those that are removed."""
    names = [name for name in kind.__dataclass_fields__ if name in updates.__dataclass_fields__]
    changes = {name: getattr(updates, name) for name in names if getattr(updates, name) is not None}
    removed = {name: None for name in names if getattr(updates, f"remove_{name}", False)}
    return {**changes, **removed}
