"""Mathematical functions (https://trino.io/docs/current/functions/math.html)."""

from owlake.functions.math import bases, buckets, distributions, elementary, random, rounding, similarity
from owlake.functions.math.family import FAMILY

__all__ = ["FAMILY", "bases", "buckets", "distributions", "elementary", "random", "rounding", "similarity"]
