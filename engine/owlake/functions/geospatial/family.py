"""The family of the geospatial functions: its modules declare into it."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("geospatial")
