"""Keeping the lake in order: small files merged, what was replaced deleted, statistics gathered."""
