"""One SELECT of the generated SQL while it grows: operators join it as long as SQL's own order lets them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from owlake.ir.expressions import Field, SortKey


class Stage(IntEnum):
    """How far a SELECT has come; what belongs to an earlier stage needs a new SELECT around it."""

    FROM = 0
    WHERE = 1
    GROUP = 2
    HAVING = 3
    WINDOW = 4
    SELECT = 5
    DISTINCT = 6
    ORDER = 7
    LIMIT = 8


@dataclass(slots=True)
class Block:
    """A SELECT in pieces. ``environment`` says what each field is called at its present stage."""

    source: str
    environment: dict[Field, str]
    stage: Stage = Stage.FROM
    where: list[str] = field(default_factory=list)
    group_by: str = ""
    having: list[str] = field(default_factory=list)
    select: list[tuple[str, str]] | None = None
    distinct: bool = False
    order_by: str = ""
    keys: tuple[SortKey, ...] = ()
    limit: str = ""
    named: bool = False
    """Whether the source's columns have names of their own in the whole statement."""
    joined: bool = False
    """Whether the source is a join, which needs parentheses on the right side of another."""

    def sql(self, fields: tuple[Field, ...]) -> str:
        """The SELECT, with exactly these fields as its columns."""
        if self.select is None:
            columns = [(self.environment[one], "") for one in fields]
            shown = ", ".join(sql for sql, _ in columns) or "1 AS one"
        else:
            shown = ", ".join(f"{sql} AS {name}" if sql != name else sql for sql, name in self.select) or "1 AS one"
        return self.text(shown)

    def text(self, columns: str) -> str:
        """The SELECT with a select list given as text."""
        parts = [f"SELECT {'DISTINCT ' if self.distinct else ''}{columns}"]
        if self.source:
            parts.append(f"FROM {self.source}")
        if self.where:
            parts.append(f"WHERE {' AND '.join(self.where)}")
        if self.group_by:
            parts.append(f"GROUP BY {self.group_by}")
        if self.having:
            parts.append(f"HAVING {' AND '.join(self.having)}")
        if self.order_by:
            parts.append(f"ORDER BY {self.order_by}")
        if self.limit:
            parts.append(self.limit)
        return " ".join(parts)
