"""What a plugin can add to owlake: every hook there is, and nothing else.

A plugin is a module with functions marked ``@hookimpl``, named by an entry point of the group ``owlake``. Hooks
register what does the work; they are called once for each open home, when something is first asked for that they may
add.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from owlake.connector.connector import ConnectorFactory
    from owlake.connector.destinations import DeliveryDestinationFactory
    from owlake.functions.registry import Family
    from owlake.lake.formats.base import Format

hookspec = pluggy.HookspecMarker("owlake")
hookimpl = pluggy.HookimplMarker("owlake")


@hookspec
def register_connectors() -> Sequence[ConnectorFactory]:  # type: ignore[empty-body]
    """Kinds of connectors: catalogs that are always there, and kinds that ``create_catalog`` attaches."""


@hookspec
def register_functions() -> Sequence[Family]:  # type: ignore[empty-body]
    """Families of functions, called like Trino's own. A name that Trino has keeps Trino's meaning."""


@hookspec
def register_formats() -> Mapping[str, Format]:  # type: ignore[empty-body]
    """File formats, by the SerDe class that tables name (``ROW FORMAT SERDE '...'``)."""


@hookspec
def register_lambdas() -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:  # type: ignore[empty-body]
    """Functions by name that transform records of delivery streams: an event in, a response out, as in AWS Lambda."""


@hookspec
def register_delivery_destinations() -> Sequence[DeliveryDestinationFactory]:  # type: ignore[empty-body]
    """Kinds of destinations of delivery streams, beside the lake, its tables and HTTP endpoints."""
