"""What the conditions of a query say of the rows that matter."""

from __future__ import annotations

from owlake.spi import Asked


def texts(asked: Asked, column: str) -> list[str] | None:
    """The few texts that a condition leaves of a column; None where they are not known, and where NULL is one."""
    domain = asked.scan.constraint.get(column)
    if domain is None or domain.values is None or domain.null_allowed:
        return None
    return [one for one in domain.values if isinstance(one, str)]
