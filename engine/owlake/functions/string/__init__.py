"""String functions (https://trino.io/docs/current/functions/string.html)."""

from owlake.functions.string import basics, distances, letters, padding, splitting, trimming
from owlake.functions.string.family import FAMILY

__all__ = ["FAMILY", "basics", "distances", "letters", "padding", "splitting", "trimming"]
