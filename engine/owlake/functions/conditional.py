"""Functions that choose among their arguments."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("conditional")
