"""Date and time functions (https://trino.io/docs/current/functions/datetime.html)."""

from owlake.functions.datetime import (
    adding,
    fields,
    operators,
    present,
    truncating,
    unix_time,
    zones,
)
from owlake.functions.datetime.family import FAMILY

__all__ = [
    "FAMILY",
    "adding",
    "fields",
    "operators",
    "present",
    "truncating",
    "unix_time",
    "zones",
]
