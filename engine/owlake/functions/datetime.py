"""Date and time functions (https://trino.io/docs/current/functions/datetime.html)."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("datetime")

for _name, _part in (
    ("year", "year"),
    ("month", "month"),
    ("day", "day"),
    ("quarter", "quarter"),
    ("day_of_year", "doy"),
):
    for _type in ("date", "timestamp(p)"):
        FAMILY.native(f"{_name}({_type}) -> bigint", f"CAST(date_part('{_part}', {{0}}) AS BIGINT)", f"The {_part}")
