"""Workgroups: who runs statements with which settings, in the shapes of Athena's API.

https://docs.aws.amazon.com/athena/latest/ug/workgroups-manage-queries-control-costs.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from owlake.errors import OwlakeError
from owlake.lake import uris
from owlake.properties import SessionProperties
from owlake.queries.refusals import check_length, check_one_of, check_workgroup_name, invalid_request, violated

ENGINE = "Athena engine version 3"
PRIMARY = "primary"
LEAST_CUTOFF = 10_000_000
STATES = ("ENABLED", "DISABLED")

State = Literal["ENABLED", "DISABLED"]


@dataclass(frozen=True, slots=True)
class EncryptionConfiguration:
    """How results are encrypted. Kept and shown; files of a home are not encrypted."""

    encryption_option: Literal["SSE_S3", "SSE_KMS", "CSE_KMS"]
    kms_key: str | None = None


@dataclass(frozen=True, slots=True)
class AclConfiguration:
    """Who owns results. Kept and shown."""

    s3_acl_option: Literal["BUCKET_OWNER_FULL_CONTROL"]


@dataclass(frozen=True, slots=True)
class ResultConfiguration:
    """Where results go: ``output_location`` is a folder, ``s3://bucket/prefix/``."""

    output_location: str | None = None
    encryption_configuration: EncryptionConfiguration | None = None
    expected_bucket_owner: str | None = None
    acl_configuration: AclConfiguration | None = None


@dataclass(frozen=True, slots=True)
class EngineVersion:
    """Athena's engine: there is one version, whichever is selected."""

    selected_engine_version: str | None = "AUTO"
    effective_engine_version: str | None = ENGINE


@dataclass(frozen=True, slots=True)
class EngineConfiguration:
    """Session properties by name (``additional_configs``), such as ``memory_limit`` or ``athena_strict``."""

    additional_configs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataUsageLimit:
    """Bytes that the workgroup may scan in a time; owlake's own, Athena keeps these in CloudWatch.

    ALARM leaves a row in ``system.runtime.alarms``, which is all that Athena does. CANCEL also ends the statement
    that goes over the limit, and those after it while the limit is reached.
    """

    bytes_scanned: int
    period_in_minutes: int
    action: Literal["ALARM", "CANCEL"] = "ALARM"


@dataclass(frozen=True, slots=True)
class WorkGroupConfiguration:
    """The settings of a workgroup.

    Attributes:
        enforce_work_group_configuration: Whether its result and engine configuration win over the session's.
        bytes_scanned_cutoff_per_query: Bytes at which a statement is ended; at least 10,000,000.
        data_usage_limits: Bytes of all its statements together.
    """

    result_configuration: ResultConfiguration = field(default_factory=ResultConfiguration)
    enforce_work_group_configuration: bool = True
    publish_cloud_watch_metrics_enabled: bool = False
    bytes_scanned_cutoff_per_query: int | None = None
    requester_pays_enabled: bool = False
    engine_version: EngineVersion = field(default_factory=EngineVersion)
    engine_configuration: EngineConfiguration | None = None
    additional_configuration: str | None = None
    execution_role: str | None = None
    enable_minimum_encryption_configuration: bool = False
    data_usage_limits: Sequence[DataUsageLimit] | None = None

    @property
    def properties(self) -> Mapping[str, str]:
        """Session properties by name."""
        return self.engine_configuration.additional_configs if self.engine_configuration else {}


PRIMARY_CONFIGURATION = WorkGroupConfiguration(enforce_work_group_configuration=False)
"""As every home begins: ``primary`` asks nothing of anybody."""


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """A workgroup."""

    name: str
    state: State
    configuration: WorkGroupConfiguration
    creation_time: datetime
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag."""

    key: str
    value: str | None = None


def check_configuration(configuration: WorkGroupConfiguration) -> None:
    """Errors: InvalidRequestException, for what Athena's model or the engine does not take."""
    cutoff = configuration.bytes_scanned_cutoff_per_query
    if cutoff is not None and cutoff < LEAST_CUTOFF:
        member = "configuration.bytesScannedCutoffPerQuery"
        raise violated(member, f"have value greater than or equal to {LEAST_CUTOFF}")
    check_output_location(configuration.result_configuration.output_location)
    version = configuration.engine_version.selected_engine_version
    if version not in (None, "AUTO", ENGINE):
        raise invalid_request(f"Invalid engine version: {version}")
    _check_properties(configuration.properties)
    for limit in configuration.data_usage_limits or ():
        check_one_of("configuration.dataUsageLimits.member.action", limit.action, ("ALARM", "CANCEL"))
        if limit.bytes_scanned < 1 or limit.period_in_minutes < 1:
            raise violated("configuration.dataUsageLimits", "have value greater than or equal to 1")


def check_output_location(location: str | None) -> None:
    """Errors: InvalidRequestException."""
    if location is None:
        return
    try:
        is_bucket = uris.parse(location).bucket is not None
    except OwlakeError:
        is_bucket = False
    if not is_bucket:
        raise invalid_request("outputLocation is not a valid S3 path.")


def check_name(member: str, name: str) -> None:
    """Errors: InvalidRequestException."""
    check_workgroup_name(member, name)


def check_description(description: str | None) -> None:
    """Errors: InvalidRequestException."""
    if description is not None:
        check_length("description", description, 0, 1024)


def _check_properties(values: Mapping[str, str]) -> None:
    if "workgroup" in values:
        raise invalid_request("A workgroup cannot choose the workgroup of its sessions")
    try:
        SessionProperties().with_values(values)
    except OwlakeError as problem:
        raise invalid_request(f"engineConfiguration: {problem.report}") from None
