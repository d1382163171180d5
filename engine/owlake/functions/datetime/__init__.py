"""Date and time functions (https://trino.io/docs/current/functions/datetime.html)."""

from owlake.functions.datetime import (
    adding,
    durations,
    fields,
    formatting,
    iso8601,
    operators,
    parsing,
    present,
    truncating,
    unix_time,
    zones,
)
from owlake.functions.datetime.family import FAMILY

__all__ = [
    "FAMILY",
    "adding",
    "durations",
    "fields",
    "formatting",
    "iso8601",
    "operators",
    "parsing",
    "present",
    "truncating",
    "unix_time",
    "zones",
]
