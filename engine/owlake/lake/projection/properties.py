"""Reading ``projection.*`` table properties, and refusing those that Athena refuses when a query reads the table.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-setting-up.html
"""

from __future__ import annotations

from dataclasses import dataclass

from owlake.catalog.model import Table
from owlake.errors import OwlakeError, error

ENABLED = "projection.enabled"
TEMPLATE = "storage.location.template"


def is_enabled(table: Table) -> bool:
    """Whether the table's partitions are projected instead of looked up."""
    return bool(table.partition_keys) and table.parameters.get(ENABLED, "").strip().lower() == "true"


@dataclass(frozen=True, slots=True)
class ColumnProperties:
    """The ``projection.<column>.*`` properties of one column."""

    table: Table
    column: str

    def key(self, name: str) -> str:
        """The property's key: ``projection.year.range``."""
        return f"projection.{self.column}.{name}"

    def get(self, name: str) -> str | None:
        """The property as it stands, or None."""
        key = self.key(name)
        value = self.table.parameters.get(key)
        if value is None:
            for other, candidate in self.table.parameters.items():
                if other.lower() == key:
                    return candidate
        return value

    def require(self, name: str) -> str:
        """The property as it stands. Errors: INVALID_TABLE_PROPERTY where it is missing."""
        value = self.get(name)
        if value is None:
            raise self.invalid(f"property '{self.key(name)}' is required")
        return value

    def pair(self, name: str) -> tuple[str, str]:
        """The two elements of ``a,b``, blanks kept."""
        elements = self.require(name).split(",")
        if len(elements) != 2:
            raise self.invalid(f"property '{self.key(name)}' must be two values with a comma between them")
        return elements[0], elements[1]

    def positive_integer(self, name: str) -> int | None:
        """The property as a number of at least 1; None where it is missing."""
        text = self.get(name)
        if text is None:
            return None
        if not (text.strip().isascii() and text.strip().isdigit() and int(text) > 0):
            raise self.invalid(f"property '{self.key(name)}' must be a positive integer, not '{text}'")
        return int(text)

    def invalid(self, reason: str) -> OwlakeError:
        """The refusal of a property."""
        return error(
            "INVALID_TABLE_PROPERTY",
            f"Partition projection of column '{self.column}' of table {self.table.database}.{self.table.name}"
            f" is not valid: {reason}",
        )
