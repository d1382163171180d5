"""The tables of ``system.metadata``: which catalogs there are."""

from __future__ import annotations

from collections.abc import Iterator

from owlake.spi import TEXTS_BY_NAME, Asked, OwlakeError, Row, rows_definition, types


def _catalogs(asked: Asked) -> Iterator[Row]:
    catalogs = asked.home.catalogs
    yield "awsdatacatalog", "lake", [], "PLUGIN", "ATTACHED", None
    for name, one in sorted(catalogs.attached().items()):
        problem = None
        try:
            catalogs.connector(name)
        except OwlakeError as found:
            problem = found.report
        shown = sorted(catalogs.shown_properties(one).items())
        yield name, one.connector, shown, one.origin, "ATTACHED" if problem is None else "FAILED", problem


CATALOGS = rows_definition(
    _catalogs,
    ("catalog_name", types.VARCHAR, "Its name"),
    ("connector_name", types.VARCHAR, "The kind of its connector"),
    ("properties", TEXTS_BY_NAME, "Its properties; secrets are hidden"),
    ("origin", types.VARCHAR, "Who brought it: PLUGIN, CONFIGURATION or CREATED"),
    ("state", types.VARCHAR, "ATTACHED, or FAILED: it cannot be used"),
    ("error", types.VARCHAR, "Why it cannot be used"),
)


def _kinds(asked: Asked) -> Iterator[Row]:
    for name, kind in sorted(asked.home.catalogs.kinds().items()):
        if kind.catalog is None:
            for one in kind.properties:
                default = None if one.default is None else str(one.default)
                yield name, one.name, one.type.__name__, default, one.required, one.secret, one.description


CATALOG_PROPERTIES = rows_definition(
    _kinds,
    ("connector_name", types.VARCHAR, "The kind of connector"),
    ("property_name", types.VARCHAR, "What create_catalog may set"),
    ("type", types.VARCHAR, "str, int, float or bool"),
    ("default_value", types.VARCHAR, "What it is where nobody says"),
    ("required", types.BOOLEAN, "Whether it must be set"),
    ("secret", types.BOOLEAN, "Whether it is never shown"),
    ("description", types.VARCHAR, "What it does"),
)

TABLES = {"catalog_properties": CATALOG_PROPERTIES, "catalogs": CATALOGS}
"""The tables by name."""
