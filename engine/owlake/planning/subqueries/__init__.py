"""Correlated subqueries and lateral joins, made into joins wherever DataFusion cannot run them as they stand."""

from owlake.planning.subqueries.rewriting import unnest_subqueries

__all__ = ["unnest_subqueries"]
