"""What the conditions of a query say of the rows that matter."""

from __future__ import annotations

from owlake.spi import Domain


def values_of(domain: Domain | None) -> list[str] | None:
    """The values that matter, if they are few; None where any may."""
    if domain is None or domain.values is None or domain.null_allowed:
        return None
    return [str(value) for value in domain.values]
