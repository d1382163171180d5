"""The schema registry of AWS Glue: schemas of records with their versions, kept compatible."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.spi import Connector, ConnectorContext, ConnectorFactory, hookimpl


def create(context: ConnectorContext) -> Connector:
    """The connector of the home's ``schema_registry`` catalog."""
    from owlake_connectors.schema_registry.connector import SchemaRegistry  # noqa: PLC0415  (its parts, on use)

    return SchemaRegistry(context)


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A catalog that every home has."""
    return [
        ConnectorFactory("schema_registry", create, "Schemas of records and their versions", catalog="schema_registry")
    ]
