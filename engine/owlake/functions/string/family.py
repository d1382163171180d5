"""The family that the string functions join."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("string")
