"""The family that the JSON functions join."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("json")
