"""JSON functions (https://trino.io/docs/current/functions/json.html)."""

from owlake.functions.json import arrays, extraction, parsing
from owlake.functions.json.family import FAMILY

__all__ = ["FAMILY", "arrays", "extraction", "parsing"]
