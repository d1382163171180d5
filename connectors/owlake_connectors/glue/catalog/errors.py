"""What the Data Catalog refuses: the service's exceptions with its texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from owlake.spi import CatalogError, OwlakeError, error
from owlake_connectors.glue.catalog.shapes import ErrorDetail


def invalid_input(text: str) -> OwlakeError:
    """A value that the catalog does not take."""
    return error("InvalidInputException", text)


def not_supported(what: str) -> OwlakeError:
    """Something that Glue does and this catalog does not: refused, and not left out in silence."""
    return invalid_input(f"{what} is not supported")


def not_found(text: str) -> OwlakeError:
    """There is no such thing in the catalog."""
    return error("EntityNotFoundException", text)


def already_exists(text: str) -> OwlakeError:
    """The name is taken."""
    return error("AlreadyExistsException", text)


def detail(problem: OwlakeError) -> ErrorDetail:
    """What a batch says of one of its items."""
    return ErrorDetail(problem.code, problem.message)


@contextmanager
def translated() -> Iterator[None]:
    """What the engine's metastore refuses in the block, as Glue's exceptions."""
    try:
        yield
    except CatalogError as problem:
        raise error(problem.exception, problem.message) from problem
