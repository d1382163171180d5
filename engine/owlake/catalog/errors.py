"""What the metastore refuses: the Glue API's exceptions, with its messages.

Statements turn them into Athena's texts; the Glue door shows them as they are.
"""

from __future__ import annotations

from owlake.error_codes import USER
from owlake.errors import ProgrammingError


class CatalogError(ProgrammingError):
    """Base of the metastore's refusals; ``exception`` is what the Glue API calls it."""

    exception = "InvalidInputException"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, category=USER, type=1300)


class EntityNotFound(CatalogError):  # noqa: N818  (the Glue API's word)
    """There is no such database, table or partition."""

    exception = "EntityNotFoundException"

    def __init__(self, message: str) -> None:
        super().__init__("NOT_FOUND", message)


class AlreadyExists(CatalogError):  # noqa: N818  (the Glue API's word)
    """The name is taken."""

    exception = "AlreadyExistsException"

    def __init__(self, message: str) -> None:
        super().__init__("ALREADY_EXISTS", message)


class InvalidInput(CatalogError):  # noqa: N818  (the Glue API's word)
    """The values cannot be stored as they are."""

    def __init__(self, message: str) -> None:
        super().__init__("INVALID_INPUT", message)


class ConcurrentModification(CatalogError):  # noqa: N818  (the Glue API's word)
    """The table is no longer at the version that the caller read, or the write was given up by others."""

    exception = "ConcurrentModificationException"

    def __init__(self, message: str) -> None:
        super().__init__("HIVE_CONCURRENT_MODIFICATION_DETECTED", message)


class LimitExceeded(CatalogError):  # noqa: N818  (the Glue API's word)
    """There are as many as there may be."""

    exception = "ResourceNumberLimitExceededException"

    def __init__(self, message: str) -> None:
        super().__init__("INVALID_INPUT", message)
