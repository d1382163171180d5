"""What Athena would charge (https://aws.amazon.com/athena/pricing/): 5 USD per TB scanned, at least 10 MB a query."""

from __future__ import annotations

USD_PER_TERABYTE = 5.0
_MEGABYTE = 1_000_000
_TERABYTE = 1_000_000_000_000
_MINIMUM_BYTES = 10 * _MEGABYTE

FREE_STATEMENTS = frozenset({"DDL", "UTILITY"})
"""Statement types that cost nothing; CTAS is DDL in Athena's words, but its query is charged."""


def billed_bytes(scanned: int) -> int:
    """Bytes rounded up to the megabyte, ten at least."""
    return max(_MINIMUM_BYTES, -(-scanned // _MEGABYTE) * _MEGABYTE)


def cost_usd(scanned: int, statement_type: str, substatement_type: str, *, failed: bool = False) -> float:
    """The price of a statement that scanned so many bytes. What failed is free, what was cancelled is not."""
    if failed:
        return 0.0
    if statement_type in FREE_STATEMENTS and substatement_type != "CREATE_TABLE_AS_SELECT":
        return 0.0
    if substatement_type in ("EXPLAIN", "CALL") and not scanned:
        # EXPLAIN ANALYZE runs the query, which is charged.
        return 0.0
    return billed_bytes(scanned) / _TERABYTE * USD_PER_TERABYTE
