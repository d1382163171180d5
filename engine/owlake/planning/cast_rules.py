"""What rules of CAST are made of: see ``owlake.planning.casts``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from owlake.ir.expressions import Constant
from owlake.planning.text import arrow_name, cast_text, string
from owlake.types.model import BIGINT, BOOLEAN, VARCHAR, Char, Type, Varchar

if TYPE_CHECKING:
    from owlake.functions.registry import CallSite

Rule = Callable[["CallSite", str, Type, Type, bool], str]
"""Converts: the site, the value's SQL, its type, the wanted type, whether a failure is NULL."""


def native(sql: str, target: Type, *, safe: bool) -> str:
    """DataFusion's own cast, where it does what Trino's does."""
    text = cast_text(sql, target)
    if not safe:
        return text
    if text.startswith("CAST("):
        return f"TRY_{text}"
    return f"arrow_try_cast({sql}, {string(arrow_name(target))})"


def by_datafusion(_: CallSite, sql: str, __: Type, target: Type, safe: bool) -> str:
    """A rule for types that DataFusion converts as Trino does."""
    return native(sql, target, safe=safe)


def unchanged(_: CallSite, sql: str, __: Type, ___: Type, ____: bool) -> str:
    """A rule for types that hold the same values."""
    return sql


def arrow_cast(sql: str, target: Type) -> str:
    """DataFusion's cast to the Arrow type of a type."""
    return f"arrow_cast({sql}, {string(arrow_name(target))})"


def call(site: CallSite, kernel: Callable[..., Any], value: tuple[str, Type], target: Type, *constants: int) -> str:
    """A call of a kernel over one value; ``constants`` are numbers and switches that it wants besides."""
    given = [Constant(BOOLEAN if isinstance(one, bool) else BIGINT, one) for one in constants]
    return site.kernel(kernel, [value, *given], target)


def kernel_rule(module: str, name: str, *constants: Callable[[Type], int], fails: bool = True) -> Rule:
    """A rule that calls a kernel of ``owlake.functions``, imported on first use.

    ``constants`` take from the wanted type what the kernel must know; the kernels of casts that may fail are told last
    whether to give NULL.
    """

    def rule(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
        kernel = getattr(importlib.import_module(f"owlake.functions.{module}"), name)
        given = [constant(target) for constant in constants]
        return call(site, kernel, (sql, source), target, *given, *((safe,) if fails else ()))

    return rule


def bounded(site: CallSite, sql: str, longest: int, target: Type, *, safe: bool) -> str:
    """Text of at most ``longest`` characters as text of a bounded type, which it must fit."""
    length = target.length if isinstance(target, Varchar | Char) else None
    if length is None or length >= longest:
        return sql
    from owlake.functions.temporal.writing import checked_length  # noqa: PLC0415  (only bounded texts need it)

    return call(site, checked_length, (sql, VARCHAR), target, length, safe)


def truncated(sql: str, target: Type) -> str:
    """Text cut to the length of its type."""
    length = target.length if isinstance(target, Varchar | Char) else None
    return sql if length is None else f"left({sql}, {length})"
