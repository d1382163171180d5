"""All matches of a pattern by the native engine, which finds them but cannot list them: it sets marks around them.

A kernel then reads the marked texts, whole columns at a time. Where texts have the mark themselves, it has to look for
the matches itself.
"""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc

from owlake.functions.regexp.constants import native_pattern
from owlake.functions.regexp.syntax import parse
from owlake.functions.registry import CallSite
from owlake.functions.texts import constant_text, quoted, text_of
from owlake.ir.expressions import Constant, Expression
from owlake.types.model import BIGINT, VARCHAR, Type

MARK = "\x15"
"""A control character that texts hardly have."""

_WHOLE = Constant(BIGINT, 0)


def marked_matches(site: CallSite, replacement: str, group: Expression = _WHOLE) -> tuple[str, Type] | None:
    """The text with each match replaced by marks around a group; None where the native engine finds others.

    The group's reference stands in the replacement as ``{}``.
    """
    pattern, native = native_pattern(site, 1)
    number = group.value if isinstance(group, Constant) else None
    if pattern is None or native is None or number is None or constant_text(site.arguments[0]) is not None:
        return None
    if parse(pattern).may_be_empty or not 0 <= number <= parse(pattern).groups:
        return None
    put = quoted(replacement.format(f"${{{number}}}"))
    return f"regexp_replace({text_of(site, 0)}, {quoted(native)}, {put}, 'g')", VARCHAR


def may_mislead(texts: Any) -> bool:
    """Whether a text has the mark."""
    return bool(pc.any(pc.match_substring(texts, MARK)).as_py())
