"""Where permissions enter: analysis asks before it resolves a table, a column or an action.

A column that the principal may not see does not resolve; a row filter becomes a predicate under the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class AccessControl(Protocol):
    """Answers what a principal may do. Names are lower case."""

    def can_select(self, principal: str, catalog: str, schema: str, table: str) -> bool:
        """Whether the table may be read at all."""

    def visible_columns(
        self, principal: str, catalog: str, schema: str, table: str, columns: Sequence[str]
    ) -> Sequence[str]:
        """Those of the columns that the principal may see."""

    def row_filter(self, principal: str, catalog: str, schema: str, table: str) -> str | None:
        """A boolean SQL expression over the table's columns that every row must satisfy, or None."""

    def can_modify(self, principal: str, catalog: str, schema: str, table: str, action: str) -> bool:
        """Whether the action (INSERT, CREATE, DROP, ALTER) is allowed; an empty table stands for the schema itself."""


class AllowAll:
    """Everyone may do everything."""

    def can_select(self, principal: str, catalog: str, schema: str, table: str) -> bool:  # noqa: ARG002
        """Yes."""
        return True

    def visible_columns(
        self,
        principal: str,  # noqa: ARG002
        catalog: str,  # noqa: ARG002
        schema: str,  # noqa: ARG002
        table: str,  # noqa: ARG002
        columns: Sequence[str],
    ) -> Sequence[str]:
        """All of them."""
        return columns

    def row_filter(self, principal: str, catalog: str, schema: str, table: str) -> str | None:  # noqa: ARG002
        """None."""
        return None

    def can_modify(self, principal: str, catalog: str, schema: str, table: str, action: str) -> bool:  # noqa: ARG002
        """Yes."""
        return True


ALLOW_ALL: AccessControl = AllowAll()
