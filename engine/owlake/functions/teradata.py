"""Functions of Teradata (https://trino.io/docs/current/functions/teradata.html); those of dates are with the dates."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from owlake.functions.distinct import once_per_value
from owlake.functions.registry import Family

FAMILY = Family("teradata")

FAMILY.native(
    "index(varchar, varchar) -> bigint",
    "CAST(strpos({0}, {1}) AS BIGINT)",
    "The place of the first occurrence, 0 if there is none",
)


@FAMILY.kernel("char2hexint(varchar) -> varchar")
def char2hexint(texts: Any) -> pa.Array:
    """The hexadecimal digits of a text in UTF-16."""
    return once_per_value(
        texts, lambda values: [value.encode("utf-16-be").hex().upper() for value in values], pa.string()
    )
