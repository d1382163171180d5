"""Athena's operations on workgroups (https://docs.aws.amazon.com/athena/latest/APIReference/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from owlake.spi import athena, operation
from owlake_connectors.system.operations import OfHome
from owlake_connectors.system.pages import page, sliced

State = Literal["ENABLED", "DISABLED"]


@dataclass(frozen=True, slots=True)
class WorkGroupSummary:
    """A workgroup in a list."""

    name: str
    state: State
    description: str
    creation_time: datetime
    engine_version: athena.EngineVersion


@dataclass(frozen=True, slots=True)
class GetWorkGroupOutput:
    """A workgroup."""

    work_group: athena.WorkGroup


@dataclass(frozen=True, slots=True)
class ListWorkGroupsOutput:
    """A page of workgroups."""

    work_groups: list[WorkGroupSummary]
    next_token: str | None = None


class WorkGroups(OfHome):
    """Operations on workgroups."""

    @operation(schema="runtime", service="athena")
    def create_work_group(
        self,
        name: str,
        configuration: athena.WorkGroupConfiguration | None = None,
        description: str | None = None,
        tags: Sequence[athena.Tag] | None = None,
    ) -> None:
        """Create a workgroup."""
        self._home.workgroups.create(name, configuration, description, tags or ())

    @operation(schema="runtime", service="athena")
    def get_work_group(self, work_group: str) -> GetWorkGroupOutput:
        """A workgroup with its settings."""
        return GetWorkGroupOutput(self._home.workgroups.get(work_group))

    @operation(schema="runtime", service="athena")
    def list_work_groups(self, next_token: str | None = None, max_results: int | None = None) -> ListWorkGroupsOutput:
        """The workgroups by name, a page at a time."""
        found, following = page(sliced(self._home.workgroups.list()), max_results, next_token)
        summaries = [
            WorkGroupSummary(
                one.name, one.state, one.description or "", one.creation_time, one.configuration.engine_version
            )
            for one in found
        ]
        return ListWorkGroupsOutput(summaries, following)

    @operation(schema="runtime", service="athena")
    def update_work_group(
        self,
        work_group: str,
        description: str | None = None,
        configuration_updates: athena.WorkGroupConfigurationUpdates | None = None,
        state: State | None = None,
    ) -> None:
        """Change what is given of a workgroup; statements that begin from here on see it."""
        self._home.workgroups.update(work_group, description=description, state=state, updates=configuration_updates)

    @operation(schema="runtime", service="athena")
    def delete_work_group(self, work_group: str, recursive_delete_option: bool = False) -> None:
        """Delete a workgroup; if recursive, with its named queries, prepared statements and history."""
        self._home.workgroups.delete(work_group, recursive=recursive_delete_option)
