"""The present. ``current_timestamp`` and its kin have a syntax of their own and become constants of the statement."""

from __future__ import annotations

from owlake.functions.datetime.family import FAMILY

# Analysis takes the statement's start, from the home's clock, in place of the call.
FAMILY.native(
    "now() -> timestamp(3) with time zone",
    "arrow_cast(date_trunc('millisecond', now()), 'Timestamp(µs, \"UTC\")')",
    "When the statement began",
)
FAMILY.native("current_timezone() -> varchar", "'UTC'", "The session's time zone: UTC")
