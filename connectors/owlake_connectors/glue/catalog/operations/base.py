"""What the Data Catalog's operations have in common: transactions of the lake's metastore, in Glue's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from owlake.spi import ACCOUNT, CatalogReader, CatalogTransaction, Home, catalog_model
from owlake_connectors.glue.catalog.errors import invalid_input, not_found, not_supported, translated

_BARE_STAR = re.compile(r"(?<![.\])}\\])\*")


class OfCatalog:
    """Operations on the Data Catalog, which is the lake's own metastore."""

    _home: Home

    @contextmanager
    def _reading(self, catalog_id: str | None) -> Iterator[CatalogReader]:
        """One state of the catalog. Errors: EntityNotFoundException for another one than the home's."""
        check_catalog(catalog_id)
        with translated(), self._home.metastore.read() as catalog:
            yield catalog

    @contextmanager
    def _writing(self, catalog_id: str | None) -> Iterator[CatalogTransaction]:
        """Changes that are seen together, or not at all."""
        check_catalog(catalog_id)
        with translated(), self._home.metastore.write() as catalog:
            yield catalog


def existing_table(catalog: CatalogReader, database: str, name: str) -> catalog_model.Table:
    """The table. Errors: EntityNotFound, which names the database where that is what is missing."""
    table = catalog.find_table(database, name)
    if table is None:
        catalog.get_database(database)
        return catalog.get_table(database, name)
    return table


def refuse(**given: Any) -> None:
    """Refuse what no operation of this catalog does. Errors: InvalidInputException, for the first that is given."""
    for name, value in given.items():
        if value is not None:
            raise not_supported(name)


def name_pattern(text: str) -> re.Pattern[str]:
    """Names that an expression asks for: a regular expression of whole names, in which a bare ``*`` is any text.

    Errors: InvalidInputException.
    """
    try:
        return re.compile(_BARE_STAR.sub(".*", text), re.IGNORECASE)
    except re.error as problem:
        raise invalid_input(f"Invalid regular expression {text}: {problem}") from problem


def version_number(text: str) -> int:
    """A version. Errors: InvalidInputException."""
    if not (text.isascii() and text.isdecimal()):
        raise invalid_input(f"VersionId must be a number: {text}")
    return int(text)


def check_catalog(catalog_id: str | None) -> None:
    """Refuse another catalog than the home's. Errors: EntityNotFoundException."""
    if catalog_id not in (None, ACCOUNT):
        raise not_found(f"Catalog {catalog_id} not found.")
