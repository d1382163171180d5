"""Which destination a delivery stream has, beside the lake: an HTTP endpoint, or one of a plugin."""

from __future__ import annotations

from dataclasses import replace

from owlake.spi import DeliveryDestination, Home
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.configuration import buffering_of, check_largest
from owlake_connectors.firehose.destinations.http_endpoint import HttpEndpoint
from owlake_connectors.firehose.model import Destination
from owlake_connectors.firehose.shapes import BufferingHints, RetryOptions


def destination_of(home: Home, destination: Destination) -> DeliveryDestination | None:
    """The destination of records; None where it is the lake.

    Errors: InvalidArgumentException for what cannot be, or is not there.
    """
    if destination.http is not None:
        return HttpEndpoint(destination.http)
    if destination.plugin is None:
        return None
    kinds = home.plugins.delivery_destinations()
    found = kinds.get(destination.plugin.destination_name)
    if found is None:
        known = f"; there are {', '.join(sorted(kinds))}" if kinds else ""
        text = f"No plugin brings the destination {destination.plugin.destination_name}{known}"
        raise errors.invalid_argument(text)
    return found.create(home, destination.plugin.parameters or {})


def with_defaults(home: Home, destination: Destination) -> Destination:
    """A destination with what its plugin defaults to. Errors: as ``destination_of``."""
    found, plugin = destination_of(home, destination), destination.plugin
    if found is None or plugin is None:
        return destination
    sizes, intervals = found.size_in_mbs, found.interval_in_seconds
    hints = plugin.buffering_hints or BufferingHints(sizes[0], intervals[0])
    check_largest(buffering_of(hints), sizes[1], intervals[1], plugin.destination_name)
    retry = plugin.retry_options or RetryOptions(found.retry_seconds)
    return replace(destination, plugin=replace(plugin, buffering_hints=hints, retry_options=retry))
