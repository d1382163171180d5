"""The family that the functions of conversion join."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("conversion")
