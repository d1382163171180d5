"""Functions about the engine and who uses it (https://trino.io/docs/current/functions/system.html)."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from owlake.functions.registry import CallSite, Family
from owlake.ir.expressions import Constant, MakeArray

FAMILY = Family("system")


@FAMILY.sql("version() -> varchar")
def _version(site: CallSite) -> str:
    """The version of the engine."""
    return site.render(Constant(site.type, _installed()))


def _installed() -> str:
    try:
        return f"owlake {version('owlake')}"
    except PackageNotFoundError:
        return "owlake"


@FAMILY.sql("current_groups() -> array(varchar)")
def _current_groups(site: CallSite) -> str:
    """The groups of the user: there are none here."""
    return site.render(MakeArray(site.type, ()))
