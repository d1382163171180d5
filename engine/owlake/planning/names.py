"""Unique names in generated SQL: DataFusion refuses two columns of one name, and Trino does not."""

from __future__ import annotations

import re

from owlake.ir.expressions import Field

_PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,30}")


class Names:
    """Gives out names for tables and columns, each once in a statement."""

    def __init__(self) -> None:
        self._count = 0

    def table(self) -> str:
        """A name for a relation."""
        self._count += 1
        return f"t{self._count}"

    def column(self, field: Field) -> str:
        """A name for a column, after the person's name for it where that is a plain word."""
        self._count += 1
        name = field.name.lower()
        return f"{name}_{self._count}" if _PLAIN.fullmatch(name) else f"c_{self._count}"
