"""CAST from and to JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.planning.cast_rules import call
from owlake.types.model import JSON, Type, Varchar

if TYPE_CHECKING:
    from owlake.functions.registry import CallSite


def json_cast(site: CallSite, sql: str, source: Type, target: Type, *, safe: bool) -> str:
    """The SQL of a cast that has JSON on one side."""
    if target == JSON:
        from owlake.functions.json.writing import to_json_kernel  # noqa: PLC0415  (pyarrow.compute, on use)

        return call(site, to_json_kernel(_held(source)), (sql, source), target)
    from owlake.functions.json.reading import from_json_kernel  # noqa: PLC0415  (pyarrow.compute, on use)

    return call(site, from_json_kernel(target), (sql, source), target, safe)


def _held(type_: Type) -> Type:
    """The type as far as its JSON depends on it: one kernel serves texts of any length."""
    return Varchar() if isinstance(type_, Varchar) else type_
