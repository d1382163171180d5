"""The ``system`` catalog: the engine's own state as tables, and what can be done to it."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.spi import Connector, ConnectorContext, ConnectorFactory, hookimpl


def create(context: ConnectorContext) -> Connector:
    """The connector of the home's ``system`` catalog."""
    from owlake_connectors.system.connector import SystemConnector  # noqa: PLC0415  (Athena's shapes, on use)

    return SystemConnector(context.home)


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A catalog that every home has."""
    return [ConnectorFactory("system", create, "The engine itself: executions, workgroups, catalogs", catalog="system")]
