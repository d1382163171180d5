"""Mathematical functions (https://trino.io/docs/current/functions/math.html)."""

from owlake.functions.math import elementary, rounding
from owlake.functions.math.family import FAMILY

__all__ = ["FAMILY", "elementary", "rounding"]
