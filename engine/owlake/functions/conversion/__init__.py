"""Conversion of values and types (https://trino.io/docs/current/functions/conversion.html)."""

from owlake.functions.conversion import formatting, sizes, types
from owlake.functions.conversion.family import FAMILY

__all__ = ["FAMILY", "formatting", "sizes", "types"]
