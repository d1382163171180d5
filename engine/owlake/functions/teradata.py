"""Functions of Teradata (https://trino.io/docs/current/functions/teradata.html); those of dates are with the dates."""

from __future__ import annotations

import binascii
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.octets import Octets, bounds_of_lengths, is_continuation, octets
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
    source = octets(texts)
    digits = binascii.hexlify(source.data.tobytes().decode().encode("utf-16-be")).upper()
    # What begins with such a byte is beyond the first plane: two units of UTF-16.
    units = (~is_continuation(source.data)).astype(np.int64) + (source.data >= 0xF0)
    offsets = bounds_of_lengths(units)[source.offsets] * 4
    return Octets(np.frombuffer(digits, np.uint8), offsets, source.present).array(pa.string())
