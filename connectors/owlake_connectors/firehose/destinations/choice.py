"""Which destination a delivery stream has, beside the lake: an HTTP endpoint, a table, or one of a plugin."""

from __future__ import annotations

from dataclasses import replace

from owlake.spi import DeliveryDestination, Home
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.configuration import buffering_of, check_largest
from owlake_connectors.firehose.destinations.http_endpoint import HttpEndpoint
from owlake_connectors.firehose.destinations.lake_table import LakeTable, with_error_output
from owlake_connectors.firehose.model import Destination
from owlake_connectors.firehose.shapes import (
    BufferingHints,
    PluginDestinationConfiguration,
    RetryOptions,
    TableDestinationConfiguration,
)


def destination_of(home: Home, destination: Destination) -> DeliveryDestination | None:
    """The destination of records; None where it is the lake.

    Errors: InvalidArgumentException for what cannot be, or is not there.
    """
    if destination.http is not None:
        return HttpEndpoint(destination.http)
    if destination.table is not None:
        return LakeTable(home, destination.table)
    if destination.plugin is None:
        return None
    kinds = home.plugins.delivery_destinations()
    found = kinds.get(destination.plugin.destination_name)
    if found is None:
        known = f"; there are {', '.join(sorted(kinds))}" if kinds else ""
        text = f"No plugin brings the destination {destination.plugin.destination_name}{known}"
        raise errors.invalid_argument(text)
    return found.create(home, destination.plugin.parameters or {})


def with_defaults(home: Home, stream: str, destination: Destination) -> Destination:
    """A destination with what its plugin, or its table, defaults to. Errors: as ``destination_of``."""
    found, plugin, table = destination_of(home, destination), destination.plugin, destination.table
    if found is not None and plugin is not None:
        hints, retry = _limits(found, plugin, plugin.destination_name)
        return replace(destination, plugin=replace(plugin, buffering_hints=hints, retry_options=retry))
    if found is not None and table is not None:
        table = with_error_output(home, stream, table)
        hints, retry = _limits(found, table, "a table")
        return replace(destination, table=replace(table, buffering_hints=hints, retry_options=retry))
    return destination


def _limits(
    found: DeliveryDestination,
    configuration: PluginDestinationConfiguration | TableDestinationConfiguration,
    name: str,
) -> tuple[BufferingHints, RetryOptions]:
    """When records are delivered, and for how long they are tried again: as configured, or as the destination says."""
    sizes, intervals = found.size_in_mbs, found.interval_in_seconds
    hints = configuration.buffering_hints or BufferingHints(sizes[0], intervals[0])
    check_largest(buffering_of(hints), sizes[1], intervals[1], name)
    return hints, configuration.retry_options or RetryOptions(found.retry_seconds)
