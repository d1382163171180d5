"""Regular expressions (https://trino.io/docs/current/functions/regexp.html)."""

from owlake.functions.regexp import matching, replacing
from owlake.functions.regexp.family import FAMILY

__all__ = ["FAMILY", "matching", "replacing"]
