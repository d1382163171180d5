"""The family that the binary functions join."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("binary")
