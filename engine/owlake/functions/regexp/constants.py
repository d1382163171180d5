"""Texts and patterns as arguments."""

from __future__ import annotations

from owlake.errors import OwlakeError
from owlake.functions.regexp.syntax import Expression as Pattern
from owlake.functions.regexp.syntax import parse
from owlake.functions.registry import CallSite
from owlake.functions.texts import constant_text, text_of, with_char
from owlake.ir.expressions import Constant, Expression
from owlake.types.model import VARCHAR, Type


def argument(site: CallSite, index: int) -> Expression | tuple[str, Type]:
    """A text or a pattern as kernels want it; a char counts with its padding."""
    constant = constant_text(site.arguments[index])
    return (text_of(site, index), VARCHAR) if constant is None else Constant(VARCHAR, constant)


def native_pattern(site: CallSite, index: int, *, like: bool = False) -> tuple[str | None, str | None]:
    """A constant pattern, and its text for DataFusion's engine; None for what there is not.

    A pattern that means nothing is left to the rows: it is no error where there are none, and TRY catches it.
    """
    pattern = constant_text(site.arguments[index])
    if pattern is None:
        return None, None
    expression = _parsed(pattern)
    if expression is None:
        return None, None
    return pattern, expression.like if like else expression.native


def signatures(name: str, rest: str) -> list[str]:
    """A function over a text and a pattern, each of which may be a char; ``rest`` are the others and the result."""
    return with_char(f"{name}(varchar(x), varchar(y){rest}", ["x", "y"])


def _parsed(pattern: str) -> Pattern | None:
    try:
        return parse(pattern)
    except OwlakeError:
        return None
