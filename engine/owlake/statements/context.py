"""What a statement knows besides its own text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from owlake.analysis.access import ALLOW_ALL, AccessControl
from owlake.errors import OwlakeError, QueryWarning
from owlake.home import Home
from owlake.lake.storage import Storage

DEFAULT_CATALOG = "awsdatacatalog"
DEFAULT_DATABASE = "default"


def _only_the_default(catalog: str) -> bool:
    return catalog == DEFAULT_CATALOG


@dataclass(frozen=True, slots=True)
class StatementContext:
    """Who runs a statement, when, and where its names are looked up.

    Attributes:
        home: The open home.
        storage: The files of the lake.
        query_start: The time of the home's clock at which the statement began.
        catalog: The session's catalog.
        database: The session's database, None without one.
        principal: Who asks; becomes the owner of what is made.
        strict: Whether what Athena refuses is refused here too.
        text: The statement as written.
        access: What principals may see and do.
        catalog_exists: Whether there is a catalog of this (lower-case) name.
        warn: Takes what Athena would have said where ``strict`` is off.
    """

    home: Home
    storage: Storage
    query_start: datetime
    catalog: str = DEFAULT_CATALOG
    database: str | None = None
    principal: str = "owlake"
    strict: bool = False
    text: str = ""
    access: AccessControl = ALLOW_ALL
    catalog_exists: Callable[[str], bool] = _only_the_default
    warn: Callable[[QueryWarning], None] = field(default=lambda _: None)

    def tolerate(self, refusal: OwlakeError) -> None:
        """Athena refuses this: so do we when strict; otherwise the statement goes on, with a warning."""
        if self.strict:
            raise refusal
        self.warn(QueryWarning(refusal.code, f"Athena would refuse this: {refusal.message}", refusal.position))
