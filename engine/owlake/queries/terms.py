"""What a workgroup says of a statement that begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from owlake.errors import OwlakeError, error
from owlake.properties import SessionProperties

if TYPE_CHECKING:
    from owlake.home import Home
    from owlake.queries.workgroup import DataUsageLimit

DEFAULT_OUTPUT_LOCATION = "s3://athena-query-results/"
"""Where results go that were given no place: a bucket of the home."""


class ScanLimit(NamedTuple):
    """Bytes that a statement may scan, and what it is told when it has scanned more."""

    bytes: int
    message: str

    def exceeded(self) -> OwlakeError:
        """What the statement ends with."""
        return error("EXCEEDED_SCAN_LIMIT", self.message, bare=True)


class Terms(NamedTuple):
    """How a statement is run.

    Attributes:
        properties: The session's properties, with those of the workgroup.
        output_location: The folder of its results, with a slash at the end.
        writes_results: Whether somebody wants results there; if nobody does, only written files are listed there.
        location_enforced: Whether nobody but the workgroup chooses where results go.
        data_usage: The workgroup's limits for all of its statements.
    """

    properties: SessionProperties
    output_location: str
    writes_results: bool = False
    location_enforced: bool = False
    scan_limits: tuple[ScanLimit, ...] = ()
    data_usage: tuple[DataUsageLimit, ...] = ()


def terms_for(home: Home, properties: SessionProperties, given: Mapping[str, Any]) -> Terms:
    """The terms of a session with these properties, of which somebody gave ``given``.

    Errors: INVALID_INPUT for a workgroup that is not there or disabled.
    """
    with home.metastore.read() as reader:
        settings = reader.workgroup_settings(properties.workgroup)
    if settings is None:
        raise error("INVALID_INPUT", "WorkGroup is not found.", bare=True)
    state, configuration = settings
    if state != "ENABLED":
        raise error("INVALID_INPUT", f"WorkGroup {properties.workgroup} is disabled", bare=True)
    if configuration is None:
        location = properties.output_location
        return Terms(properties, location or DEFAULT_OUTPUT_LOCATION, location is not None)
    return _configured(home, properties, given, configuration)


def _configured(home: Home, properties: SessionProperties, given: Mapping[str, Any], text: str) -> Terms:
    from owlake.queries.data_usage import remaining  # noqa: PLC0415  (most homes configure none)
    from owlake.queries.workgroups import configuration_of  # noqa: PLC0415  (as above)

    configuration = configuration_of(text)
    enforced = configuration.enforce_work_group_configuration
    wanted = {**given, **configuration.properties} if enforced else {**configuration.properties, **given}
    own = configuration.result_configuration.output_location
    wanted_location = (enforced and own) or properties.output_location or own
    location = wanted_location or DEFAULT_OUTPUT_LOCATION
    limits = []
    if configuration.bytes_scanned_cutoff_per_query is not None:
        limits.append(ScanLimit(configuration.bytes_scanned_cutoff_per_query, "Bytes scanned limit was exceeded"))
    usage = tuple(configuration.data_usage_limits or ())
    limits += [remaining(home, properties.workgroup, limit) for limit in usage if limit.action == "CANCEL"]
    return Terms(
        SessionProperties().with_values(wanted),
        location if location.endswith("/") else f"{location}/",
        bool(wanted_location),
        bool(enforced and own),
        tuple(limits),
        usage,
    )
