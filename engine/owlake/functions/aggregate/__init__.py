"""Aggregate functions (https://trino.io/docs/current/functions/aggregate.html).

Native aggregates of DataFusion where they mean the same; for the others the rows of each group are collected
natively and a kernel finishes all groups of a batch at once (``owlake.functions.segments``).
"""

from owlake.functions.aggregate import (
    approximate,
    by_key,
    checksums,
    collections,
    data_size,
    general,
    reduction,
    statistics,
    text,
)
from owlake.functions.aggregate.family import FAMILY

__all__ = [
    "FAMILY",
    "approximate",
    "by_key",
    "checksums",
    "collections",
    "data_size",
    "general",
    "reduction",
    "statistics",
    "text",
]
