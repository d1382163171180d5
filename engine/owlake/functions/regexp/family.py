"""The family that the functions of regular expressions join."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("regexp")
